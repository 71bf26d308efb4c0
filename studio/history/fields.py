"""The fields of forms, out of JSON schemas. A schema comes from a deployment and may be anything: what cannot be
understood is a field that takes JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from studio.history.bounds import BOUNDLESS, Bounds, bounds
from studio.history.plain import Json, as_json
from studio.history.shapes import Unclear, plain, shape

MOST_CHOICES = 200
LONG = 60
"""Characters of a default from which on a text needs more than a line."""
LONG_FORMATS = ("textarea", "multiline", "multi-line", "markdown", "long", "text")
TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", type(None): "null"}


class Choice(NamedTuple):
    """One of the values that may be chosen, and how it is called."""

    value: Json
    label: str

    @property
    def text(self) -> str:
        """The value as JSON, which tells 1 from "1" and from 1.0."""
        return as_json(self.value)


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind`: line, text, integer, number, choice or json, and message in the form of an input; `key`: its
    name in what a browser sends; `text`: its default as it is typed, `placeholder` the same on one line; `shortest`
    and `longest`: characters of a text; `types`: those that a value may have, all when empty; `shape`: how JSON
    looks."""

    name: str
    kind: str
    label: str
    hint: str = ""
    required: bool = False
    nullable: bool = False
    text: str = ""
    placeholder: str = ""
    choices: tuple[Choice, ...] = ()
    bounds: Bounds = BOUNDLESS
    shortest: int = 0
    longest: int | None = None
    types: tuple[str, ...] = ()
    shape: str = ""
    key: str = ""

    @property
    def wide(self) -> bool:
        """Whether it needs the whole width."""
        return self.kind in ("message", "text", "json")

    def takes(self, value: Json) -> bool:
        """Whether a value is one of the choices, or of one of the types."""
        if value is None and self.nullable:
            return True
        if self.choices:
            return as_json(value) in (choice.text for choice in self.choices)
        kind = TYPES.get(type(value), "number")
        number = kind == "integer" or (isinstance(value, float) and value.is_integer())
        return not self.types or kind in self.types or (number and not {"integer", "number"}.isdisjoint(self.types))


def field(name: str, told: Json, root: Mapping[str, Any], required: bool = False, unnamed: str = "") -> Field:
    """The field for a value of this schema, `root` being what its references point into; `unnamed`: how it is called
    where neither a title nor a name says so. As JSON, with the reason, when the schema cannot be followed."""
    try:
        schema, nullable = plain(told, root)
    except Unclear as unclear:
        hint = f"Its schema cannot be followed: {unclear}"
        return Field(name, "json", _words(name, 80) or unnamed, hint, required, shape="…")
    kind, choices = _kind(schema)
    default = schema.get("default")
    typed = default if isinstance(default, str) and kind != "json" else as_json(default, indent=2)
    return Field(
        name,
        kind,
        _words(schema.get("title"), 80) or _words(name, 80) or unnamed,
        _words(schema.get("description"), 300),
        required,
        nullable,
        "" if default is None or choices else typed,
        "" if default is None else _words(default if isinstance(default, str) else as_json(default), 120),
        choices,
        bounds(schema),
        _count(schema, "minLength") or 0,
        _count(schema, "maxLength"),
        _types(schema.get("type"), nullable),
        shape(told, root) if kind == "json" else "",
    )


def properties(schema: Mapping[str, Any]) -> dict[str, Json]:
    """The schemas of the parts of an object, by name; none where it names none."""
    named = schema.get("properties")
    return named if isinstance(named, dict) else {}


def required(schema: Mapping[str, Any]) -> frozenset[str]:
    """The names of the parts that an object must have."""
    names = schema.get("required")
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()


def _kind(schema: Mapping[str, Any]) -> tuple[str, tuple[Choice, ...]]:
    """The kind of a field, with the choices that it leaves."""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, list) and 0 < len(values) <= MOST_CHOICES:
        return "choice", tuple(Choice(v, v if isinstance(v, str) else as_json(v)) for v in values)
    match schema.get("type"):
        case "boolean":
            return "choice", (Choice(True, "yes"), Choice(False, "no"))
        case "string":
            return "text" if _is_long(schema) else "line", ()
        case "integer" | "number" as kind:
            return kind, ()
    return "json", ()


def _is_long(schema: Mapping[str, Any]) -> bool:
    default, longest = schema.get("default"), _count(schema, "maxLength")
    return (
        schema.get("format") in LONG_FORMATS
        or (isinstance(default, str) and (len(default) > LONG or "\n" in default))
        or (longest is not None and longest > 2 * LONG)
    )


def _types(told: Any, nullable: bool) -> tuple[str, ...]:
    found = tuple(name for name in (told if isinstance(told, list) else [told]) if isinstance(name, str))
    return (*found, "null") if found and nullable else found


def _words(told: Any, most: int) -> str:
    text = " ".join(told.split()) if isinstance(told, str) else ""
    return text if len(text) <= most else text[:most] + "…"


def _count(schema: Mapping[str, Any], name: str) -> int | None:
    told = schema.get(name)
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None
