"""The form for an input: fields out of a JSON schema. Schemas come from a deployment and may be anything: whatever
cannot be understood is asked for as JSON, and what is no schema of named fields gives no form, and the reason why."""

import json
from dataclasses import dataclass, replace
from typing import Any

from studio.history import fields
from studio.history.fields import Field
from studio.history.model import Json
from studio.history.shapes import Unclear, plain, shape

MOST_FIELDS = 60
PREFIX = "input-field-"
NAMELESS = "(without a name)"
UNKNOWN = "The deployment does not tell what this assistant takes as input."
SCALARS = ("string", "integer", "number", "boolean")


@dataclass(frozen=True, slots=True)
class InputForm:
    """What an assistant takes as input. `fields`: the first of them; `more`: the names of those that are too many;
    `needed`: those of them that are required; `example`: JSON of the same shape; `problem`: why there is no form."""

    fields: tuple[Field, ...] = ()
    more: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    example: str = "{}"
    problem: str = ""
    knows: bool = True

    @property
    def takes_messages(self) -> bool:
        """Whether a message is an input; so it is thought when nothing is known."""
        return not self.knows or any(field.kind == "message" for field in self.fields)

    @property
    def offered(self) -> bool:
        """Whether there is more to fill in than the message box."""
        return any(field.kind != "message" for field in self.fields)

    @property
    def ways(self) -> dict[str, str]:
        """The ways to give the input, by their names in the form."""
        form = {"form": "Form"} if self.offered else {}
        return {"message": "Message", **form, "json": "JSON input"}

    def way(self, asked: str = "") -> str:
        """The way that suits: the one asked for when it does, else the simplest."""
        if asked in self.ways and (asked != "message" or self.takes_messages):
            return asked
        return "message" if self.takes_messages else "form" if self.offered else "json"


def unknown(problem: str) -> InputForm:
    """For an assistant of which nothing is known, for this reason."""
    return InputForm(problem=problem, knows=False)


def input_form(schema: Json) -> InputForm:
    """The form for an input of this schema; never fails."""
    if not isinstance(schema, dict):
        return unknown(UNKNOWN)
    try:
        root, _ = plain(schema, schema)
    except Unclear as unclear:
        return unknown(f"The input schema cannot be followed: {unclear}")
    properties = fields.properties(root)
    if not properties:
        told = root.get("type", "object")
        if isinstance(told, str) and told != "object":
            problem = f"The input of this graph is no object, but of the type “{told[:40]}”."
            return InputForm(problem=problem, example=shape(root, schema))
        return unknown("The input schema of this assistant names no fields.")
    required = fields.required(root)
    names = list(properties)
    names.sort(key=lambda name: name != "messages")  # what is said comes first, whatever else there is
    shown, more = names[:MOST_FIELDS], names[MOST_FIELDS:]
    made = tuple(_field(name, properties[name], schema, name in required) for name in shown)
    example = ", ".join(f"{json.dumps(field.name)}: {_example(field)}" for field in made)
    return InputForm(made, tuple(more), tuple(name for name in more if name in required), f"{{{example}}}")


def _field(name: str, told: Json, root: dict[str, Any], required: bool) -> Field:
    """One field; null is as good as nothing, so it is not asked for where it would do."""
    made = fields.field(name, told, root, unnamed=NAMELESS)
    made = replace(made, key=PREFIX + name, required=required and not made.nullable)
    return replace(made, kind="message", label="Message") if name == "messages" and _is_said(told, root) else made


def _is_said(told: Json, root: dict[str, Any]) -> bool:
    """Whether a channel called `messages` may hold messages."""
    try:
        schema, _ = plain(told, root)
    except Unclear:
        return False
    items = schema.get("items")
    return schema.get("type") not in SCALARS and not (isinstance(items, dict) and items.get("type") in SCALARS)


def _example(field: Field) -> str:
    """A value of a field, as JSON."""
    by_kind = {"message": "[]", "integer": "1", "number": "1.0", "json": _bracket(field.types)}
    return field.choices[0].text if field.choices else by_kind.get(field.kind, '"…"')


def _bracket(types: tuple[str, ...]) -> str:
    return "[]" if "array" in types else "{}" if "object" in types else "null"
