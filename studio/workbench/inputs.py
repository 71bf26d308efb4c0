"""The form for an input: fields out of a JSON schema. Schemas come from a deployment and may be anything: whatever
cannot be understood is asked for as JSON, and what is no schema of named fields gives no form, and the reason why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from studio.history.model import Json
from studio.workbench.bounds import BOUNDLESS, Bounds, bounds
from studio.workbench.shapes import Unclear, plain, shape

MOST_FIELDS = 60
MOST_CHOICES = 200
LONG = 60
"""Characters of a default from which on a text needs more than a line."""
LONG_FORMATS = ("textarea", "multiline", "multi-line", "markdown", "long", "text")
PREFIX = "input-field-"
UNKNOWN = "The deployment does not tell what this assistant takes as input."
SCALARS = ("string", "integer", "number", "boolean")


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `name`: the channel it fills; `kind`: message, line, text, choice, yesno, integer, number or json;
    `choices`: values as JSON, and how they are called; `shortest` and `longest`: characters of a text; `types`: those
    that JSON may have, all when empty; `shape` shows how it looks."""

    name: str
    kind: str
    label: str
    hint: str = ""
    required: bool = False
    placeholder: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    bounds: Bounds = BOUNDLESS
    shortest: int = 0
    longest: int | None = None
    types: tuple[str, ...] = ()
    shape: str = ""

    @property
    def key(self) -> str:
        """Its name in what a browser sends."""
        return PREFIX + self.name

    @property
    def wide(self) -> bool:
        """Whether it needs the whole width."""
        return self.kind in ("message", "text", "json")


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
    properties = root.get("properties")
    if not isinstance(properties, dict) or not properties:
        told = root.get("type", "object")
        if isinstance(told, str) and told != "object":
            problem = f"The input of this graph is no object, but of the type “{told[:40]}”."
            return InputForm(problem=problem, example=shape(root, schema))
        return unknown("The input schema of this assistant names no fields.")
    asked = root.get("required")
    required = {name for name in asked if isinstance(name, str)} if isinstance(asked, list) else set()
    names = list(properties)
    names.sort(key=lambda name: name != "messages")  # what is said comes first, whatever else there is
    shown, more = names[:MOST_FIELDS], names[MOST_FIELDS:]
    fields = tuple(_field(name, properties[name], schema, name in required) for name in shown)
    example = ", ".join(f"{json.dumps(field.name)}: {_example(field)}" for field in fields)
    return InputForm(fields, tuple(more), tuple(name for name in more if name in required), f"{{{example}}}")


def _field(name: str, told: Any, root: dict[str, Any], required: bool) -> Field:
    """One field; as JSON when its schema cannot be followed."""
    try:
        schema, nullable = plain(told, root)
    except Unclear as unclear:
        hint = f"Its schema cannot be followed: {unclear}"
        return Field(name, "json", _label(name, {}), hint, required, shape="…")
    kind, choices = _kind(name, schema)
    types = schema.get("type")
    return Field(
        name,
        kind,
        "Message" if kind == "message" else _label(name, schema),
        _words(schema.get("description"), 300),
        required and not nullable,
        _placeholder(schema),
        choices,
        bounds(schema),
        _count(schema, "minLength") or 0,
        _count(schema, "maxLength"),
        ((types, "null") if nullable else (types,)) if isinstance(types, str) else (),
        shape(told, root) if kind == "json" else "",
    )


def _kind(name: str, schema: dict[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The kind of a field, with the choices that it leaves."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, list) and values and len(values) <= MOST_CHOICES:
        texts = [json.dumps(value, ensure_ascii=False) for value in values]
        return "choice", tuple((t, v if isinstance(v, str) else t) for t, v in zip(texts, values, strict=True))
    told = schema.get("type")
    items = schema.get("items")
    if name == "messages" and told not in SCALARS:
        return ("json" if isinstance(items, dict) and items.get("type") in SCALARS else "message"), ()
    if told == "string":
        return "text" if _is_long(schema) else "line", ()
    return {"integer": "integer", "number": "number", "boolean": "yesno"}.get(str(told), "json"), ()


def _is_long(schema: Mapping[str, Any]) -> bool:
    default, longest = schema.get("default"), _count(schema, "maxLength")
    return (
        schema.get("format") in LONG_FORMATS
        or (isinstance(default, str) and (len(default) > LONG or "\n" in default))
        or (longest is not None and longest > 2 * LONG)
    )


def _label(name: str, schema: Mapping[str, Any]) -> str:
    return _words(schema.get("title"), 80) or _words(name, 80) or "(without a name)"


def _words(told: Any, most: int) -> str:
    text = " ".join(told.split()) if isinstance(told, str) else ""
    return text if len(text) <= most else text[:most] + "…"


def _placeholder(schema: Mapping[str, Any]) -> str:
    default = schema.get("default")
    return "" if default is None else _words(default if isinstance(default, str) else json.dumps(default), 120)


def _example(field: Field) -> str:
    """A value of a field, as JSON."""
    by_kind = {"message": "[]", "yesno": "true", "integer": "1", "number": "1.0", "json": _bracket(field.types)}
    return field.choices[0][0] if field.choices else by_kind.get(field.kind, '"…"')


def _bracket(types: tuple[str, ...]) -> str:
    return "[]" if "array" in types else "{}" if "object" in types else "null"


def _count(schema: Mapping[str, Any], name: str) -> int | None:
    told = schema.get(name)
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None
