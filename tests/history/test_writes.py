"""Writing a state: what is sent makes what was meant of a channel, and the verdict says what really became of it."""

from itertools import count
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from studio.history.model import Json
from studio.history.writes import (
    AS_PLAIN,
    OVERWRITE,
    PAST,
    REMOVE_ALL,
    as_sent,
    changed,
    judge,
    to_send,
    ways,
    worth_forcing,
)
from studio.testing import reducers

IDS = st.sampled_from(["", "a", "b", "c", "d", "e"])
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def messages(draw: st.DrawFn, ids: st.SearchStrategy[str] = IDS) -> dict[str, Any]:
    """A message, with an id or none, of any role, that may say the same as another one."""
    kind = draw(st.sampled_from(["human", "ai", "tool", "system"]))
    said: dict[str, Any] = {"type": kind, "content": draw(st.sampled_from(["", "x", "y"]))}
    if kind == "tool":
        said["tool_call_id"] = draw(st.sampled_from(["c1", "c2"]))
    if draw(st.booleans()):
        said["additional_kwargs"] = {"n": draw(st.sampled_from([1, True, 2**60 + 1, "1"]))}
    id = draw(ids)
    return said | ({"id": id} if id else {})


CONVERSATIONS = st.lists(messages(), max_size=6)
NAMED = st.lists(messages(IDS.filter(bool)), max_size=6, unique_by=lambda message: str(message["id"]))


def served(value: Json, by: str = "graph") -> Any:
    """Messages as LangChain makes them of what is sent: each with an id, filled with its defaults."""
    numbers = count()
    made = reducers.messages(value, lambda: f"{by}-{next(numbers)}")
    return [{**message, **({"status": "success"} if message["type"] == "tool" else {})} for message in made]


def added(before: Json, sent: Json) -> Any:
    """What a channel with LangChain's reducer holds after a write."""
    return reducers.add_messages(before, served(sent, "write"))


def plainly(message: Any) -> tuple[str, ...]:
    """All of a message that counts, so that true and 1 differ; without an id that was not meant."""
    fields = {name: value for name, value in message.items() if value and name not in ("id", "status")}
    return tuple(f"{name}={value!r}" for name, value in sorted(fields.items()))


@given(CONVERSATIONS, CONVERSATIONS)
@settings(max_examples=400)
def test_the_first_way_makes_any_conversation_of_any_other(held: list[Any], meant: list[Any]) -> None:
    before = served(held)
    named = [message["id"] for message in meant if "id" in message]
    assume(before or len(named) == len(set(named)))  # of an empty channel nobody knows that it holds messages
    after = added(before, to_send(before, meant, ways(before, meant)[0]))
    assert [plainly(message) for message in after] == [plainly(message) for message in meant]
    assert all(wanted.get("id") in (None, got["id"]) for wanted, got in zip(meant, after, strict=True))
    assert judge("messages", before, meant, after).as_meant


@given(NAMED, NAMED)
@settings(max_examples=200)
def test_no_more_is_sent_than_what_differs_as_long_as_the_order_stays(held: Any, meant: Any) -> None:
    before = served(held)
    known = {message["id"]: message for message in before}
    wanted = [known.get(message["id"], message) for message in meant]
    sent: Any = to_send(before, wanted, "messages") if before else []
    if any(one["id"] == REMOVE_ALL for one in sent):
        kept = [message["id"] for message in before if message in wanted]
        assert [message["id"] for message in wanted][: len(kept)] != kept, "nothing stood elsewhere"
        return
    gone = {message["id"] for message in before} - {message["id"] for message in wanted}
    fresh = {message["id"] for message in wanted} - {message["id"] for message in before}
    assert {message["id"] for message in sent} == (gone | fresh if before else set())


def test_one_changed_message_is_sent_alone_with_every_field_that_it_has() -> None:
    before = served([{"type": "human", "id": str(i), "content": "x"} for i in range(5)])
    meant = [*before[:2], {**before[2], "content": [{"type": "hologram", "beam": 7}]}, *before[3:]]
    assert to_send(before, meant, "messages") == [meant[2]]


