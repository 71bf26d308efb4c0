"""One level of a JSON value at a time, for a tree that opens on demand. Sizes are told, never sent."""

import json
from dataclasses import dataclass

from studio.history.blocks import first_words
from studio.history.model import Json

LEVEL = 100
"""Children shown before “more”."""
TEXT = 240
"""Characters of a text shown before “open”."""
NAMES = ("type", "role", "name", "id", "task", "title", "content")


@dataclass(frozen=True, slots=True)
class Node:
    """One child of a value. `kind`: object, array, text, number, boolean or null; `text` is its value or a hint at
    it; `path` its JSON pointer; `opens` whether there is more than `text` shows."""

    key: str
    kind: str
    text: str
    path: str
    count: int = 0
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """The children of one value from `start`, or a slice of one long text. `more`: where the next part begins."""

    nodes: tuple[Node, ...] = ()
    text: str = ""
    more: int | None = None
    total: int = 0


def level(value: Json, path: str = "", start: int = 0) -> Level:
    """What opens under a value."""
    if isinstance(value, dict):
        items = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list):
        items = [(str(index), item) for index, item in enumerate(value)]
    elif isinstance(value, str):
        end = start + TEXT * 40
        return Level(text=value[start:end], more=end if end < len(value) else None, total=len(value))
    else:
        return Level(text=literal(value))
    shown = items[start : start + LEVEL]
    more = start + LEVEL if start + LEVEL < len(items) else None
    return Level(tuple(_node(key, item, path) for key, item in shown), more=more, total=len(items))


def find(value: Json, path: str) -> Json:
    """The value at a JSON pointer (RFC 6901). Raises LookupError when there is none."""
    head, *parts = path.split("/")
    if head:
        raise LookupError(path)
    for part in parts:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and len(key) < 16:
            value = value[int(key)]
        else:
            raise LookupError(path)
    return value


def literal(value: Json) -> str:
    """A scalar as JSON writes it, with all its digits."""
    return json.dumps(value, ensure_ascii=False)


def _node(key: str, value: Json, parent: str) -> Node:
    path = f"{parent}/{key.replace('~', '~0').replace('/', '~1')}"
    match value:
        case dict():
            return Node(key, "object", _hint(value), path, len(value), bool(value))
        case list():
            return Node(key, "array", "", path, len(value), bool(value))
        case str():
            cut = value[:TEXT]
            return Node(key, "text", cut, path, len(value), len(value) > TEXT)
        case bool():
            return Node(key, "boolean", literal(value), path)
        case None:
            return Node(key, "null", "null", path)
    return Node(key, "number", literal(value), path)


def _hint(value: dict[str, Json]) -> str:
    """A few words that tell one object of a list from the next."""
    return first_words(" ".join(text for name in NAMES if isinstance(text := value.get(name), str) and text), 60)
