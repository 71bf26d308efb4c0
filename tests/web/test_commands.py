"""A request as code: whatever is in it, running the code makes the same request."""

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.model import Json
from studio.web.commands import Command, curl, pretty, python
from studio.web.sdk_methods import CALLS, Call
from tests.support.repeating import Arrived, listening, need_shell, run_python, run_shell

HOSTILE = st.sampled_from(
    [
        "it's",
        '"""',
        "'''",
        "\\",
        "$HOME ${PATH} $(id) `id`",
        "!!",
        "\nJSON\n",
        "JSON",
        "\r\n\t\x00\x1b[2J\x7f\x9b",
        "schön – 中文 🙂 \u202e\u2028\u200d",
        "</script>",
        "%41%2F",
        "{a,b}[1-9]",
    ]
)
TEXT = HOSTILE | st.text(max_size=20)
NUMBER = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUE: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
ID = st.uuids().map(str) | st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
OTHERS = tuple(
    Call("", method, path)
    for method in ("POST", "PUT", "PATCH", "DELETE")
    for path in (
        "/threads/{}/runs/wait",
        "/runs/batch",
        "/something/else?of=the+future&b=%2F",
        "/threads/{}/runs/{}/cancel",
    )
)
UNKNOWN = ("checkpoint_during", "end_time", "supersteps", "something_new")
"""Fields that no method takes as they are, or at all."""
TELLING: st.SearchStrategy[Json] = st.sampled_from(
    [None, "", 0, 1, False, True, [], {}, "delete", "values", {"resume": None}, {"resume": 1}, {"ttl": 1}, ["a.b"]]
)
"""Values that methods leave out, take for others or refuse."""


@st.composite
def commands(draw: st.DrawFn) -> tuple[Command, Json]:
    """A request that a method of the SDK makes, or one much like it; and its body."""
    call = draw(st.sampled_from(CALLS) | st.sampled_from(OTHERS))
    path = re.sub(r"\{\}", lambda _: draw(ID), call.path)
    query = {name: draw(st.sampled_from([*values, "interrupt", ""])) for name, values in call.query.items()}
    if draw(st.booleans()) and query:
        path += f"?{urlencode(query)}"
    needed = (*call.first, *call.required, *call.defaults)
    wanted: dict[str, Any] = dict.fromkeys(needed, TELLING | TEXT | VALUE) if draw(st.integers(0, 5)) else {}
    more = st.dictionaries(st.sampled_from([*call.named, *UNKNOWN]), TELLING | VALUE, max_size=3)
    body: Json = {**draw(more), **draw(st.fixed_dictionaries(wanted))} if draw(st.integers(0, 5)) else draw(VALUE)
    bare = draw(st.integers(0, 5)) == 0 if call.first or call.named else draw(st.booleans())
    sent = "" if bare else json.dumps(body, ensure_ascii=draw(st.booleans()))
    headers: dict[str, str] = draw(st.sampled_from([{}, {"x-api-key": "<your key>"}, {"X-Team": "<your X-Team>"}]))
    return Command("http://deployment.test", headers, call.method, path, sent), None if bare else body


def same(arrived: list[Arrived], command: Command, body: Json) -> None:
    (seen,) = arrived
    assert seen.essence == Arrived(command.method, command.path, body, {}).essence
    for name, shown in command.headers.items():
        assert seen.headers[name.lower()] == shown


@settings(max_examples=600, deadline=None)
@given(commands())
async def test_the_python_code_makes_the_same_request(made: tuple[Command, Json]) -> None:
    command, body = made
    same((await run_python(python(command))).arrived, command, body)


@pytest.mark.parametrize("shell", ["bash", "dash"])
def test_the_curl_command_makes_the_same_request_in_a_real_shell(shell: str) -> None:
    path = need_shell(shell)
    with listening() as (url, arrived):

        @settings(max_examples=40, deadline=None)
        @given(commands())
        def check(made: tuple[Command, Json]) -> None:
            arrived.clear()
            command = Command(url, made[0].headers, made[0].method, made[0].path, made[0].body)
            run_shell(path, curl(command))
            same(arrived, command, made[1])

        check()


@pytest.mark.parametrize("path", ["/a/[1-3]/{x,y}", "/a/../b", "/a/./b"])
def test_curl_takes_an_address_as_it_is(path: str) -> None:
    with listening() as (url, arrived):
        run_shell(need_shell("bash"), curl(Command(url, {}, "DELETE", path)))
        assert [(seen.method, seen.path) for seen in arrived] == [("DELETE", path)]


DEEP: Any = 1
for _ in range(250):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(DEEP),
        '{"n": 123456789012345678901234567890}',
        '{"half": "\\ud800"}',
        "null",
        '{"n": 1e400}',
        '{"n": -9223372036854775809}',
    ],
    ids=["deep", "big", "half", "null", "huge", "low"],
)
async def test_what_the_sdk_cannot_send_is_sent_below_it(body: str) -> None:
    command = Command("http://deployment.test", {}, "POST", "/threads/t/state", body)
    same((await run_python(python(command))).arrived, command, json.loads(body))
    with listening() as (url, arrived):
        run_shell(need_shell("bash"), curl(Command(url, {}, "POST", "/threads/t/state", body)))
        same(arrived, command, json.loads(body))


