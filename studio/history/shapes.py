"""JSON schemas, as far as a form needs to understand them: references followed, null set aside, and what
JSON of that schema is, in words and in its shape."""

import re
from collections.abc import Mapping
from typing import Any

from studio.history.plain import Json, as_json

MOST_STEPS = 30
"""References and alternatives that are followed one after the other."""
DEEPEST, MOST_NAMES, MOST_WAYS = 3, 5, 2
LONGEST = 160
LONGEST_KIND, MOST_TOLD = 60, 12
ESCAPED = re.compile(r"(?:%[0-9a-fA-F]{2})+")
WORDS = {"string": '"…"', "integer": "1", "number": "1.0", "boolean": "true", "null": "null"}


class Unclear(ValueError):
    """A schema that cannot be followed; the text says why."""


def plain(told: Json, root: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """A schema without references and lone alternatives, and whether null is allowed beside it. `root` is what the
    references point into. Raises Unclear."""
    schema: dict[str, Any] = dict(told) if isinstance(told, dict) else {}
    nullable = False
    for _ in range(MOST_STEPS):
        only = None
        if "$ref" in schema:
            only = _target(schema.pop("$ref"), root)
        elif isinstance(several := schema.get("allOf"), list) and len(several) == 1:
            (only,) = schema.pop("allOf")
        elif (name := next((n for n in ("anyOf", "oneOf") if isinstance(schema.get(n), list)), None)) is not None:
            rest = [way for way in schema[name] if not _is_null(way)]
            nullable |= len(rest) < len(schema[name])
            if len(rest) == 1:
                (only,) = rest
                del schema[name]
        if only is None:
            return _typed(schema, nullable)
        schema = {**(only if isinstance(only, dict) else {}), **schema}
    raise Unclear("it leads back to itself.")


def _is_null(way: Any) -> bool:
    return isinstance(way, dict) and (way.get("type") == "null" or ("const" in way and way["const"] is None))


def _typed(schema: dict[str, Any], nullable: bool) -> tuple[dict[str, Any], bool]:
    """The schema without null among its types and values: one type where there is one beside it."""
    types = schema.get("type")
    if isinstance(types, list):
        rest = [name for name in types if name != "null"]
        nullable |= len(rest) < len(types)
        schema["type"] = rest[0] if len(rest) == 1 else rest
    values = schema.get("enum")
    if isinstance(values, list) and None in values:
        nullable = True
        schema["enum"] = [value for value in values if value is not None]
    return schema, nullable


def _target(reference: Any, root: Mapping[str, Any]) -> Any:
    """What a reference like `#/$defs/Name` points to."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise Unclear("it refers to something outside.")
    found: Any = root
    for part in ESCAPED.sub(_unescaped, reference[1:]).split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, dict) or name not in found:
            raise Unclear("it refers to something that is not there.")
        found = found[name]
    return found


def _unescaped(found: re.Match[str]) -> str:
    """Characters that a reference writes as `%20`."""
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace")


def kind(told: Json, root: Mapping[str, Any]) -> str:
    """What JSON of this schema is, in a few words ("integer", "array of string or null"); "" where it does not say."""
    text = _kind(told, root, 0)
    return text if len(text) <= LONGEST_KIND else text[:LONGEST_KIND] + "…"


def _kind(told: Json, root: Mapping[str, Any], depth: int) -> str:
    try:
        schema, nullable = plain(told, root)
    except Unclear:
        return ""
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    ways: list[Any] = next((schema[name] for name in ("anyOf", "oneOf") if isinstance(schema.get(name), list)), [])
    if isinstance(values, list) and values and len(values) <= MOST_NAMES:
        names = [as_json(value) for value in values]
    elif ways and depth < DEEPEST:
        names = [_kind(way, root, depth + 1) for way in ways[:MOST_TOLD] if not _is_null(way)]
    else:
        types = schema.get("type")
        told_types = types[:MOST_TOLD] if isinstance(types, list) else [types]
        names = [_one_kind(name, schema, root, depth) for name in told_types]
    found = dict.fromkeys(name for name in names if name)
    return " or ".join([*found, *["null"] * (nullable and bool(found))])


def _one_kind(name: Any, schema: dict[str, Any], root: Mapping[str, Any], depth: int) -> str:
    inner = _kind(schema.get("items"), root, depth + 1) if name == "array" and depth < DEEPEST else ""
    if 0 < len(inner) < 30:
        return f"array of ({inner})" if " or " in inner else f"array of {inner}"
    return name if isinstance(name, str) else ""


def shape(told: Json, root: Mapping[str, Any]) -> str:
    """How JSON of this schema looks, on one line: `{"name": "…", "parts": [1, …]}`."""
    text = _shape(told, root, 0)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _shape(told: Json, root: Mapping[str, Any], depth: int) -> str:
    try:
        schema, nullable = plain(told, root)
    except Unclear:
        return "…"
    several: list[Any] = next((schema[name] for name in ("anyOf", "oneOf") if isinstance(schema.get(name), list)), [])
    if ways := [way for way in several if not _is_null(way)]:
        shown = [_shape(way, root, depth + 1) for way in ways[:MOST_WAYS]] if depth < DEEPEST else ["…"]
        shown += ["…"] * (len(ways) > MOST_WAYS) + ["null"] * nullable
        return " | ".join(dict.fromkeys(shown))
    match schema.get("type"):
        case "array":
            items = schema.get("items")
            return f"[{_shape(items, root, depth + 1)}, …]" if isinstance(items, dict) and depth < DEEPEST else "[…]"
        case "object":
            return _object(schema, root, depth)
        case str(name):
            return WORDS.get(name, "…")
        case [*names] if names and all(isinstance(name, str) for name in names):
            return " | ".join(WORDS.get(name, "…") for name in names)
    return "…"


def _object(schema: dict[str, Any], root: Mapping[str, Any], depth: int) -> str:
    """An object with the names that it needs, or with its first ones where it needs none."""
    properties, needed = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict) or not properties or depth >= DEEPEST:
        return "{…}"
    wanted = [n for n in needed if isinstance(n, str) and n in properties] if isinstance(needed, list) else []
    names = wanted or list(properties)
    parts = [f'"{name}": {_shape(properties[name], root, depth + 1)}' for name in names[:MOST_NAMES]]
    return "{" + ", ".join([*parts, *["…"] * (len(parts) < len(properties))]) + "}"
