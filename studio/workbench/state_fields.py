"""The channels of a state as fields of a form: what is shown of each, and what was typed."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from studio.history.model import Json
from studio.workbench.forms import parse_json

AT_ONCE = 100_000
"""Characters of a channel up to which it is in the form at once; a larger one is opened by itself."""
SMALL = 400
"""Characters of a channel up to which it need not be unfolded first, as long as there are no more than FEW."""
FEW = 12
PREFIX = "channel-"


@dataclass(frozen=True, slots=True)
class Field:
    """A channel in the form. `text` is its value as JSON, None where it has not been opened; `kind` what the schema
    says of it; `problem` what is wrong with what was typed; `shown`: it is unfolded from the start."""

    name: str
    text: str | None
    kind: str = ""
    size: int = 0
    problem: str = ""
    touched: bool = False
    shown: bool = False


def fresh(channels: Mapping[str, Json], kinds: Mapping[str, str], opened: Iterable[str] = ()) -> list[Field]:
    """The fields before anything is typed; `opened` names large channels that shall be in the form too."""
    names, wanted = _names(channels, kinds), set(opened)
    fields = []
    for name in names:
        text = as_text(channels.get(name))
        small = len(text) <= SMALL and len(names) <= FEW
        held = text if len(text) <= AT_ONCE or name in wanted else None
        fields.append(Field(name, held, kinds.get(name, ""), len(text), shown=small or name in wanted))
    return fields


def typed_in(
    channels: Mapping[str, Json], kinds: Mapping[str, str], form: Mapping[str, str]
) -> tuple[list[Field], dict[str, Json]]:
    """The fields with what was typed into a form, and its values by channel, without those that are no JSON. A channel
    that was not opened is not among them."""
    names, values = _names(channels, kinds), dict[str, Json]()
    fields = []
    for name in names:
        before, text, problem = as_text(channels.get(name)), form.get(_key(name)), ""
        if text is not None:
            try:
                values[name] = parse_json(text.strip() or "null", f"“{name}”")
            except ValueError as error:
                problem = str(error)
        touched = text is not None and text.replace("\r\n", "\n").strip() != before.strip()
        small = len(before) <= SMALL and len(names) <= FEW
        fields.append(
            Field(name, text, kinds.get(name, ""), len(before), problem, touched, touched or small or bool(problem))
        )
    return fields, values


def kept(form: Mapping[str, str]) -> list[Field]:
    """What was typed, where nothing is known of the state it was meant for."""
    typed = {name.removeprefix(PREFIX): text for name, text in form.items() if name.startswith(PREFIX)}
    return [Field(name, text, size=len(text), shown=True) for name, text in typed.items()]


def as_text(value: Json) -> str:
    """A value as it is typed."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _names(channels: Mapping[str, Json], kinds: Mapping[str, str]) -> list[str]:
    """All channels: those that hold something, then those of the schema."""
    return list(dict.fromkeys([*channels, *kinds]))


def _key(name: str) -> str:
    """The name of a channel's field as a browser sends it, which ends lines in its own way."""
    return PREFIX + re.sub(r"\r\n|\r|\n", "\r\n", name)
