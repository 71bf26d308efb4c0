"""What the schema of a state says of its channels. It comes from a deployment and may be anything, and lie."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from studio.history.fields import Field, field, properties
from studio.history.plain import Json, as_json
from studio.history.shapes import Unclear, kind, plain

LONGEST = 4000
"""Characters of a schema that are shown."""
LOST_IN_FORMS = ("\r", "\0")
"""Characters that browsers make others of."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel. `kind`: what it holds in a few words, "" where nobody says; `field`: how its value is asked for;
    `schema`: its schema as JSON, cut where it is long."""

    field: Field
    kind: str = ""
    schema: str = ""

    @property
    def formed(self) -> bool:
        """Whether its value can be given otherwise than as JSON."""
        return self.field.kind != "json"

    def typed(self, value: Json) -> str | None:
        """A value as it is typed into the field; None for one that the field cannot show as it is."""
        if not self.formed or value is None or not self.field.takes(value):
            return None
        if isinstance(value, float) and not isfinite(value):
            return None
        if self.field.kind == "text" and isinstance(value, str):
            return None if any(character in value for character in LOST_IN_FORMS) else value
        return as_json(value)


def channels(schema: Json) -> dict[str, Channel]:
    """The channels of a state of this schema, by name; none where it names none."""
    if not isinstance(schema, dict):
        return {}
    try:
        root, _ = plain(schema, schema)
    except Unclear:
        return {}
    return {name: _channel(name, told, schema) for name, told in properties(root).items()}


def untold(name: str) -> Channel:
    """A channel of which the schema says nothing."""
    return Channel(Field(name, "json", name))


def _channel(name: str, told: Json, root: Mapping[str, Any]) -> Channel:
    made = field(name, told, root)
    lines = "text" if made.kind == "line" else made.kind  # a text that is there may have any number of them
    text = as_json(_resolved(told, root), indent=2)
    schema = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return Channel(replace(made, label=name, kind=lines), kind(told, root), schema)


def _resolved(told: Json, root: Mapping[str, Any]) -> Json:
    """The schema, or what it is a reference to and nothing else."""
    try:
        return plain(told, root)[0] if isinstance(told, dict) and "$ref" in told else told
    except Unclear:
        return told
