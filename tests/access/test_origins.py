"""Writes are taken from our own pages only: exact origin, form token, known host."""

import re
from typing import Any

import pytest
from django.test import AsyncClient, Client
from django.test.utils import override_settings

from studio.access.origins import own_origin
from studio.testing import FakeDeployment

NEW = "/d/local/threads/new/"


@pytest.mark.parametrize(
    ("scheme", "host", "origin"),
    [
        ("http", "localhost", "http://localhost"),
        ("http", "localhost:80", "http://localhost"),
        ("http", "localhost:8000", "http://localhost:8000"),
        ("http", "localhost:443", "http://localhost:443"),
        ("http", "LocalHost:8000", "http://localhost:8000"),
        ("https", "example.org", "https://example.org"),
        ("https", "example.org:443", "https://example.org"),
        ("https", "example.org:80", "https://example.org:80"),
        ("https", "[::1]:443", "https://[::1]"),
        ("http", "[::80]", "http://[::80]"),
        ("http", "localhost:8080", "http://localhost:8080"),
        (None, "localhost", "http://localhost"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(scheme: str | None, host: str, origin: str) -> None:
    assert own_origin(scheme, host) == origin


FOREIGN = [
    "http://localhost",
    "http://localhost:9999",
    "http://localhost:80000",
    "https://localhost:8000",
    "http://127.0.0.1:8000",
    "http://localhost.evil.example:8000",
    "http://evil.example:8000",
    "http://localhost:8000.evil.example",
    "http://localhost:8000/",
    "HTTP://LOCALHOST:8000",
    "localhost:8000",
    "null",
    "",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_write_from_any_other_origin_is_refused(client: Client, fake_deployment: FakeDeployment, origin: str) -> None:
    response = client.post(NEW, {"assistant": "chat"}, headers={"host": "localhost:8000", "origin": origin})
    assert response.status_code == 403
    assert "came from another site" in response.content.decode()
    assert fake_deployment.requests == []


@pytest.mark.parametrize("method", ["put", "patch", "delete", "post"])
async def test_every_method_that_could_write_is_held_to_it(
    async_client: AsyncClient, fake_deployment: FakeDeployment, method: str
) -> None:
    response: Any = await getattr(async_client, method)(NEW, headers={"origin": "http://evil.example"})
    assert response.status_code == 403
    assert fake_deployment.requests == []


@pytest.mark.parametrize(
    "headers", [{"origin": "http://localhost:8000"}, {"origin": "http://LOCALHOST:8000".lower()}, {}]
)
def test_a_write_from_our_own_page_is_taken(
    client: Client, fake_deployment: FakeDeployment, headers: dict[str, str]
) -> None:
    response = client.post(NEW, {"assistant": "chat"}, headers={"host": "localhost:8000", **headers})
    assert response.status_code == 303
    assert len(fake_deployment.threads) == 1


def test_our_own_origin_over_https_leaves_the_port_out(client: Client, fake_deployment: FakeDeployment) -> None:
    sent = {"host": "localhost:443", "origin": "https://localhost"}
    assert client.post(NEW, {"assistant": "chat"}, headers=sent, secure=True).status_code == 303
    assert client.post(NEW, {"assistant": "chat"}, headers=sent, secure=False).status_code == 403


PROXIED = override_settings(
    ALLOWED_HOSTS=["studio.example", "other.example", "localhost"],
    STUDIO_ORIGINS=["https://studio.example", "https://other.example:8443"],
    CSRF_TRUSTED_ORIGINS=["https://studio.example", "https://other.example:8443"],
)


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("studio.example", "https://studio.example", 303),
        ("other.example:8443", "https://other.example:8443", 303),
        ("localhost:8000", "http://localhost:8000", 303),
        ("studio.example", "http://studio.example", 303),
        ("localhost:8000", "https://localhost:8000", 403),
        ("other.example:8443", "https://studio.example", 403),
        ("localhost:8000", "https://studio.example", 403),
        ("studio.example", "https://studio.example:8443", 403),
    ],
)
@PROXIED
def test_behind_a_proxy_the_named_origins_are_ours_each_under_its_own_host(
    fake_deployment: FakeDeployment, host: str, origin: str, status: int
) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": host})
    form = {"assistant": "chat", "csrfmiddlewaretoken": token(strict)}
    assert strict.post(NEW, form, headers={"origin": origin}).status_code == status


def test_reading_is_free(client: Client, fake_deployment: FakeDeployment) -> None:
    for method in (client.get, client.head):
        assert method("/d/local/threads/", headers={"origin": "http://evil.example"}).status_code == 200


@pytest.fixture
def strict() -> Client:
    return Client(enforce_csrf_checks=True, headers={"host": "localhost:8000"})


def token(client: Client) -> str:
    """The form's token, as it stands in the page."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(NEW).content.decode())
    assert found
    return found[1]


def test_a_form_is_taken_with_its_token_only(strict: Client, fake_deployment: FakeDeployment) -> None:
    form = {"assistant": "chat"}
    assert strict.post(NEW, form).status_code == 403, "no cookie"
    right = token(strict)
    assert strict.post(NEW, form).status_code == 403, "a cookie alone"
    assert strict.post(NEW, form | {"csrfmiddlewaretoken": "x" * len(right)}).status_code == 403
    assert fake_deployment.seen("POST /threads") == []
    assert strict.post(NEW, form | {"csrfmiddlewaretoken": right}).status_code == 303


def test_a_token_of_another_browser_is_no_good(strict: Client, fake_deployment: FakeDeployment) -> None:
    foreign = token(Client(enforce_csrf_checks=True))
    token(strict)
    response = strict.post(NEW, {"assistant": "chat", "csrfmiddlewaretoken": foreign})
    assert response.status_code == 403
    assert fake_deployment.threads == {}


def test_the_cookie_of_the_token_cannot_be_read_or_sent_from_elsewhere(
    strict: Client, fake_deployment: FakeDeployment
) -> None:
    token(strict)
    cookie = strict.cookies["csrftoken"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"


HOSTS = [
    "evil.example",
    "localhost.evil.example",
    "localhost:8000@evil.example",
    "127.0.0.2",
    "",
    "local host",
    "[::2]",
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/d/local/threads/", "/d/local/threads/new/", "/nowhere/"])
def test_a_host_that_is_not_named_is_refused(
    client: Client, fake_deployment: FakeDeployment, host: str, path: str
) -> None:
    assert client.get(path, headers={"host": host}).status_code == 400
    assert client.post(path, headers={"host": host, "origin": f"http://{host}"}).status_code == 400
    assert fake_deployment.requests == []


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "[::1]:8000"])
def test_a_host_that_is_named_is_served_on_any_port(client: Client, host: str) -> None:
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@override_settings(ALLOWED_HOSTS=["studio.example"])
def test_the_names_come_from_the_settings(client: Client) -> None:
    assert client.get("/healthz", headers={"host": "studio.example"}).status_code == 200
    assert client.get("/healthz", headers={"host": "localhost"}).status_code == 400