@pytest.mark.parametrize("id", [None, 7, ["a"], {"a": 1}, ""])
def test_an_id_that_is_none_is_no_id(id: Json) -> None:
    before = served([{"type": "human", "id": "a", "content": "x"}])
    sent: Any = to_send(before, [*before, {"type": "human", "id": id, "content": "y"}], "messages")
    assert [message["content"] for message in sent] == ["y"]


@given(JSON, JSON)
@settings(max_examples=300)
def test_the_verdict_is_meant_only_where_the_channel_holds_what_was_meant(meant: Json, after: Json) -> None:
    assert judge("x", None, meant, after).as_meant == (exact(meant) == exact(after))
    assert judge("x", after, meant, meant).as_meant


def exact(value: Json) -> str:
    """A value with true and 1 apart, and 1 and 1.0 together."""
    if isinstance(value, list):
        return f"[{', '.join(map(exact, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {exact(part)}' for key, part in sorted(value.items()))}}}"
    whole = isinstance(value, float) and value.is_integer()
    return repr(int(value)) if whole else repr(value)  # type: ignore[arg-type]


@given(NAMED, NAMED)
def test_a_conversation_that_is_another_one_is_never_called_meant(meant: Any, after: Any) -> None:
    same = [(*plainly(m), m["id"]) for m in meant] == [(*plainly(m), m["id"]) for m in after]
    assert judge("messages", [], meant, after).as_meant == same


@given(JSON, JSON)
def test_replacing_reducers_do_what_is_meant(before: Json, meant: Json) -> None:
    way = ways(before, meant)[0]
    after = reducers.replace(before, to_send(before, meant, way))
    if way == "value":
        assert judge("x", before, meant, after).as_meant


@given(st.lists(JSON, min_size=1, max_size=4), st.lists(JSON, max_size=4))
def test_what_an_appending_reducer_does_is_called_that_and_there_is_a_way_around(
    before: list[Json], meant: list[Json]
) -> None:
    known = ways(before, meant)
    if "messages" in known:
        return
    after = reducers.append(before, to_send(before, meant, "value"))
    expected = "appended" if meant else "dropped"  # nothing was added
    assert judge("log", before, meant, after).kind == expected
    longer = [*before, *meant]
    if meant:
        assert ways(before, longer) == ("value", "rest", "overwrite")
        rest = reducers.append(before, to_send(before, longer, "rest"))
        assert judge("log", before, longer, rest).as_meant
    assert to_send(before, meant, "overwrite") == {OVERWRITE: meant}


@given(NAMED.filter(bool), NAMED)
def test_a_reducer_that_ignores_ids_is_found_out(held: Any, meant: Any) -> None:
    before = served(held)
    sent: Any = to_send(before, meant, "messages")
    after = reducers.append(before, served(sent))
    verdict = judge("messages", before, meant, after)
    assert verdict.as_meant == ([plainly(m) for m in after] == [plainly(m) for m in meant])
    if not verdict.as_meant:
        assert verdict.kind == ("appended" if len(after) > len(meant) and sent else verdict.kind)
        assert worth_forcing(verdict, meant) == (verdict.kind != "altered" or not meant)


