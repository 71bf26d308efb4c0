"""The fields of a small form, out of the JSON schema of an answer. A schema comes from a deployment and may be
anything: what cannot be understood is a field that takes JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from studio.history.plain import Json

LONG = 140
MOST_FIELDS = 40
MOST_CHOICES = 100
DEEPEST = 20
KINDS = {"string": "line", "integer": "integer", "number": "number"}


class Choice(NamedTuple):
    """One of the values that may be chosen, and how it is called."""

    value: Json
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind`: line, text, integer, number, choice or json; `text`: what it is filled with; `least` and
    `most` bound a number; `holds`: the types that JSON may have here, all when empty."""

    name: str
    kind: str
    label: str
    hint: str = ""
    required: bool = False
    choices: tuple[Choice, ...] = ()
    text: str = ""
    least: float | None = None
    most: float | None = None
    holds: tuple[str, ...] = ()


def schema_fields(schema: Json) -> tuple[tuple[Field, ...], bool] | None:
    """The fields that a schema asks for, and whether the only one is the whole answer. None for what asks nothing."""
    if not isinstance(schema, dict) or not schema:
        return None
    root = _followed(schema, schema)
    named = root.get("properties")
    if not isinstance(named, dict) or not named or len(named) > MOST_FIELDS:
        return (_field("", root, schema, required=True),), True
    asked = root.get("required")
    needed = asked if isinstance(asked, list) else []
    return tuple(_field(name, told, schema, name in needed) for name, told in named.items()), False


def json_field(name: str, value: Json) -> Field:
    """A field for a value that is there already: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return Field(name, "text" if len(value) > LONG or "\n" in value else "line", name, text=value)
    return Field(name, "json", name, text=_json(value))


def _field(name: str, told: Json, root: Mapping[str, Json], required: bool) -> Field:
    schema = _followed(told, root)
    label = _line(schema.get("title"), 80) or _line(name, 80) or "Answer"
    default = schema.get("default")
    kind, choices = _kind(schema)
    filled = default is not None and kind != "choice"
    return Field(
        name,
        kind,
        label,
        _line(schema.get("description"), 300),
        required,
        choices,
        (default if isinstance(default, str) and kind != "json" else _json(default)) if filled else "",
        _bound(schema.get("minimum")),
        _bound(schema.get("maximum")),
        _types(schema.get("type")),
    )


def _kind(schema: Mapping[str, Json]) -> tuple[str, tuple[Choice, ...]]:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(values, list) and 0 < len(values) <= MOST_CHOICES:
        return "choice", tuple(Choice(v, v if isinstance(v, str) else _json(v)) for v in values)
    match schema.get("type"):
        case "boolean":
            return "choice", (Choice(True, "yes"), Choice(False, "no"))
        case "string" if schema.get("format") in ("textarea", "markdown", "multiline"):
            return "text", ()
        case str(name):
            return KINDS.get(name, "json"), ()
    return "json", ()


def _followed(told: Json, root: Mapping[str, Json]) -> dict[str, Json]:
    """The schema with local references and lone alternatives (something, or null) resolved as far as it goes."""
    schema: dict[str, Json] = dict(told) if isinstance(told, dict) else {}
    for _ in range(DEEPEST):
        only: Json = None
        if "$ref" in schema:
            only = _target(schema.pop("$ref"), root)
        for name in ("anyOf", "oneOf", "allOf"):
            ways = schema.get(name)
            if only is None and isinstance(ways, list):
                rest = [way for way in ways if not (isinstance(way, dict) and way.get("type") == "null")]
                if len(rest) == 1:
                    only = rest[0]
                    del schema[name]
        if not isinstance(only, dict):
            break
        schema = {**only, **schema}
    return schema


def _target(reference: Json, root: Mapping[str, Json]) -> Json:
    """What `#/$defs/Name` points to; None when it is not there."""
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    found: Json = dict(root)
    for part in reference[2:].split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, dict) else None
    return found


def _types(told: Json) -> tuple[str, ...]:
    return tuple(name for name in (told if isinstance(told, list) else [told]) if isinstance(name, str))


def _json(value: Json) -> str:
    """The value as JSON; "" for one that is nested too deeply to be written."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=2)
    except RecursionError:
        return ""


def _bound(told: Json) -> float | None:
    number = isinstance(told, int | float) and not isinstance(told, bool)
    return told if number and isfinite(told) else None  # type: ignore[arg-type,return-value]  # a number by now


def _line(told: Json, most: int) -> str:
    text = " ".join(told.split()) if isinstance(told, str) else ""
    return text if len(text) <= most else text[:most] + "…"
