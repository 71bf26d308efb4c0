"""The form for an input: fields out of whatever a deployment calls a schema, and values out of what was typed."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.fields import MOST_CHOICES, Field
from studio.workbench.running.filled import REST, Unfit, filled
from studio.workbench.running.inputs import MOST_FIELDS, PREFIX, InputForm, input_form
from studio.workbench.typed import value

MESSAGES = {"type": "array", "items": {"oneOf": [{"$ref": "#/$defs/Human"}]}}


def form(required: list[str] | None = None, **properties: Any) -> InputForm:
    schema: dict[str, Any] = {"type": "object", "properties": properties, "required": required or []}
    return input_form(schema)


def field(told: Any, **root: Any) -> Field:
    (only,) = input_form({"properties": {"it": told}, **root}).fields
    return only


def typed(**texts: str) -> dict[str, str]:
    return {PREFIX + name: text for name, text in texts.items()}


def wrong(told: Any, text: str) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 – the sentence is what the tests are about
        value(field(told), text)
    return str(caught.value)


# Fields


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"type": "string"}, "line"),
        ({"type": "string", "format": "textarea"}, "text"),
        ({"type": "string", "default": "two\nlines"}, "text"),
        ({"type": "string", "default": "x" * 61}, "text"),
        ({"type": "string", "maxLength": 4000}, "text"),
        ({"type": "string", "maxLength": 10}, "line"),
        ({"enum": ["a", "b"]}, "choice"),
        ({"const": "a"}, "choice"),
        ({"type": "string", "enum": [str(n) for n in range(MOST_CHOICES + 1)]}, "line"),
        ({"type": "string", "enum": []}, "line"),
        ({"type": "integer"}, "integer"),
        ({"type": "number"}, "number"),
        ({"type": "boolean"}, "choice"),
        ({"type": "array"}, "json"),
        ({"type": "object"}, "json"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "json"),
        ({"type": ["string", "integer"]}, "json"),
        ({"type": ["string", "null"]}, "line"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "integer"),
        ({"oneOf": [{"type": "null"}, {"$ref": "#/$defs/Count"}]}, "integer"),
        ({"allOf": [{"$ref": "#/$defs/Count"}], "default": 3}, "integer"),
        ({"$ref": "#/$defs/a~1b%20c"}, "choice"),
        ({"$ref": "#/$defs/Loop"}, "json"),
        ({"$ref": "#/$defs/Nothing"}, "json"),
        ({"$ref": "https://elsewhere.example/schema"}, "json"),
        ({"$ref": 7}, "json"),
        ({}, "json"),
        (True, "json"),
        (None, "json"),
        ("nonsense", "json"),
        ({"type": {"a": 1}}, "json"),
    ],
)
def test_a_field_has_the_control_that_its_schema_asks_for(told: Any, kind: str) -> None:
    defs = {"Count": {"type": "integer"}, "a/b c": {"type": "boolean"}, "Loop": {"$ref": "#/$defs/Loop"}}
    assert field(told, **{"$defs": defs}).kind == kind


def test_a_reference_keeps_what_stands_beside_it() -> None:
    defs = {"Tone": {"enum": ["dry", "warm"], "title": "Tone", "description": "of all"}}
    found = field({"$ref": "#/$defs/Tone", "description": "of this", "default": "dry"}, **{"$defs": defs})
    assert (found.label, found.hint, found.placeholder) == ("Tone", "of this", "dry")
    assert [(choice.text, choice.label) for choice in found.choices] == [('"dry"', "dry"), ('"warm"', "warm")]


def test_title_description_and_default_become_label_hint_and_placeholder() -> None:
    found = field({"type": "integer", "title": " Depth\nof it ", "description": "Rounds", "default": 0})
    assert (found.label, found.hint, found.placeholder) == ("Depth of it", "Rounds", "0")
    assert field({"type": "string", "title": 7, "description": [], "default": None}).label == "it"


def test_long_words_are_cut() -> None:
    found = field({"type": "string", "title": "t" * 1000, "description": "d" * 1000, "default": "v" * 1000})
    assert max(map(len, (found.label, found.hint, found.placeholder))) <= 301


def test_messages_come_first_and_are_a_message_unless_they_are_no_messages() -> None:
    assert [f.kind for f in form(topic={"type": "string"}, messages=MESSAGES).fields] == ["message", "line"]
    for told in ({"type": "string"}, {"type": "array", "items": {"type": "string"}}):
        assert not form(messages=told).takes_messages


@pytest.mark.parametrize(
    ("properties", "way", "offered"),
    [
        ({"messages": MESSAGES}, "message", False),
        ({"messages": MESSAGES, "topic": {"type": "string"}}, "message", True),
        ({"topic": {"type": "string"}}, "form", True),
        ({}, "message", False),
    ],
)
def test_the_simplest_way_is_the_first_one(properties: dict[str, Any], way: str, offered: bool) -> None:
    made = form(**properties)
    assert (made.way(), made.offered, "form" in made.ways) == (way, offered, offered)


def test_a_way_that_was_chosen_stays_where_it_makes_sense() -> None:
    without = form(topic={"type": "string"})
    only = form(messages=MESSAGES)
    assert (without.way("json"), without.way("message"), only.way("form"), only.way("json")) == (
        "json",
        "form",
        "message",
        "json",
    )


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        (None, "does not tell"),
        ([], "does not tell"),
        ("text", "does not tell"),
        ({}, "names no fields"),
        ({"properties": []}, "names no fields"),
        ({"$ref": "#"}, "leads back to itself"),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}}, "back to itself"),
        ({"$ref": "#/$defs/A"}, "not there"),
    ],
)
def test_what_is_no_schema_of_fields_gives_no_form_and_the_reason(schema: Any, sentence: str) -> None:
    made = input_form(schema)
    assert (made.fields, made.offered, made.way()) == ((), False, "message")
    assert sentence in made.problem


def test_an_input_that_is_no_object_is_given_as_json() -> None:
    made = input_form({"type": "string"})
    assert (made.way(), made.example) == ("json", '"…"')
    assert "of the type “string”" in made.problem


def test_of_very_many_fields_the_first_are_in_the_form() -> None:
    made = form(["field_3", "field_99"], **{f"field_{n}": {"type": "string"} for n in range(300)})
    assert len(made.fields) == MOST_FIELDS
    assert (len(made.more), made.needed) == (300 - MOST_FIELDS, ("field_99",))


def test_the_shape_of_json_is_shown_however_deep_it_goes() -> None:
    part = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}}},
    }
    found = field({"$ref": "#/$defs/Part"}, **{"$defs": {"Part": part}})
    assert found.shape.startswith('{"name": "…", "parts": [{"name": "…", ')
    assert len(found.shape) <= 161
    assert field({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}).shape == '"…" | 1 | null'
    assert field({"type": "object", "properties": {"a": {}, "b": {}}, "required": ["b"]}).shape == '{"b": …, …}'


@pytest.mark.parametrize(
    ("told", "attributes"),
    [
        ({"type": "integer"}, {"step": "1"}),
        ({"type": "integer", "minimum": 1, "maximum": 9}, {"step": "1", "min": "1", "max": "9"}),
        ({"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 9.5}, {"step": "1", "min": "1", "max": "9"}),
        ({"type": "integer", "minimum": 1, "multipleOf": 5}, {"step": "5", "min": "5"}),
        ({"type": "integer", "minimum": 2**63 - 1}, {"step": "1", "min": "9223372036854775807"}),
        ({"type": "number"}, {"step": "any"}),
        ({"type": "number", "minimum": 0.1, "exclusiveMaximum": 2}, {"step": "any", "min": "0.1"}),
        ({"type": "number", "multipleOf": 0.25, "minimum": 0.3}, {"step": "0.25", "min": "0.5"}),
        ({"type": "number", "minimum": "0", "maximum": True, "multipleOf": 0}, {"step": "any"}),
    ],
)
def test_the_browser_is_told_the_bounds_that_it_understands(told: Any, attributes: dict[str, str]) -> None:
    assert field(told).bounds.attributes == attributes


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.sampled_from(
    ["type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "items", "properties", "required", "default", "title"]
) | st.sampled_from(
    ["minimum", "maximum", "exclusiveMinimum", "multipleOf", "minLength", "maxLength", "format", "description", "$defs"]
)
SCHEMAS = st.recursive(
    JSON | st.sampled_from(["#/$defs/A", "#/properties/x", "#", "string", "integer", "array", "object", "null"]),
    lambda inner: st.dictionaries(WORDS, inner, max_size=6) | st.lists(inner, max_size=3),
    max_leaves=25,
)


def answer_of(made: InputForm, posted: dict[str, str]) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The input, or what is wrong with it."""
    try:
        return dict(filled(made, posted)), {}
    except Unfit as unfit:
        return {}, unfit.problems