@pytest.mark.parametrize(
    ("before", "meant", "after", "kind"),
    [
        (2, 3, 5, "appended"),
        (2, 3, 7, "altered"),
        (2, 3, 2, "dropped"),
        (1.5, 2, 3.5, "appended"),
        (10**400, 1.5, 2, "altered"),
        ("ab", "c", "abc", "appended"),
        ("", "c", "cc", "altered"),
        ({"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}, "appended"),
        ({"a": 1}, {"a": 3, "b": 2}, {"a": 3, "b": 2}, "meant"),
        ({"a": 1, "b": 2}, {"a": 3}, {"a": 1, "b": 2}, "dropped"),
        ([1, 2], [3], [1, 2, 3], "appended"),
        ([1, 2], [], [1, 2], "dropped"),
        ([], [1], [1, 1], "altered"),
        ([1, 2], [2, 1], [2, 1, 0], "altered"),
        (True, 1, True, "dropped"),
        (1, True, 1, "dropped"),
        (True, True, 1, "altered"),
        (True, False, 1, "altered"),
        ([True], [1], [True], "dropped"),
        ({"a": [0]}, {"a": [False]}, {"a": [0]}, "dropped"),
        (None, 2**63 + 1, 2**63 + 1, "meant"),
        (None, 2**63 + 1, float(2**63), "altered"),
        (None, 9007199254740993, 9007199254740992, "altered"),
        (1, None, None, "meant"),
        (None, None, None, "meant"),
        (3, 3.0, 3, "meant"),
    ],
)
def test_the_verdict_names_what_happened(before: Json, meant: Json, after: Json, kind: str) -> None:
    assert judge("x", before, meant, after).kind == kind


def test_a_channel_that_is_not_there_afterwards_was_never_there() -> None:
    verdict = judge("x", None, 1, None, there=False)
    assert (verdict.kind, "no such channel" in verdict.text) == ("dropped", True)
    assert judge("x", 1, None, None, there=False).as_meant


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ({"type": "tool", "content": "42", "tool_call_id": "c"}, {"status": "success", "artifact": None}),
        ({"role": "user", "content": "x"}, {"type": "human"}),
        ({"role": "assistant", "content": "x"}, {"type": "ai", "tool_calls": []}),
        (
            {"type": "ai", "content": "x", "usage_metadata": {"input_tokens": 1}},
            {"usage_metadata": None, "additional_kwargs": {"usage_metadata": {"input_tokens": 1}}},
        ),
    ],
)
def test_what_a_deployment_fills_in_or_moves_was_meant(typed: dict[str, Json], held: dict[str, Json]) -> None:
    after = {name: value for name, value in {**typed, **held, "id": "given"}.items() if name != "role"}
    assert judge("messages", [], [typed], [after]).as_meant
    failed = {**after, "status": "error"}
    assert judge("messages", [], [typed], [failed]).kind == "altered"


def test_messages_written_past_their_reducer_are_told_to_be_plain_objects() -> None:
    meant: list[Json] = [{"type": "human", "content": "x"}]
    assert judge("said", meant, meant, meant, way="overwrite").text == AS_PLAIN
    assert judge("log", ["a"], ["b"], ["b"], way="overwrite").text == PAST
    altered = judge("messages", meant, meant, [{"type": "human", "content": "z"}])
    assert not worth_forcing(altered, meant)
    assert worth_forcing(judge("log", 1, 2, 3), 2)


@given(st.dictionaries(st.sampled_from("abc"), JSON), st.dictionaries(st.sampled_from("abcd"), JSON))
def test_only_what_differs_is_changed_to_the_digit(before: dict[str, Json], typed: dict[str, Json]) -> None:
    assert changed(before, before) == {}
    expected = {name for name, value in typed.items() if repr_of(before.get(name)) != repr_of(value)}
    assert changed(before, typed).keys() == expected


@pytest.mark.parametrize(("before", "typed"), [(1, 1.0), (1, True), (0, False), ([0], [False]), ("", []), (None, 0)])
def test_what_python_takes_for_equal_is_a_change_all_the_same(before: Json, typed: Json) -> None:
    assert changed({"x": before}, {"x": typed}) == {"x": typed}
    assert changed({"x": {"deep": [before]}}, {"x": {"deep": [typed]}}) == {"x": {"deep": [typed]}}


def repr_of(value: Json) -> str:
    """A value with nothing but the order of its keys made alike; zero has no sign."""
    if isinstance(value, list):
        return f"[{', '.join(map(repr_of, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {repr_of(part)}' for key, part in sorted(value.items()))}}}"
    return repr(value + 0.0) if isinstance(value, float) else repr(value)


def test_whole_values_are_sent_without_the_empty_fields_that_would_be_moved() -> None:
    message: Json = {"type": "ai", "content": "x", "usage_metadata": None, "invalid_tool_calls": []}
    assert as_sent({"messages": [message], "n": 1}) == {"messages": [{"type": "ai", "content": "x"}], "n": 1}
