"""The form of a message: what is edited changes, what is not touched stays to the letter."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.history.messages import Message, parse_message
from studio.workbench.edits.message_form import message_form

ARGS: dict[str, Any] = {"a": 12000000000000000001, "b": [1.0, None, "x\ny"], "c": {"d": True}}
CALLED: dict[str, Any] = {
    "type": "ai",
    "id": "called",
    "content": [
        {"type": "text", "text": "Let me see."},
        {"type": "tool_use", "id": "c1", "input": {"a": 1}},
        {"type": "hologram", "beam": 7},
    ],
    "tool_calls": [
        {"id": "c1", "name": "multiply", "args": ARGS, "type": "tool_call"},
        {"id": "c2", "name": "add", "args": {}, "type": "tool_call", "unknown": 1.0},
    ],
    "additional_kwargs": {"order": 2**60 + 1},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def message(raw: dict[str, Any]) -> Message:
    found = parse_message(raw)
    assert found
    return found


def sent(raw: dict[str, Any]) -> dict[str, str]:
    """The form of a message as a browser sends it."""
    form = message_form(message(raw), {})
    fields = {f"text-{index}": text for index, text in form.texts}
    fields |= {f"call-{call.index}": call.text for call in form.calls}
    fields |= {"json": form.json, "as": "json" if form.as_json else "text"}
    return {name: text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n") for name, text in fields.items()}


def test_each_call_has_its_arguments_under_its_name() -> None:
    form = message_form(message(CALLED), {})
    assert [(call.index, call.name, json.loads(call.text)) for call in form.calls] == [
        (0, "multiply", ARGS),
        (1, "add", {}),
    ]
    assert (form.as_json, [block.kind for block in form.attached]) == (False, ["other"])


def test_the_arguments_of_one_call_change_and_nothing_else() -> None:
    meant = message_form(message(CALLED), sent(CALLED) | {"call-1": '{"n": 12000000000000000001, "m": 1.0}'}).meant
    assert meant
    assert repr(meant["tool_calls"][1]["args"]) == "{'n': 12000000000000000001, 'm': 1.0}"  # type: ignore[index,call-overload]
    meant["tool_calls"][1]["args"] = {}  # type: ignore[index,call-overload]
    assert repr(meant) == repr(CALLED)


@given(st.lists(JSON, max_size=3), st.text(max_size=10) | st.none())
def test_an_untouched_form_means_the_very_message(args: list[Any], text: str | None) -> None:
    calls = [{"name": "f", "args": held} for held in args]
    raw = {"type": "ai", "id": "1", "content": text if text is not None else [], "tool_calls": calls}
    meant = message_form(message(raw), sent(raw)).meant
    if not (calls or text is not None):
        assert meant == raw
    else:
        assert repr(meant) == repr(raw)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{\n"a": }', "What “multiply” is called with is not valid JSON: expecting value at line 2, column 6."),
        ("", "is not valid JSON"),
        ("[1]", "have to be a JSON object"),
        ('{"a": NaN}', "which is no JSON"),
    ],
)
def test_arguments_that_cannot_be_meant_are_told_beside_their_field(text: str, problem: str) -> None:
    form = message_form(message(CALLED), sent(CALLED) | {"call-0": text})
    assert form.meant is None
    assert [(bool(call.problem), call.text == text) for call in form.calls] == [(True, True), (False, False)]
    assert problem in form.calls[0].problem
    assert form.problem


def test_arguments_that_are_wrong_do_not_matter_to_the_json() -> None:
    form = message_form(message(CALLED), sent(CALLED) | {"call-0": "{", "as": "json"})
    assert form.meant == CALLED


@pytest.mark.parametrize(
    "calls", [None, {}, "x", [None, 3, "x"], [{"name": 7}], [{"args": "text", "name": None}], [[]]], ids=str
)
def test_whatever_stands_for_calls_is_shown_and_kept(calls: Any) -> None:
    raw = {"type": "ai", "id": "1", "content": "x", "tool_calls": calls}
    assert message_form(message(raw), sent(raw)).meant == raw


def test_a_message_of_calls_alone_is_edited_by_form_too() -> None:
    raw = CALLED | {"content": []}
    assert not message_form(message(raw), {}).as_json
    assert message_form(message({"type": "tool", "id": "1", "content": [{"type": "hologram"}]}), {}).as_json
