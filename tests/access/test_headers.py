"""Headers that every answer carries, whatever it is."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient, Client

from studio.access.middleware import HEADERS
from studio.deployments import threads

PAGES = {
    "a redirect": ("/", 302),
    "a page": ("/d/local/threads/", 200),
    "JSON": ("/healthz", 200),
    "a missing page": ("/nowhere/", 404),
    "a missing slash": ("/d/local/threads", 301),
    "a static file": ("css/studio.css", 200),
    "a missing static file": ("css/none.css", 404),
}

pytestmark = pytest.mark.usefixtures("fake_deployment")


def address(path: str) -> str:
    return path if path.startswith("/") else settings.STATIC_URL + path


def check(response: Any, status: int) -> None:
    assert response.status_code == status
    for name, value in HEADERS.items():
        assert response.headers[name] == value


@pytest.mark.parametrize("case", PAGES)
async def test_they_are_on_every_answer(async_client: AsyncClient, case: str) -> None:
    path, status = PAGES[case]
    response: Any = await async_client.get(address(path))
    check(response, status)
    if response.streaming:  # to its end: that closes the file
        assert [piece async for piece in response]


@pytest.mark.parametrize("case", PAGES)
def test_they_are_there_without_an_event_loop_too(client: Client, case: str) -> None:
    path, status = PAGES[case]
    response = client.get(address(path))
    check(response, status)
    assert list(response) or status in (301, 302)


def test_they_are_on_refusals() -> None:
    client = Client(enforce_csrf_checks=True)
    check(client.get("/", headers={"host": "evil.example"}), 400)
    check(client.post("/d/local/threads/new/"), 403)
    check(client.post("/d/local/threads/new/", headers={"origin": "http://evil.example"}), 403)


def test_they_are_on_our_own_mistakes(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stumble(*args: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(threads, "search", stumble)
    client.raise_request_exception = False
    check(client.get("/d/local/threads/"), 500)


def test_the_content_policy_has_no_weak_word() -> None:
    policy = HEADERS["Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == rules["form-action"] == "'self'"
    assert rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert not re.search(r"unsafe|\*|https?:|nonce|blob:", policy)
    assert [name for name, sources in rules.items() if "data:" in sources] == ["img-src"]


def test_pages_are_not_kept_and_static_files_are(client: Client) -> None:
    assert client.get("/d/local/threads/").headers["Cache-Control"] == "no-store"
    file = client.get(address("css/studio.css"))
    assert "max-age=31536000" in file.headers["Cache-Control"]
    assert list(file)