@settings(max_examples=400)
@given(
    st.dictionaries(st.sampled_from(["x", "y", "messages", "<b>"]), SCHEMAS, max_size=4), SCHEMAS, SCHEMAS, st.data()
)
def test_no_schema_breaks_the_form(properties: Any, defs: Any, required: Any, data: st.DataObject) -> None:
    made = input_form({"properties": properties, "$defs": {"A": defs}, "required": required})
    texts = st.sampled_from(["", "1", "x", "-0.5", "1e3", "[]", "{}", "null", '"a"', "true", "1e999", "{"])
    for one in made.fields:
        assert all(isinstance(text, str) for text in one.bounds.attributes.values())
        assert len(one.shape) < 200
    posted = {one.key: data.draw(texts) for one in made.fields}
    answer, problems = answer_of(made, posted)
    assert problems.keys() <= posted.keys()
    assert answer.keys() <= set(properties)
    json.dumps(answer)


# Values


@pytest.mark.parametrize(
    ("told", "text", "expected"),
    [
        ({"type": "string"}, "  as it is ", "  as it is "),
        ({"type": "string", "format": "textarea"}, "one\ntwo", "one\ntwo"),
        ({"type": "integer"}, " 123456789012345678901 ", 123456789012345678901),
        ({"type": "integer"}, "-0", 0),
        ({"type": "integer"}, "1e3", 1000),
        ({"type": "integer"}, "2.0", 2),
        ({"type": "number"}, "9007199254740993", 9007199254740993),
        ({"type": "number"}, "0.1", 0.1),
        ({"type": "number"}, ".5", 0.5),
        ({"type": "number"}, "2.0", 2.0),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "false", False),
        ({"enum": ["1", 1, [2]]}, '"1"', "1"),
        ({"enum": ["1", 1, [2]]}, "1", 1),
        ({"enum": ["1", 1, [2]]}, "[2]", [2]),
        ({"type": "array"}, "[12000000000000000001]", [12000000000000000001]),
        ({"type": ["object", "null"]}, "null", None),
        ({}, '"any"', "any"),
        ({"type": "number", "multipleOf": 0.1}, "0.3", 0.3),
    ],
)
def test_what_is_typed_becomes_the_value_that_the_schema_means(told: Any, text: str, expected: Any) -> None:
    found = value(field(told), text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("told", "text", "sentence"),
    [
        ({"type": "integer"}, "1.5", "“it” has to be a whole number."),
        ({"type": "integer"}, "one", "“it” has to be a whole number."),
        ({"type": "integer"}, "१२", "“it” has to be a whole number."),
        ({"type": "integer"}, "1e9999", "“it” has to be a whole number."),
        ({"type": "integer"}, "9" * 5000, "“it” has to be a whole number."),
        ({"type": "number"}, "NaN", "“it” has to be a number."),
        ({"type": "number"}, "1,5", "“it” has to be a number."),
        ({"type": "number"}, "1e400", "“it” is too large for a number."),
        ({"type": "integer", "minimum": 1}, "0", "“it” has to be at least 1."),
        ({"type": "number", "maximum": 0.5}, "0.50000000000000000001", "“it” has to be at most 0.5."),
        ({"type": "number", "exclusiveMinimum": 0}, "0", "“it” has to be greater than 0."),
        ({"type": "number", "exclusiveMaximum": 1}, "1.0", "“it” has to be less than 1."),
        ({"type": "integer", "multipleOf": 5}, "7", "“it” has to be a multiple of 5."),
        ({"type": "string", "minLength": 3}, "ab", "“it” has to have at least 3 characters."),
        ({"type": "string", "maxLength": 2}, "abc", "“it” may have at most 2 characters; these are 3."),
        ({"type": "boolean"}, "maybe", "“maybe” is no choice for “it”."),
        ({"enum": ["a"]}, "a", "“a” is no choice for “it”."),
        ({"type": "array"}, "{}", "“it” has to be a JSON array."),
        ({"type": ["object", "null"]}, "1", "“it” has to be a JSON object or null."),
        ({"type": "object"}, '{"a": 1,\n}', "at line 2, column 1."),
        ({"type": "object"}, '{"a": NaN}', "“it” holds NaN, which is no JSON."),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(told: Any, text: str, sentence: str) -> None:
    assert sentence in wrong(told, text)


@given(st.integers() | st.integers(2**53, 2**64) | st.integers(-(2**63), -(2**53)))
def test_an_integer_keeps_all_its_digits(number: int) -> None:
    assert value(field({"type": "integer"}), str(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_the_one_that_was_typed(number: float) -> None:
    assert value(field({"type": "number"}), repr(number)) == number


def test_a_field_left_empty_is_not_sent() -> None:
    nullable = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
    made = form(["maybe"], text={"type": "string"}, maybe=nullable, said={"type": "boolean"}, all={}, messages=MESSAGES)
    assert filled(made, typed(text="", maybe="  ", said="", all="\n", messages=" ")) == {}


def test_a_message_is_one_of_a_person() -> None:
    made = form(["messages"], messages=MESSAGES, topic={"type": "string"})
    assert filled(made, typed(messages="a\r\nb", topic="t")) == {
        "messages": [{"type": "human", "content": "a\nb"}],
        "topic": "t",
    }


def test_required_fields_are_asked_for_unless_it_is_to_be_sent_incomplete() -> None:
    made = form(["a", "b"], a={"type": "string", "title": "First"}, b={"type": "integer"}, c={})
    with pytest.raises(Unfit) as caught:
        filled(made, typed(c="1"))
    assert caught.value.missing
    assert caught.value.problems == {f"{PREFIX}a": "“First” is required.", f"{PREFIX}b": "“b” is required."}
    assert filled(made, typed(c="1"), incomplete=True) == {"c": 1}


def test_every_field_that_does_not_fit_is_named_and_then_nothing_is_missing_only() -> None:
    made = form(["a"], a={"type": "string"}, b={"type": "integer"}, c={"type": "array"})
    for incomplete in (False, True):
        with pytest.raises(Unfit) as caught:
            filled(made, typed(b="x", c="["), incomplete)
        assert not caught.value.missing
        assert len(caught.value.problems) == (2 if incomplete else 3)


def test_a_field_that_the_assistant_does_not_have_is_never_dropped_silently() -> None:
    with pytest.raises(Unfit, match="“old” is no field"):
        filled(form(a={}), typed(a="1", old="typed"))
    assert filled(form(a={}), typed(a="1", old="")) == {"a": 1}


def test_the_fields_that_are_too_many_go_as_json() -> None:
    made = form(["field_70"], **{f"field_{n}": {"type": "string"} for n in range(80)})
    assert filled(made, typed(field_0="a") | {REST: '{"field_70": "b"}'}) == {"field_0": "a", "field_70": "b"}
    for text, sentence in [
        ("", "“field_70” is required."),
        ("[1]", "has to be a JSON object"),
        ("{", "not valid JSON"),
        ('{"field_0": 1, "field_70": 2}', "“field_0” stands in a field of its own"),
    ]:
        with pytest.raises(Unfit, match=sentence):
            filled(made, typed(field_0="a") | {REST: text})


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_channel_may_have_any_name(name: str) -> None:
    made = input_form({"properties": {name: {"type": "integer"}}})
    sent = re.sub(r"\r\n|\r|\n", "\r\n", name)  # as browsers do
    assert filled(made, {PREFIX + sent: "7"}) == {name: 7}
