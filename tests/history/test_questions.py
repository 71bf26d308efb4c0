"""Which kind of question an interrupt's value is, and what its fields are."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.history.decisions import decision, decisions
from studio.history.model import Interrupt
from studio.history.questions import question

KNOWN = """question draft text options choices action_request action_requests review_configs config action args name
actionRequests allow_edit properties type enum $ref anyOf x"""
NAMES = st.sampled_from(KNOWN.split())
TEXTS = st.sampled_from(["", "Well?", "string", "object", "integer", "#/properties/x", "#"]) | st.text(max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=25
)
MAIL: Any = {"action": "send_mail", "args": {"to": "ann", "urgent": True, "text": "Dear Ann,\nhello"}}


def requested(**allowed: bool) -> dict[str, Any]:
    return {"action_request": MAIL, "config": allowed, "description": "Look *closely*."}


@pytest.mark.parametrize(
    ("value", "kind", "words", "rest"),
    [
        ("What is your name?", "text", "What is your name?", None),
        ({"question": "Publish?", "rows": 3}, "text", "Publish?", {"rows": 3}),
        ({"message": "Well?"}, "text", "Well?", None),
        ({"text": "Well?"}, "text", "Well?", None),
        ({"a": 1}, "json", "", {"a": 1}),
        ([1, 2], "json", "", [1, 2]),
        (None, "text", "", None),
        ("", "text", "", None),
        (7, "json", "", 7),
        ({"question": "Right?", "draft": "Dear Ann", "to": "ann"}, "draft", "Right?", {"to": "ann"}),
        ({"question": "Right?", "email": "Dear Ann"}, "draft", "Right?", None),
        ({"draft": "Dear Ann"}, "draft", "", None),
        ({"content": "Dear Ann", "summary": "A mail"}, "text", "Dear Ann", {"summary": "A mail"}),
        ({"question": "Which?", "options": ["a", "b"], "n": 1}, "choice", "Which?", {"n": 1}),
        ({"question": "Which?", "choices": [1, True]}, "choice", "Which?", None),
        ({"question": "Which?", "options": []}, "text", "Which?", {"options": []}),
        ({"question": "Which?", "options": [["a"]]}, "text", "Which?", {"options": [["a"]]}),
        ([{"action_request": MAIL}], "inbox", "", None),
        ({"action_request": {"args": {}}}, "json", "", {"action_request": {"args": {}}}),
        ({"action_requests": [{"name": "rm", "args": {}}]}, "review", "", None),
        ({"action_requests": [{"args": {}}]}, "json", "", {"action_requests": [{"args": {}}]}),
    ],
)
def test_a_value_is_a_question_of_some_kind(value: Any, kind: str, words: str, rest: Any) -> None:
    found = question(value)
    assert (found.kind, found.words, found.rest) == (kind, words, rest)


@given(JSON, JSON)
def test_any_value_with_any_schema_is_a_question(value: Any, schema: Any) -> None:
    found = Interrupt("i", value, schema).question
    assert found.kind in ("text", "json", "draft", "choice", "form", "inbox", "review")
    assert bool(found.actions) == (found.kind in ("inbox", "review"))
    assert bool(found.choices) == (found.kind == "choice")
    assert bool(found.fields) == (found.kind == "form")
    assert all(action.ways for action in found.actions)
    assert "\n" not in found.line


def test_a_value_that_is_nested_too_deeply_to_be_written_leaves_its_field_empty() -> None:
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    (action,) = question({"action_request": {"action": "m", "args": {"deep": deep}}}).actions
    assert [field.text for field in action.fields] == [""]


def test_options_may_have_labels_and_values_of_any_kind() -> None:
    told: Any = {"options": [{"label": "Yes", "value": True}, {"id": "n", "name": "No"}, 3, {"title": "Later"}]}
    assert question(told).choices == (
        (True, "Yes"),
        ({"id": "n", "name": "No"}, "No"),
        (3, "3"),
        ({"title": "Later"}, "Later"),
    )
    assert question({"options": {"a": "First", "b": "Second"}}).choices == (("a", "First"), ("b", "Second"))


def test_a_long_question_is_not_one_line() -> None:
    assert question("Well?").line == "Well?"
    assert question("Well?\nWell?").line == question("w" * 1000).line == ""


def test_the_agent_inbox_says_what_may_be_decided() -> None:
    (action,) = question([requested(allow_accept=True, allow_edit=False, allow_ignore=True)]).actions
    assert (action.name, action.description, action.ways) == ("send_mail", "Look *closely*.", ("accept", "ignore"))
    assert [(f.name, f.kind, f.text) for f in action.fields] == [
        ("to", "line", "ann"),
        ("urgent", "json", "true"),
        ("text", "text", "Dear Ann,\nhello"),
    ]
    assert question(requested()).kind == "text", "nothing may be decided, so only a free answer is left"
    (free,) = question({"action_request": MAIL}).actions
    assert free.ways == ("accept", "edit", "respond", "ignore")


def test_arguments_that_are_no_object_are_one_field() -> None:
    (action,) = question({"action_request": {"action": "m", "args": ["a"]}}).actions
    assert (action.whole, [f.text for f in action.fields]) == (True, ['[\n  "a"\n]'])


def test_the_policy_of_the_middleware_goes_by_the_name_of_the_action() -> None:
    asked: Any = [{"name": "rm", "args": {"path": "/x"}, "description": "Delete it?"}, {"name": "ls", "args": {}}]
    told: Any = {
        "action_requests": [*asked, {"name": "cp", "args": {}}],
        "review_configs": [
            {"action_name": "ls", "allowed_decisions": ["respond", "approve", "dance"]},
            {"action_name": "rm", "allowed_decisions": ["reject"]},
        ],
    }
    found = question(told)
    assert [(a.name, a.ways) for a in found.actions] == [
        ("rm", ("reject",)),
        ("ls", ("approve", "respond")),
        ("cp", ("approve", "edit", "reject")),
    ]


@pytest.mark.parametrize(
    ("way", "answer"),
    [
        ("accept", {"type": "accept", "args": None}),
        ("ignore", {"type": "ignore", "args": None}),
        ("respond", {"type": "response", "args": "No."}),
        ("edit", {"type": "edit", "args": {"action": "send_mail", "args": {"to": "bob"}}}),
    ],
)
def test_a_decision_for_the_agent_inbox(way: str, answer: Any) -> None:
    (action,) = question({"action_request": MAIL}).actions
    made = decision("inbox", action, way, {"to": "bob"} if way == "edit" else None, "No." if way == "respond" else "")
    assert decisions("inbox", [made]) == [answer]


@pytest.mark.parametrize(
    ("way", "message", "answer"),
    [
        ("approve", "", {"type": "approve"}),
        ("reject", "Too late.", {"type": "reject", "message": "Too late."}),
        ("reject", "", {"type": "reject"}),
        ("respond", "Blue.", {"type": "respond", "message": "Blue."}),
        ("edit", "", {"type": "edit", "edited_action": {"name": "rm", "args": {"path": "/y"}}}),
    ],
)
def test_a_decision_for_the_middleware(way: str, message: str, answer: Any) -> None:
    (action,) = question({"action_requests": [{"name": "rm", "args": {"path": "/x"}}]}).actions
    made = decision("review", action, way, {"path": "/y"} if way == "edit" else None, message)
    assert decisions("review", [made]) == {"decisions": [answer]}


def test_what_asks_in_javascript_is_answered_in_javascript() -> None:
    told: Any = {
        "actionRequests": [{"name": "rm", "args": {}}],
        "reviewConfigs": [{"actionName": "rm", "allowedDecisions": ["edit"]}],
    }
    (action,) = question(told).actions
    assert action.ways == ("edit",)
    assert decision("review", action, "edit", {}) == {"type": "edit", "editedAction": {"name": "rm", "args": {}}}
    (request,) = question({"actionRequest": MAIL, "config": {"allowEdit": True}}).actions
    assert request.ways == ("edit",)


SCHEMA: Any = {
    "type": "object",
    "required": ["verdict", "amount", 3],
    "$defs": {"Colour": {"enum": ["red", "blue"], "title": "Colour"}},
    "properties": {
        "verdict": {"type": "string", "enum": ["yes", "no"], "description": "What  it\nshall be"},
        "amount": {"type": "integer", "minimum": 0, "maximum": 10},
        "share": {"type": "number"},
        "sure": {"type": "boolean"},
        "colour": {"$ref": "#/$defs/Colour"},
        "why": {"type": "string", "default": "because", "title": "Why"},
        "note": {"anyOf": [{"type": "string", "format": "textarea"}, {"type": "null"}], "default": None},
        "extra": {"type": "object", "default": {"a": 1}},
        "lost": {"$ref": "#/$defs/Nowhere"},
        "round": {"$ref": "#/properties/round"},
    },
}


def test_a_schema_makes_fields() -> None:
    found = question({"question": "Decide.", "of": 2}, SCHEMA)
    assert (found.kind, found.words, found.rest, found.whole) == ("form", "Decide.", {"of": 2}, False)
    assert [(f.name, f.kind, f.label, f.required, f.text) for f in found.fields] == [
        ("verdict", "choice", "verdict", True, ""),
        ("amount", "integer", "amount", True, ""),
        ("share", "number", "share", False, ""),
        ("sure", "choice", "sure", False, ""),
        ("colour", "choice", "Colour", False, ""),
        ("why", "line", "Why", False, "because"),
        ("note", "text", "note", False, ""),
        ("extra", "json", "extra", False, '{\n  "a": 1\n}'),
        ("lost", "json", "lost", False, ""),
        ("round", "json", "round", False, ""),
    ]
    by_name = {field.name: field for field in found.fields}
    assert by_name["verdict"].hint == "What it shall be"
    assert by_name["amount"].bounds.attributes == {"min": "0", "max": "10", "step": "1"}
    assert by_name["sure"].choices == ((True, "yes"), (False, "no"))
    assert by_name["colour"].choices == (("red", "red"), ("blue", "blue"))


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "integer"}, "integer"),
        ({"type": "string"}, "line"),
        ({"enum": ["a", 1]}, "choice"),
        ({"type": "array", "items": {"type": "string"}}, "json"),
        ({"type": "object"}, "json"),
        ({"properties": {str(n): {} for n in range(41)}}, "json"),
    ],
)
def test_a_schema_without_a_few_names_is_one_field(schema: Any, kind: str) -> None:
    found = question("How many?", schema)
    assert (found.kind, found.whole, [f.kind for f in found.fields]) == ("form", True, [kind])


@pytest.mark.parametrize("schema", [None, {}, [], "string", True])
def test_what_is_no_schema_asks_nothing(schema: Any) -> None:
    assert question("Well?", schema).kind == "text"
