"""The fields of a state: which of them counts, what is read from them, and that nothing untouched is changed."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from studio.history.channels import channels
from studio.history.writes import changed
from studio.workbench.edits.state_fields import ChannelField, fresh, kept, typed_in
from tests.support.pages import form_of, read

SCHEMA: Any = {
    "properties": {
        "text": {"type": "string"},
        "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "count": {"type": "integer", "minimum": 0},
        "some": {"type": ["integer", "null"]},
        "share": {"type": "number"},
        "sure": {"type": "boolean"},
        "tone": {"enum": ["dry", "warm", 1]},
        "list": {"type": "array", "items": {"type": "string"}},
        "any": {},
    }
}
TOLD = channels(SCHEMA)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.sampled_from(["dry", "", "1", "null", "\r\n", " a\n", "\n"])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=3), SCALARS, max_size=3)


def as_sent(fields: list[ChannelField]) -> dict[str, str]:
    """What a browser sends of these fields: it ends lines in its own way, and has no other."""
    form: dict[str, str] = {}
    for field in fields:
        if field.text is None:
            continue
        form[f"channel-{field.name}"] = field.text
        if field.channel.formed:
            form |= {f"text-{field.name}": field.typed, f"as-{field.name}": field.given}
    return {name: text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n") for name, text in form.items()}


def after(before: dict[str, Any], **form: str) -> tuple[ChannelField, Any]:
    """The only field that a form is about, and what differs."""
    sent = as_sent(fresh(before, TOLD)) | {name.replace("_", "-", 1): text for name, text in form.items()}
    fields, values = typed_in(before, TOLD, sent)
    name = next(iter(form)).partition("_")[2]
    return next(field for field in fields if field.name == name), changed(before, values)


@given(st.dictionaries(st.sampled_from([*TOLD, "other"]), VALUES))
def test_a_form_in_which_nothing_was_touched_changes_nothing(values: Any) -> None:
    fields, typed = typed_in(values, TOLD, as_sent(fresh(values, TOLD)))
    assert changed(values, typed) == {}
    assert [field.name for field in fields if field.problem or field.touched or field.warning] == []


@given(st.dictionaries(st.sampled_from([*TOLD, "other"]), VALUES))
def test_nor_does_it_while_the_schema_cannot_be_had(values: Any) -> None:
    fields, typed = typed_in(values, {}, as_sent(fresh(values, TOLD)))
    assert changed(values, typed) == {}
    assert [field.name for field in fields if field.problem] == []


@given(VALUES, st.sampled_from(sorted(TOLD)))
def test_a_control_shows_what_its_field_holds(value: Any, name: str) -> None:
    (field,) = fresh({name: value}, {name: TOLD[name]})
    if field.given == "form":
        told = {"field": TOLD[name].field, "name": "typed", "text": field.typed, "chosen": field.chosen}
        control = render_to_string("workbench/control.html", told)
        page = read(HttpResponse(f'<form action="/">{control}<button>Send</button></form>'))
        assert form_of(page, "Send") == ("/", {"typed": field.typed})
    else:
        assert (field.given == "null") == (value is None and TOLD[name].formed)
        assert json.loads(field.text or "") == value


@pytest.mark.parametrize(
    ("before", "way", "unset"),
    [
        ({"text": "a"}, "form", False),
        ({"text": None}, "null", True),
        ({}, "null", True),
        ({"text": ["lies"]}, "json", False),
        ({"text": "a\r\nb"}, "json", False),
    ],
)
def test_a_field_starts_as_a_form_where_the_value_fits_its_schema(
    before: dict[str, Any], way: str, unset: bool
) -> None:
    field = next(field for field in fresh(before, TOLD) if field.name == "text")
    assert (field.given, field.unset) == (way, unset)


@pytest.mark.parametrize(
    ("before", "form", "meant"),
    [
        ({"text": "a"}, {"text_text": "b\r\nc"}, {"text": "b\nc"}),
        ({"text": "a"}, {"text_text": ""}, {"text": ""}),
        ({"maybe": "a"}, {"as_maybe": "null"}, {"maybe": None}),
        ({}, {"as_text": "form", "text_text": ""}, {"text": ""}),
        ({"text": "a"}, {"text_text": "null"}, {"text": "null"}),
        ({"count": 1}, {"text_count": " 12000000000000000001 "}, {"count": 12000000000000000001}),
        ({"count": 1}, {"text_count": "1.0"}, {}),
        ({"share": 1.0}, {"text_share": "1"}, {"share": 1}),
        ({"sure": True}, {"text_sure": "false"}, {"sure": False}),
        ({"tone": "dry"}, {"text_tone": "1"}, {"tone": 1}),
        ({"text": "a"}, {"as_text": "json", "channel_text": '"b"'}, {"text": "b"}),
        ({"text": "a"}, {"channel_text": '"b"'}, {}),
        ({"text": "a"}, {"as_text": "json", "text_text": "b"}, {}),
        ({"list": ["a"]}, {"channel_list": "[]"}, {"list": []}),
    ],
)
def test_the_way_that_is_chosen_counts(before: dict[str, Any], form: dict[str, str], meant: dict[str, Any]) -> None:
    field, differs = after(before, **form)
    assert differs == meant
    assert list(map(type, differs.values())) == list(map(type, meant.values()))
    assert field.touched == bool(meant)


@pytest.mark.parametrize(
    ("before", "form", "problem"),
    [
        ({"count": 1}, {"text_count": "one"}, "“count” has to be a whole number."),
        ({"count": 1}, {"text_count": "-1"}, "“count” has to be at least 0."),
        ({"count": 1}, {"text_count": ""}, "“count” has to be a whole number."),
        ({"some": 1}, {"text_some": " "}, "“some” is empty. Choose “Not set” if that is meant."),
        ({}, {"as_sure": "form"}, "“sure” is empty. Choose “Not set” if that is meant."),
        ({"share": 0.5}, {"text_share": "half"}, "“share” has to be a number."),
        ({"tone": "dry"}, {"text_tone": "loud"}, "no choice for “tone”"),
        ({"text": "a"}, {"as_text": "json", "channel_text": "a"}, "“text” is not valid JSON"),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field_which_keeps_it(
    before: dict[str, Any], form: dict[str, str], problem: str
) -> None:
    field, differs = after(before, **form)
    assert problem in field.problem
    assert differs == {}
    kept_text = form.get(f"text_{field.name}", field.typed), form.get(f"channel_{field.name}", field.text)
    assert (field.typed, field.text) == kept_text
    assert field.shown


@pytest.mark.parametrize(
    ("form", "warning"),
    [
        ({"as_count": "json", "channel_count": '"many"'}, "The schema says integer."),
        ({"as_count": "json", "channel_count": "null"}, "The schema says integer."),
        ({"channel_list": '"a"'}, "The schema says array of string."),
        ({"as_tone": "json", "channel_tone": '"loud"'}, 'The schema says "dry" or "warm" or 1.'),
        ({"as_some": "json", "channel_some": "null"}, ""),
        ({"as_share": "json", "channel_share": "3"}, ""),
        ({"channel_any": '"a"'}, ""),
    ],
)
def test_json_that_does_not_fit_the_schema_is_taken_with_a_warning(form: dict[str, str], warning: str) -> None:
    field, differs = after({"count": 1, "list": [], "tone": 1, "some": 1, "share": 1, "any": 1}, **form)
    assert (field.warning, field.problem) == (warning, "")
    assert list(differs) == [field.name]


def test_what_was_given_in_one_way_is_shown_in_the_other_too_unless_something_was_typed_there() -> None:
    field, _ = after({"count": 1}, text_count="7")
    assert (field.text, field.typed) == ("7", "7")
    field, _ = after({"count": 1}, as_count="json", channel_count=" 8 ")
    assert (field.text, field.typed) == (" 8 ", "8")
    field, _ = after({"count": 1}, text_count="7", channel_count="{half")
    assert (field.text, field.typed) == ("{half", "7")


def test_a_form_that_was_changed_while_its_schema_cannot_be_had_is_refused_and_kept() -> None:
    sent = as_sent(fresh({"count": 1}, TOLD)) | {"text-count": "7"}
    fields, values = typed_in({"count": 1}, {}, sent)
    (field,) = (field for field in fields if field.name == "count")
    assert "give it as JSON" in field.problem
    assert (field.typed, field.given) == ("7", "form")
    assert "count" not in values


def test_what_was_typed_for_an_unknown_state_is_kept_in_every_way() -> None:
    sent = as_sent(fresh({"count": 1, "list": []}, TOLD)) | {"text-count": "7", "channel-list": "[1"}
    by_name = {field.name: field for field in kept(sent)}
    assert (by_name["count"].typed, by_name["count"].text, by_name["count"].given) == ("7", "1", "form")
    assert (by_name["list"].text, by_name["list"].given, by_name["list"].channel.formed) == ("[1", "json", False)
    assert as_sent(list(by_name.values())) == sent
