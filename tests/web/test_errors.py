"""Errors as pages and as panels: what happened and what to try, and never how it came about."""

from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from studio.deployments import threads
from studio.testing import FakeDeployment
from studio.web import errors
from tests.web.markup import Markup

HTMX = {"HX-Request": "true"}
SECRET = "the secret of the traceback"

pytestmark = pytest.mark.usefixtures("fake_deployment")


@pytest.fixture
def clumsy(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of a Studio whose list of threads raises something that nobody expects."""

    async def stumble(*args: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(threads, "search", stumble)
    client.raise_request_exception = False
    return client


def check(response: Any, status: int, whole: bool) -> str:
    """The page or panel, looked at for what every one of them has to have."""
    text = str(response.content.decode())
    assert response.status_code == status
    assert ("<html" in text) == whole
    assert f'data-error-status="{status}"' in text
    assert 'role="alert"' in text
    assert "HX-Request" in response.headers["Vary"]
    assert response.headers["Cache-Control"] == "no-store"
    for trace in ("Traceback", SECRET, "RuntimeError", "/studio/", 'File "'):
        assert trace not in text
    if whole:
        links = [e.attributes.get("href") for e in Markup(text).elements if e.tag == "a"]
        assert "/" in links, "there is a way out"
        assert [e.tag for e in Markup(text).elements].count("h1") == 1, "the page is named"
    return text


@pytest.mark.parametrize("whole", [True, False])
def test_404_says_that_there_is_no_such_page(client: Client, whole: bool) -> None:
    response = client.get("/nowhere/", headers={} if whole else HTMX)
    assert "no such page" in check(response, 404, whole)


@pytest.mark.parametrize("whole", [True, False])
def test_404_is_the_answer_for_a_deployment_nobody_configured(client: Client, whole: bool) -> None:
    check(client.get("/d/elsewhere/threads/", headers={} if whole else HTMX), 404, whole)


@pytest.mark.parametrize("whole", [True, False])
def test_500_admits_the_mistake_and_keeps_the_traceback_for_the_log(clumsy: Client, whole: bool) -> None:
    response = clumsy.get("/d/local/threads/", headers={} if whole else HTMX)
    assert "Studio made a mistake" in check(response, 500, whole)


@pytest.mark.parametrize("whole", [True, False])
def test_403_of_a_verb_gives_the_reason(client: Client, settings: Any, whole: bool) -> None:
    settings.STUDIO_READ_ONLY = True
    response = client.post("/d/local/threads/new/", headers={} if whole else HTMX)
    assert "read-only mode" in check(response, 403, whole)


@pytest.mark.parametrize("whole", [True, False])
def test_403_of_an_expired_form_says_that_nothing_was_changed(whole: bool) -> None:
    response = Client(enforce_csrf_checks=True).post("/d/local/threads/new/", headers={} if whole else HTMX)
    text = check(response, 403, whole)
    assert "This form has expired" in text
    assert "Nothing was changed" in text


@pytest.mark.parametrize("whole", [True, False])
def test_400_is_the_answer_to_a_host_that_is_not_ours(client: Client, whole: bool) -> None:
    response = client.get("/d/local/threads/", headers={"host": "evil.example"} | ({} if whole else HTMX))
    assert "cannot be understood" in check(response, 400, whole)


@pytest.mark.parametrize("whole", [True, False])
def test_413_is_the_answer_to_more_than_can_be_taken(client: Client, settings: Any, whole: bool) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = client.post("/d/local/threads/new/", {"title": "x" * 2000}, headers={} if whole else HTMX)
    text = check(answer, 413, whole)
    assert "This is more than Studio takes at once (1000" in text
    assert "Nothing was sent to the deployment." in text


async def test_errors_look_the_same_on_the_event_loop(async_client: AsyncClient) -> None:
    check(await async_client.get("/nowhere/"), 404, True)
    check(await async_client.get("/nowhere/", headers=HTMX), 404, False)


@pytest.mark.parametrize("whole", [True, False])
def test_a_deployment_that_fails_is_named_as_the_cause(
    client: Client, fake_deployment: FakeDeployment, whole: bool
) -> None:
    fake_deployment.faults.refuse()
    response = client.get("/d/local/threads/", headers={} if whole else HTMX)
    assert fake_deployment.deployment.host in check(response, 502, whole)


def test_htmx_gets_the_whole_page_when_it_restores_one(client: Client) -> None:
    check(client.get("/nowhere/", headers=HTMX | {"HX-History-Restore-Request": "true"}), 404, True)


def test_what_a_server_said_is_quoted_not_obeyed(rf: RequestFactory) -> None:
    attack = "<script>alert(1)</script>"
    response: HttpResponse = errors.panel(rf.get("/"), attack, hint=attack, detail=attack, kept=attack, status=502)
    markup = Markup(response.content.decode())
    scripts = [e for e in markup.elements if e.tag == "script" and e.text]
    assert scripts == []
    assert markup.text.count(attack) >= 4


@pytest.mark.parametrize(
    ("handler", "status"),
    [(errors.malformed, 400), (errors.forbidden, 403), (errors.missing, 404)],
)
def test_an_exception_without_words_still_makes_a_page(rf: RequestFactory, handler: Any, status: int) -> None:
    request: HttpRequest = rf.get("/")
    for exception in (None, Http404(), Exception()):
        check(handler(request, exception), status, True)
