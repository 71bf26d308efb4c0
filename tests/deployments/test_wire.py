"""JSON as deployments send it: read where it can be, refused in one way where it cannot."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.deployments.config import Deployment
from studio.deployments.errors import DeploymentError, translated
from studio.deployments.wire import marked, parse_history, parse_snapshot, parse_time
from studio.history.marks import NONE, Marks
from studio.history.messages import ROLES, conversation, message_channels, message_ids
from studio.history.model import Checkpoint

DEPLOYMENT = Deployment("local", "http://graphs.example")
texts = st.text(max_size=6)
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3))
names = st.sampled_from(["values", "next", "tasks", "metadata", "created_at", "checkpoint", "parent_checkpoint"])
pointers = anything | st.fixed_dictionaries({"checkpoint_id": anything})
entries = anything | st.fixed_dictionaries({"checkpoint": pointers}, optional={"values": anything, "tasks": anything})
ids = st.none() | texts | st.integers()
kinds = st.sampled_from([*ROLES, "odd", ""]) | anything
counts = st.fixed_dictionaries({}, optional={"input_tokens": st.integers() | anything, "output_tokens": st.integers()})
extras = anything | st.fixed_dictionaries({}, optional={"usage_metadata": counts | anything, "usage": anything})
messages = st.fixed_dictionaries(
    {},
    optional={
        "type": kinds,
        "role": kinds,
        "id": ids,
        "content": anything,
        "usage_metadata": counts | anything,
        "additional_kwargs": extras,
    },
)
channels = st.dictionaries(
    st.sampled_from(["messages", "notes", "a", "zz"]), st.lists(messages | anything, max_size=4) | anything, max_size=4
)


def entry(**more: Any) -> dict[str, Any]:
    return {"checkpoint": {"checkpoint_id": "1f0"}, "created_at": "2026-01-05T09:00:00+00:00", **more}


def problem(parse: Callable[[bytes], object], body: bytes) -> str:
    """The kind of error that a page is told of, "" for none."""
    try:
        with translated(DEPLOYMENT):
            parse(body)
    except DeploymentError as error:
        return error.kind
    return ""


def parsed(**more: Any) -> Any:
    return written(json.dumps(entry(**more)))


def written(body: str) -> Checkpoint:
    """The only checkpoint of a history that is written like this."""
    (checkpoint,), _ = parse_history(f"[{body}]".encode())
    return checkpoint


def valued(values: str) -> Checkpoint:
    """A checkpoint whose values are written like this."""
    return written(f'{{"checkpoint": {{"checkpoint_id": "1f0"}}, "values": {values}}}')


def said(text: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": "ai", "id": "a", "content": text, **more}


@given(anything | st.lists(entries | st.dictionaries(names, anything, max_size=5), max_size=3))
@settings(deadline=None)
def test_a_history_of_any_shape_is_read_or_malformed(value: Any) -> None:
    body = json.dumps(value).encode()
    try:
        parse_history(body)
    except msgspec.MsgspecError:
        with pytest.raises(DeploymentError) as caught, translated(DEPLOYMENT):
            parse_history(body)
        assert caught.value.kind == "malformed"


@given(anything | entries | st.dictionaries(names, anything, max_size=7))
@settings(deadline=None)
def test_a_state_of_any_shape_is_read_or_malformed(value: Any) -> None:
    assert problem(parse_snapshot, json.dumps(value).encode()) in ("", "malformed")


@given(st.binary(max_size=20))
def test_bytes_that_are_no_json_are_malformed(body: bytes) -> None:
    for parse in (parse_history, parse_snapshot):
        assert problem(parse, body) in ("", "malformed")


def test_nesting_and_numbers_beyond_all_measure_are_malformed() -> None:
    for body in (b"[" * 100_000, b'{"values":' + b"9" * 5000 + b"}"):
        assert problem(parse_snapshot, body) == "malformed"


def test_half_a_surrogate_pair_spoils_no_page() -> None:
    body = rb'{"checkpoint":{"checkpoint_id":"1f0"},"created_at":"x","values":{"messages":[{"type":"ai","id":"a\ud83d",'
    body += rb'"content":"\ud83d cut"}], "n": 123456789012345678901234567890}}'
    (checkpoint,), _ = parse_history(b"[" + body + b"]")
    assert checkpoint.message_ids == ("a?",)
    snapshot = parse_snapshot(body)
    assert snapshot
    assert snapshot.channels["n"] == 123456789012345678901234567890


@given(channels)
@settings(deadline=None, max_examples=400)
def test_the_ids_of_messages_are_those_that_the_conversation_shows(values: dict[str, Any]) -> None:
    assert parsed(values=values).message_ids == message_ids(values)


@given(channels)
@settings(deadline=None, max_examples=400)
def test_the_tokens_of_a_message_that_several_channels_hold_count_once(values: dict[str, Any]) -> None:
    told: set[str] = set()
    tokens = [0, 0]
    for name in message_channels(values):
        said = [(m.id or json.dumps(m.raw), m.usage) for m in conversation(values[name])]
        fresh = [usage for key, usage in said if usage and key not in told]
        tokens = [tokens[0] + sum(u.input for u in fresh), tokens[1] + sum(u.output for u in fresh)]
        told |= {key for key, _ in said}
    marks = list(parsed(values=values).messages)
    assert [sum(mark.input for mark in marks), sum(mark.output for mark in marks)] == tokens


@given(anything | channels)
@settings(deadline=None)
def test_each_channel_is_held_with_its_bytes(values: Any) -> None:
    held = parsed(values=values).channels
    if isinstance(values, dict):
        assert {name: size for name, (_, size) in held.items()} == {n: len(json.dumps(v)) for n, v in values.items()}
    else:
        assert [(name, size) for name, (_, size) in held.items()] == (
            [] if values is None else [("", len(json.dumps(values)))]
        )


@given(channels | anything)
@settings(deadline=None)
def test_a_snapshot_with_its_marks_is_as_the_history_has_it(values: Any) -> None:
    snapshot = parse_snapshot(json.dumps(entry(values=values)).encode())
    assert snapshot
    assert (snapshot.checkpoint.messages, snapshot.checkpoint.channels) == (NONE, {})
    assert marked(snapshot) == parsed(values=values)


def test_tokens_are_found_where_the_model_tells_them_and_where_an_edit_moves_them() -> None:
    told, moved = {"input_tokens": 3, "output_tokens": 5}, {"input_tokens": 7, "total_tokens": 7}
    conversation = [
        said(usage_metadata=told),
        said(additional_kwargs={"usage_metadata": moved, "other": [1]}),
        said(usage_metadata=told, additional_kwargs={"usage_metadata": moved}),
        said(usage_metadata=None, additional_kwargs=["usage_metadata"]),
        said(usage_metadata={"input_tokens": "3", "output_tokens": None}),
    ]
    found = parsed(values={"messages": conversation}).messages
    assert [mark[2:] for mark in found] == [(3, 5), (7, 0), (3, 5), (0, 0), (0, 0)]


def test_messages_of_the_same_bytes_have_the_same_mark_and_others_another() -> None:
    one, same, other, nameless = said(), said(), said("y"), said(id=None)
    first, second, third, last = parsed(values={"messages": [one, same, other, nameless]}).messages
    assert first == second
    assert (first.id, third.id, last.id) == ("a", "a", "")
    assert len({first.hash, third.hash, last.hash}) == 3
    assert (third.key, last.key) == ("a", f"#{last.hash}")
    assert parsed(values={"messages": [said(), said(id=None)]}).messages == Marks([first, last]), "in any checkpoint"


def test_no_word_of_a_message_is_in_its_marks() -> None:
    found = parsed(values={"messages": [said("secret")], "notes": ["secret"], "secrets": {"a": "secret"}})
    assert "secret" not in repr((found.messages, found.channels.values()))


def test_a_channel_has_another_hash_when_its_value_is_another() -> None:
    def hashes(**values: Any) -> dict[str, str]:
        return {name: held.hash for name, held in parsed(values=values).channels.items()}

    first = hashes(n=1, text="a", messages=[said()], rows=[1])
    assert hashes(n=1, text="a", messages=[said()], rows=[1]) == first
    assert {n for n, h in hashes(n=2, text="b", messages=[said("y")], rows=[1]).items() if h != first[n]} == {
        "n",
        "text",
        "messages",
    }


def test_white_space_around_values_is_none_of_theirs() -> None:
    loose, tight = (
        valued(' \n {"n" :  1 , "messages" : [ {"type":"ai","content":1} ]} '),
        valued('{"n":1,"messages":[{"type":"ai","content":1}]}'),
    )
    assert loose.messages == tight.messages
    assert loose.channels["n"] == tight.channels["n"]
    assert loose.channels["messages"].hash == tight.channels["messages"].hash


@pytest.mark.parametrize("values", ["[1, 2]", '"text"', "7", "true", "[]"])
def test_values_that_are_no_object_count_as_one_channel_without_a_name(values: str) -> None:
    found = valued(values)
    assert found.messages == NONE
    assert found.channels[""].size == found.size == len(values)


def test_a_state_without_values_has_no_channels() -> None:
    assert (valued("null").channels, valued("{}").channels, written('{"checkpoint":{"checkpoint_id":"1f0"}}').size) == (
        {},
        {},
        0,
    )


@pytest.mark.parametrize("number", ["1e999", "-1E+999", "9" * 400, "0.1", "1" + "0" * 30])
def test_a_number_beyond_all_measure_hides_no_channel_and_no_message(number: str) -> None:
    message = f'{{"type":"ai","id":"a","content":{number},"additional_kwargs":{{"n":{number}}},"n":{number}}}'
    found = valued(f'{{"n":{number},"messages":[{message}]}}')
    assert found.message_ids == ("a",)
    assert found.channels["n"].size == len(number)


@pytest.mark.parametrize("place", ["id", "usage_metadata"])
def test_a_number_beyond_all_measure_in_a_field_that_is_read_hides_no_message(place: str) -> None:
    assert len(valued(f'{{"messages":[{{"type":"ai","content":"","{place}":1e999}}]}}').messages) == 1


def test_big_token_counts_keep_their_digits() -> None:
    (mark,) = parsed(values={"messages": [said(usage_metadata={"input_tokens": 10**40})]}).messages
    assert mark.input == 10**40


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_json_is_malformed_in_a_history(value: str) -> None:
    body = f'[{{"checkpoint":{{"checkpoint_id":"1f0"}},"values":{{"n":{value}}}}}]'
    assert problem(parse_history, body.encode()) == "malformed"


@pytest.mark.parametrize(
    "channel",
    [
        [{"type": "human", "id": "a", "content": "x"}],
        [{"role": "user", "id": "a", "content": None}],
        [{"type": "ai", "id": "a", "content": [{"type": "text", "text": "x"}]}, {"type": "remove", "id": "b"}],
        [{"type": "human", "id": 7, "content": "x"}, {"type": "ai", "id": "b", "content": "x"}],
        [{"type": "human", "id": "", "content": "x"}],
        [{"type": "human", "id": "a"}],
        [{"type": "row", "id": "a", "content": "x"}],
        [{"type": 1, "role": "user", "id": "a", "content": "x"}],
        [{"type": "", "role": "user", "id": "a", "content": "x"}],
        [{"id": "a", "content": "x"}],
        [],
        [[]],
        [None],
    ],
)
def test_a_channel_is_one_of_messages_in_the_spine_where_it_is_one_in_the_state(channel: list[Any]) -> None:
    assert parsed(values={"messages": channel}).message_ids == message_ids({"messages": channel})


def test_the_channel_of_that_name_comes_first_as_in_the_conversation() -> None:
    channels = {name: [{"type": "ai", "id": f"in {name}", "content": ""}] for name in ("zz", "a", "messages")}
    found = parsed(values=channels)
    assert found.message_ids == ("in messages", "in a", "in zz") == message_ids(channels)  # type: ignore[arg-type]
    assert found.channels.keys() == channels.keys()


def test_white_space_between_the_brackets_hides_no_message() -> None:
    body = (
        b'[{"checkpoint":{"checkpoint_id":"1f0"},"values": { "messages" : [ \n {"type":"ai","id":"a","content":""}]}}]'
    )
    assert parse_history(body)[0][0].message_ids == ("a",)


def test_an_entry_without_a_checkpoint_is_left_out() -> None:
    body = json.dumps([entry(), {"values": {}}, {"checkpoint": None}, {"checkpoint": {"checkpoint_id": None}}])
    assert [c.id for c in parse_history(body.encode())[0]] == ["1f0"]


def test_the_facts_of_a_checkpoint_are_read() -> None:
    tasks = [{"name": "ask", "interrupts": [{"value": 1}]}, {"name": "b", "error": "httpx.ReadError('x')"}]
    metadata = {"step": -1, "source": "input", "run_id": "r", "anything": [1]}
    found = parsed(next=["ask"], tasks=tasks, metadata=metadata, parent_checkpoint={"checkpoint_id": "1ef"})
    assert (found.parent_id, found.step, found.source, found.run_id) == ("1ef", -1, "input", "r")
    assert (found.next, found.interrupted, found.error) == (("ask",), True, "ReadError")
    assert found.created_at == parse_time("2026-01-05T09:00:00Z")


def test_an_interrupt_of_a_task_that_is_over_waits_for_nobody() -> None:
    assert not parsed(next=["b"], tasks=[{"name": "ask", "interrupts": [{"value": 1}]}]).interrupted


@pytest.mark.parametrize("number", [2**53 + 1, -(2**63), 2**64 - 1, 10**40])
def test_big_integers_keep_their_digits(number: int) -> None:
    snapshot = parse_snapshot(json.dumps(entry(values={"n": number, "deep": [{"n": number}]})).encode())
    assert snapshot
    assert snapshot.values == {"n": number, "deep": [{"n": number}]}


def test_a_big_integer_in_the_values_does_not_stop_the_history() -> None:
    body = b'[{"checkpoint":{"checkpoint_id":"1f0"},"values":{"n":' + b"9" * 400 + b',"x":1e999}}]'
    assert [c.id for c in parse_history(body)[0]] == ["1f0"]


@pytest.mark.parametrize(
    "empty", [{"checkpoint": None}, {"checkpoint": {"checkpoint_id": "x"}, "created_at": None}, {}]
)
def test_a_state_without_a_checkpoint_or_a_time_is_none(empty: dict[str, Any]) -> None:
    assert parse_snapshot(json.dumps({"values": {}, **empty}).encode()) is None


def test_the_bytes_of_a_state_are_kept() -> None:
    body = json.dumps(entry(values={"a": 1.0}), indent=3).encode()
    snapshot = parse_snapshot(body)
    assert snapshot
    assert snapshot.raw == body


@pytest.mark.parametrize(
    "text", ["2026-01-05T09:00:00", "2026-01-05T09:00:00Z", "2026-01-05T11:00:00+02:00", "2026-01-05T09:00:00.000"]
)
def test_a_time_is_in_utc_unless_it_says_otherwise(text: str) -> None:
    time = parse_time(text)
    assert time == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert time.tzinfo is not None


@pytest.mark.parametrize("text", [None, "", "soon", "2026-13-01"])
def test_a_time_that_cannot_be_read_is_none(text: str | None) -> None:
    assert parse_time(text) is None
