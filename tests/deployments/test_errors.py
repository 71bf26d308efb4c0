"""Every way a deployment can fail, and what people are told."""

import json

import httpx
import msgspec
import pytest
from langgraph_sdk.errors import APIStatusError, NotFoundError

from studio.deployments.config import Deployment
from studio.deployments.errors import DETAIL_LIMIT, DeploymentError, from_status, translated

SECRET = "sk-very-secret"
DEPLOYMENT = Deployment("local", "http://graphs.example:8123", {"x-api-key": SECRET})
PAGE = "<html><head><title>502</title></head><body><h1>Bad   Gateway</h1>\n<p>nginx</p></body></html>"


def translation(error: BaseException) -> DeploymentError:
    with pytest.raises(DeploymentError) as caught, translated(DEPLOYMENT, "Thread 7"):
        raise error
    return caught.value


def response(status: int, body: str = "") -> httpx.Response:
    return httpx.Response(status, text=body, request=httpx.Request("GET", DEPLOYMENT.url))


@pytest.mark.parametrize(
    ("status", "kind", "answered"),
    [
        (400, "invalid", 422),
        (401, "unauthorized", 502),
        (403, "forbidden", 502),
        (404, "not_found", 404),
        (405, "unsupported", 501),
        (409, "conflict", 409),
        (422, "invalid", 422),
        (429, "busy", 502),
        (500, "failed", 502),
        (501, "unsupported", 501),
        (503, "busy", 502),
        (504, "failed", 502),
    ],
)
def test_a_status_has_its_kind_and_its_own_answer(status: int, kind: str, answered: int) -> None:
    error = from_status(DEPLOYMENT, status, b"", "Thread 7")
    assert (error.kind, error.status) == (kind, answered)
    assert error.title


def test_what_is_not_found_is_named() -> None:
    assert from_status(DEPLOYMENT, 404, b"", "Thread 7").title == "Thread 7 is not on the deployment (404)."


def test_the_text_of_a_conflict_is_never_shown() -> None:
    runs = json.dumps({"detail": f"Thread has in-flight runs: [{{'config': '{SECRET}'}}]"}).encode()
    error = from_status(DEPLOYMENT, 409, runs, "Thread 7")
    assert SECRET not in f"{error.title}{error.hint}{error.detail}"


@pytest.mark.parametrize("status", [401, 409])
def test_what_the_server_says_is_left_out_where_it_does_not_help(status: int) -> None:
    assert from_status(DEPLOYMENT, status, b'{"detail": "traceback"}', "This").detail == ""


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ('{"detail": "Node nope does not exist"}', "Node nope does not exist"),
        ('{"error": "bad", "message": "Better words", "details": {}}', "Better words"),
        ('{"success": false, "error": {"issues": ["x"]}}', "{'issues': ['x']}"),
        ('["a", 1]', "['a', 1]"),
        ("plain  words\nof the JS server", "plain words of the JS server"),
        (PAGE, "502 Bad Gateway nginx"),
        ("", ""),
        ("{}", "{}"),
        ("null", "None"),
        ("[" * 100_000, "[" * DETAIL_LIMIT + "…"),
        ("\udcff", "?"),
    ],
)
def test_the_words_of_the_server_are_found_in_whatever_it_sends(body: str, detail: str) -> None:
    assert from_status(DEPLOYMENT, 422, body.encode("utf-8", "replace"), "This").detail == detail


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert from_status(DEPLOYMENT, 500, b"\xff\xfe{", "This").detail == "��{"


def test_long_texts_are_cut() -> None:
    detail = from_status(DEPLOYMENT, 500, b"x" * 1_000_000, "This").detail
    assert detail == "x" * DETAIL_LIMIT + "…"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotFoundError("gone", response=response(404), body=None), "not_found"),
        (APIStatusError("odd", response=response(418), body=None), "failed"),
        (httpx.HTTPStatusError("x", request=response(409).request, response=response(409)), "conflict"),
        (httpx.ConnectError("refused"), "unreachable"),
        (httpx.UnsupportedProtocol("gopher"), "unreachable"),
        (httpx.ConnectTimeout("slow"), "unreachable"),
        (httpx.ReadTimeout("slow"), "timeout"),
        (httpx.PoolTimeout("full"), "timeout"),
        (httpx.ReadError("gone"), "broken"),
        (httpx.RemoteProtocolError("gone"), "broken"),
        (httpx.DecodingError("gzip"), "broken"),
        (msgspec.ValidationError("shape"), "malformed"),
        (msgspec.DecodeError("syntax"), "malformed"),
        (json.JSONDecodeError("syntax", "", 0), "malformed"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "malformed"),
        (KeyError("thread_id"), "malformed"),
        (TypeError("None is not a dict"), "malformed"),
        (AttributeError("'str' object has no attribute 'get'"), "malformed"),
        (RecursionError("deep"), "malformed"),
        (ValueError("Exceeds the limit for integer string conversion"), "malformed"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
def test_every_failure_becomes_one_of_ours(error: Exception, kind: str) -> None:
    told = translation(error)
    assert told.kind == kind
    assert SECRET not in f"{told.title}{told.hint}{told.detail}{told!r}"
    assert told.__cause__ is error


def test_a_time_out_does_not_claim_that_nothing_happened() -> None:
    assert "look again" in translation(httpx.ReadTimeout("")).hint


def test_our_own_errors_and_cancellations_pass_through() -> None:
    for error in (DeploymentError("busy", "x"), KeyboardInterrupt(), RuntimeError("ours")):
        with pytest.raises(type(error)) as caught, translated(DEPLOYMENT):
            raise error
        assert caught.value is error
