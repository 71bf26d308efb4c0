"""What the channels of a state are, told in a few words and asked for by a form, whatever the schema looks like."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.history.channels import LONGEST, Channel, channels

TONE = {"enum": ["dry", "warm"], "title": "Tone"}
DEFS: Any = {"Tone": TONE, "Loop": {"$ref": "#/$defs/Loop"}, "Human": {"type": "object", "title": "Human"}}


def channel(told: Any) -> Channel:
    return channels({"properties": {"x": told}, "$defs": DEFS})["x"]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"type": "integer"}, "integer"),
        ({"type": "array", "items": {"type": "string"}}, "array of string"),
        ({"type": "array", "items": {}}, "array"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "number"}}}, "array of array of number"),
        ({"type": "array", "items": {"type": ["string", "integer"]}}, "array of (string or integer)"),
        ({"type": "array", "items": {"oneOf": [{"$ref": "#/$defs/Human"}, {"type": "object"}]}}, "array of object"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "boolean or null"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, "string or integer or null"),
        ({"type": ["string", "null"]}, "string or null"),
        ({"$ref": "#/$defs/Tone"}, '"dry" or "warm"'),
        ({"anyOf": [{"$ref": "#/x"}, {"type": "null"}]}, ""),
        ({"type": "array", "items": {"oneOf": [{"$ref": "#/x"}]}}, "array"),
        ({"$ref": "#/$defs/Loop"}, ""),
        ({"title": "Plain"}, ""),
        ({"type": "array", "items": {"type": "x" * 100}}, "array"),
        ({"type": "x" * 100}, "x" * 60 + "…"),
        ({"anyOf": "nonsense"}, ""),
        (True, ""),
        (None, ""),
    ],
)
def test_a_channel_is_told_in_a_few_words(told: Any, kind: str) -> None:
    assert channel(told).kind == kind


@pytest.mark.parametrize("schema", [None, [], "text", {}, {"properties": None}, {"properties": [1]}, {"$ref": "#"}])
def test_a_schema_that_says_nothing_names_no_channels(schema: Any) -> None:
    assert channels(schema) == {}


@pytest.mark.parametrize(
    ("told", "value", "typed"),
    [
        ({"type": "string"}, "a\nb ", "a\nb "),
        ({"type": "string"}, "", ""),
        ({"type": "string"}, "a\r\nb", None),
        ({"type": "string"}, "a\0b", None),
        ({"type": "string"}, 7, None),
        ({"type": "string"}, None, None),
        ({"type": ["string", "null"]}, None, None),
        ({"type": "integer"}, 12000000000000000001, "12000000000000000001"),
        ({"type": "integer"}, 1.5, None),
        ({"type": "integer"}, True, None),
        ({"type": "number"}, 1.0, "1.0"),
        ({"type": "number"}, float("nan"), None),
        ({"type": "boolean"}, False, "false"),
        ({"type": "boolean"}, 0, None),
        ({"enum": ["1", 1]}, "1", '"1"'),
        ({"enum": ["1", 1]}, 1, "1"),
        ({"enum": ["1", 1]}, 1.0, None),
        ({"$ref": "#/$defs/Tone"}, "warm", '"warm"'),
        ({"type": "array"}, [1], None),
        ({}, "any", None),
    ],
)
def test_a_form_shows_a_value_to_the_letter_or_not_at_all(told: Any, value: Any, typed: str | None) -> None:
    assert channel(told).typed(value) == typed


def test_the_schema_is_shown_with_its_reference_followed_and_cut_where_it_is_long() -> None:
    assert json.loads(channel({"$ref": "#/$defs/Tone"}).schema) == TONE
    assert json.loads(channel({"$ref": "#/$defs/Loop"}).schema) == {"$ref": "#/$defs/Loop"}
    assert len(channel({"enum": ["x" * 100] * 200}).schema) == LONGEST + 1


def test_a_schema_of_very_many_ways_is_told_at_once() -> None:
    ways: Any = {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/All"}}] * 3000}
    found = channels({"properties": {"x": {"$ref": "#/$defs/All"}}, "$defs": {"All": ways}})["x"]
    assert found.kind.startswith("array")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
WORDS = st.sampled_from(["type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const", "items", "properties", "default"])
SCHEMAS = st.recursive(
    JSON | st.sampled_from(["#/$defs/A", "#/properties/x", "#", "#/%zz", "string", "array", "null"]),
    lambda inner: st.dictionaries(WORDS, inner, max_size=5) | st.lists(inner, max_size=3),
    max_leaves=20,
)


@given(SCHEMAS, SCHEMAS, JSON)
def test_no_schema_and_no_value_breaks_it(told: Any, defs: Any, value: Any) -> None:
    found = channels({"properties": {"x": told}, "$defs": {"A": defs}})["x"]
    assert len(found.kind) <= 61
    assert found.typed(value) is None or isinstance(found.typed(value), str)
