"""The channels of a state as fields of a form: what is shown of each, and what was typed.

A channel whose schema is that of a text, a number or a choice can be given by a form, as JSON, or be not set; any
other as JSON. What stands in a field as it was shown stands for the value itself, to the last digit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from studio.history.channels import Channel, untold
from studio.history.model import Json
from studio.history.plain import as_json
from studio.history.writes import changed
from studio.workbench.forms import field_name, parse_json, unix_lines
from studio.workbench.typed import value as read

AT_ONCE = 100_000
"""Characters of a channel up to which it is in the form at once; a larger one is opened by itself."""
SMALL = 400
"""Characters of a channel up to which it need not be unfolded first, as long as there are no more than FEW."""
FEW = 12
JSON, FORM, AS = "channel-", "text-", "as-"
"""What the names of a channel's fields begin with: its JSON, what its form holds, and which of them counts."""


@dataclass(frozen=True, slots=True)
class ChannelField:
    """A channel in the form. `text` is its value as JSON, None where it has not been opened; `typed` what its form
    holds; `given` which of them counts: form, json or null. `unset`: it may be left without a value; `problem` is what
    is wrong with what was typed, `warning` what is odd about it; `shown`: it is unfolded from the start."""

    channel: Channel
    text: str | None
    typed: str = ""
    given: str = "json"
    unset: bool = False
    size: int = 0
    problem: str = ""
    warning: str = ""
    touched: bool = False
    shown: bool = False

    @property
    def name(self) -> str:
        """The name of the channel."""
        return self.channel.field.name

    @property
    def chosen(self) -> bool:
        """Whether the form holds one of the choices that it has."""
        return any(choice.text == self.typed for choice in self.channel.field.choices)


def fresh(channels: Mapping[str, Json], told: Mapping[str, Channel], opened: Iterable[str] = ()) -> list[ChannelField]:
    """The fields before anything is typed; `opened` names large channels that shall be in the form too."""
    wanted = set(opened)
    return [
        replace(field, shown=field.shown or field.name in wanted)
        if field.size <= AT_ONCE or field.name in wanted
        else replace(field, text=None)
        for field in _fields(channels, told)
    ]


def typed_in(
    channels: Mapping[str, Json], told: Mapping[str, Channel], form: Mapping[str, str]
) -> tuple[list[ChannelField], dict[str, Json]]:
    """The fields with what was typed into a form, and its values by channel, without those that are wrong. A channel
    that was not opened is not among them."""
    values: dict[str, Json] = {}
    fields, form = [], _named(form)
    for field in _fields(channels, told):
        before = channels.get(field.name)
        posted = _posted(field, form)
        try:
            if posted.text is not None:
                values[field.name] = value = _value(field, posted, before)
                posted = _agreed(field, posted, value, before)
        except ValueError as error:
            posted = replace(posted, problem=str(error), touched=True, shown=True)
        fields.append(posted)
    return fields, values


def kept(form: Mapping[str, str]) -> list[ChannelField]:
    """What was typed, where nothing is known of the state it was meant for."""
    form = _named(form)
    names = [key.removeprefix(JSON) for key in form if key.startswith(JSON)]
    fields = [_posted(ChannelField(_like(name, form), "", shown=True), form) for name in names]
    return [replace(field, unset=field.channel.formed, size=len(field.text or "")) for field in fields]


def _named(form: Mapping[str, str]) -> dict[str, str]:
    return {field_name(name): text for name, text in form.items()}


def _like(name: str, form: Mapping[str, str]) -> Channel:
    """A channel for what was typed into it."""
    channel = untold(name)
    return replace(channel, field=replace(channel.field, kind="text")) if FORM + name in form else channel


def _fields(channels: Mapping[str, Json], told: Mapping[str, Channel]) -> list[ChannelField]:
    """All channels, those that hold something and then those of the schema, each with its whole value."""
    names = list(dict.fromkeys([*channels, *told]))
    return [_field(told.get(name) or untold(name), channels.get(name), len(names) <= FEW) for name in names]


def _field(channel: Channel, value: Json, few: bool) -> ChannelField:
    text, typed = as_json(value, indent=2), channel.typed(value)
    given = "form" if typed is not None else "null" if channel.formed and value is None else "json"
    unset = channel.formed and (channel.field.nullable or value is None)
    return ChannelField(channel, text, typed or "", given, unset, len(text), shown=few and len(text) <= SMALL)


def _posted(field: ChannelField, form: Mapping[str, str]) -> ChannelField:
    """The field with what came from a browser in the place of its value, or not opened."""
    name = field_name(field.name)
    text = unix_lines(form[JSON + name]) if JSON + name in form else None
    return replace(field, text=text, typed=unix_lines(form.get(FORM + name, "")), given=form.get(AS + name, "json"))


def _value(field: ChannelField, posted: ChannelField, before: Json) -> Json:
    """The value of a field in which something may have been typed. Raises ValueError."""
    if posted.given == "null":
        return None
    if posted.given != "form":
        text = (posted.text or "").strip()
        return before if text == (field.text or "").strip() else parse_json(text or "null", f"“{field.name}”")
    if before is not None and posted.typed in _ways_to_show(field, before):
        return before
    if not field.channel.formed:
        raise ValueError(f"At present the deployment does not tell what “{field.name}” holds: give it as JSON.")
    if field.unset and not posted.typed.strip() and field.channel.field.kind != "text":
        raise ValueError(f"“{field.name}” is empty. Choose “Not set” if that is meant.")
    return read(field.channel.field, posted.typed)


def _ways_to_show(field: ChannelField, value: Json) -> tuple[str, ...]:
    """How a form shows a value; where its schema is not known at the moment, how any form would."""
    if field.channel.formed:
        return (field.typed,) if field.given == "form" else ()
    return (value, as_json(value)) if isinstance(value, str) else (as_json(value),)


def _agreed(field: ChannelField, posted: ChannelField, value: Json, before: Json) -> ChannelField:
    """The field with its value in the form and as JSON too, unless something else was typed there."""
    touched = bool(changed({field.name: before}, {field.name: value}))
    typed = field.channel.typed(value)
    if posted.given != "json" and (posted.text or "").strip() == (field.text or "").strip():
        posted = replace(posted, text=as_json(value, indent=2))
    if posted.given != "form" and typed is not None and posted.typed == field.typed:
        posted = replace(posted, typed=typed)
    odd = touched and not field.channel.field.takes(value)
    warning = f"The schema says {field.channel.kind}." if odd and field.channel.kind else ""
    return replace(posted, touched=touched, shown=touched or field.shown, warning=warning)