def test_big_integers_keep_their_digits() -> None:
    body = json.dumps({"values": {"small": 2**53 + 1, "big": 2**64 - 1}})
    command = Command("http://deployment.test", {}, "POST", "/threads/t/state", body)
    for text in (python(command), curl(command), pretty(body)):
        assert "9007199254740993" in text
        assert "18446744073709551615" in text


def method(verb: str, path: str, body: Json = None, **more: Any) -> str:
    sent = "" if body is None else json.dumps(body)
    found = re.search(r"await client\.([\w.]+)\(", python(Command("http://deployment.test", {}, verb, path, sent)))
    assert found
    return found[1]


RUN: dict[str, Json] = {"assistant_id": "a", "stream_mode": ["updates"]}
STREAMED: dict[str, Json] = {"stream_subgraphs": True, "stream_resumable": True}


@pytest.mark.parametrize(
    ("verb", "path", "body", "name"),
    [
        ("POST", "/threads", {"metadata": {"graph_id": "chat"}}, "threads.create"),
        ("POST", "/threads", {}, "threads.create"),
        ("POST", "/threads/t/copy", None, "threads.copy"),
        ("PATCH", "/threads/t", {"metadata": {"title": "x"}}, "threads.update"),
        ("DELETE", "/threads/t", None, "threads.delete"),
        ("POST", "/threads/prune", {"thread_ids": ["t"], "strategy": "keep_latest"}, "threads.prune"),
        ("POST", "/threads/t/state", {"values": {}, "checkpoint_id": "c"}, "threads.update_state"),
        ("POST", "/threads/t/state", {"values": None, "checkpoint": {"checkpoint_id": "c"}}, "threads.update_state"),
        ("POST", "/threads/t/runs", RUN | STREAMED | {"command": {"resume": {"i": None}}}, "runs.create"),
        ("POST", "/threads/t/runs", RUN | STREAMED | {"command": {"resume": None}}, "http.post"),
        ("POST", "/threads/t/runs", RUN, "http.post"),
        ("POST", "/runs", RUN | STREAMED, "runs.create"),
        ("POST", "/threads/t/runs/r/cancel?wait=0&action=rollback", None, "runs.cancel"),
        ("DELETE", "/threads/t/runs/r", None, "runs.delete"),
        ("POST", "/runs/cancel?action=interrupt", {"status": "all"}, "runs.cancel_many"),
        ("POST", "/assistants", {"graph_id": "chat", "name": "mine"}, "assistants.create"),
        ("PATCH", "/assistants/a", {"config": {}}, "assistants.update"),
        ("PATCH", "/assistants/a", {"name": ""}, "http.patch"),
        ("POST", "/assistants/a/latest", {"version": 2}, "assistants.set_latest"),
        ("DELETE", "/assistants/a?delete_threads=true", None, "assistants.delete"),
        ("PUT", "/store/items", {"namespace": ["a"], "key": "k", "value": {}}, "store.put_item"),
        ("PUT", "/store/items", {"namespace": ["a.b"], "key": "k", "value": {}}, "http.put"),
        ("DELETE", "/store/items", {"namespace": ["a"], "key": "k"}, "store.delete_item"),
        ("POST", "/runs/crons", {"assistant_id": "a", "schedule": "* * * * *"}, "crons.create"),
        ("POST", "/threads/t/runs/crons", {"assistant_id": "a", "schedule": "* * * * *"}, "crons.create_for_thread"),
        ("PATCH", "/runs/crons/c", {"enabled": False}, "crons.update"),
        ("DELETE", "/runs/crons/c", None, "crons.delete"),
        ("POST", "/threads/t/runs/batch", {}, "http.post"),
        ("DELETE", "/elsewhere", None, "http.delete"),
    ],
)
async def test_the_usual_requests_have_a_method_of_the_sdk(verb: str, path: str, body: Json, name: str) -> None:
    assert method(verb, path, body) == name
    command = Command("http://deployment.test", {}, verb, path, "" if body is None else json.dumps(body))
    same((await run_python(python(command))).arrived, command, body)


def test_the_key_is_asked_for_only_where_there_is_one() -> None:
    assert "api_key" not in python(Command("http://a.test", {}, "DELETE", "/threads/t"))
    assert "-H" not in curl(Command("http://a.test", {}, "DELETE", "/threads/t"))
    keyed = Command("http://a.test", {"X-Api-Key": "<your key>"}, "DELETE", "/threads/t")
    assert "get_client(url='http://a.test', api_key='<your key>')" in python(keyed)
    assert "-H 'X-Api-Key: <your key>'" in curl(keyed)


def test_long_values_are_spread_over_lines_and_short_ones_are_not() -> None:
    body = json.dumps({"values": {"short": [1, 2], "long": ["word " * 10, "word " * 10]}})
    code = python(Command("http://a.test", {}, "POST", "/threads/t/state", body))
    assert "'short': [1, 2],\n" in code
    assert f"            {'word ' * 10!r},\n" in code
