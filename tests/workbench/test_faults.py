"""When things are wrong: every failure of a deployment is a clear page or panel, at once, without a traceback."""

import logging
import time

import pytest
from django.conf import settings
from django.test import Client, override_settings

from studio.deployments.config import Deployment
from studio.testing import FakeDeployment, playing
from tests.support.pages import read

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["", "{id}/", "{id}/history/", "{id}/live/", "{id}/inspector/", "{id}/history.json", "{id}/edit/?message=m"]
WORDS = {
    401: "does not accept Studio's API key",
    403: "forbids this",
    404: "not on the deployment",
    422: "refused the request",
    500: "failed on its side",
    503: "is overloaded",
}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("status", WORDS)
def test_an_error_status_becomes_a_page(
    path: str, status: int, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail(status=status, body="<html><h1>Bad day</h1></html>")
    answer = client.get("/d/local/threads/" + path.format(id=thread.id))
    assert answer.status_code >= 400
    assert WORDS[status] in read(answer).one(role="alert").text
    assert "Traceback" not in answer.content.decode()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("fault", "words"),
    [("refuse", "refuses connections"), ("slow", "took too long to answer"), ("drop", "connection to")],
)
def test_a_connection_that_fails_becomes_a_page(
    path: str, fault: str, words: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    getattr(fake_deployment.faults, fault)(times=None)
    answer = client.get("/d/local/threads/" + path.format(id=thread.id))
    assert answer.status_code in (502, 504)
    assert words in read(answer).one(role="alert").text


def test_a_refused_port_is_told_without_another_attempt(client: Client) -> None:
    with override_settings(STUDIO_DEPLOYMENTS={"local": Deployment("local", "http://127.0.0.1:9")}):
        began = time.monotonic()
        answer = client.get("/d/local/threads/")
        assert time.monotonic() - began < 5, "a client with the settings of the SDK tries for more than seven seconds"
    assert "refuses connections" in read(answer).one(role="alert").text


@pytest.mark.parametrize("body", ["not json", "<html>a proxy</html>", "[1, 2]", "null", '{"values": 3}'])
def test_an_answer_that_is_no_langgraph_becomes_a_page(
    body: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.answer_with("GET /threads/.*/(state|history)", body)
    answer = client.get(f"/d/local/threads/{thread.id}/")
    assert answer.status_code in (200, 502)
    assert "Traceback" not in answer.content.decode()


@pytest.mark.parametrize("id", ["abc", "01a1fc84-0000-7000-8000-000000000000", "<script>", "%2e%2e"])
def test_a_thread_id_that_is_malformed_or_unknown_has_a_clear_page(
    id: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    answer = client.get(f"/d/local/threads/{id}/")
    assert answer.status_code in (404, 422)
    assert read(answer).one(role="alert")


def test_an_unknown_checkpoint_is_not_found_although_the_server_answers(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    answer = client.get(f"/d/local/threads/{thread.id}/?checkpoint=1f1e573b-207a-6466-8003-21427f843601")
    assert answer.status_code == 404
    assert "Checkpoint 1f1e573b-207a-6466-8003-21427f843601 is not on the deployment" in read(answer).text


def test_runs_and_assistants_may_fail_without_the_page(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail("(GET|POST) (/threads/.*/runs|/assistants)")
    answer = client.get(f"/d/local/threads/{thread.id}/")
    assert answer.status_code == 200
    assert "Runs or assistants could not be read." in read(answer).text


def test_a_parent_that_cannot_be_read_costs_only_the_changes(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail(f"GET /threads/{thread.id}/state/{thread.head.parent_id}")
    answer = client.get(f"/d/local/threads/{thread.id}/")
    assert answer.status_code == 200
    assert "The parent could not be read" in read(answer).one(id="inspector").text


def test_no_key_reaches_a_page_or_a_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeDeployment(headers={"x-api-key": "very-secret", "authorization": "Bearer very-secret"})
    with playing(fake), caplog.at_level(logging.DEBUG):
        thread = fake.add_thread("Hello")
        pages = [client.get("/d/local/threads/"), client.get(f"/d/local/threads/{thread.id}/?tab=raw")]
        for status in (401, 409, 500):
            fake.faults.fail(status=status)
            pages += [client.get(f"/d/local/threads/{thread.id}/")]
            pages += [client.post(f"/d/local/threads/{thread.id}/send/", {"input": "x", "assistant": "chat"})]
        assert all(b"very-secret" not in page.content for page in pages)
    assert "very-secret" not in caplog.text
    assert "very-secret" not in repr(settings.STUDIO_DEPLOYMENTS) + repr(fake.deployment)
