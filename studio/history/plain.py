"""What JSON is to Python, and how it is written."""

import json
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def as_json(value: Json, indent: int | None = None) -> str:
    """The value as JSON; "" for one that is nested too deeply to be written."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except RecursionError:
        return ""


def same_json(one: Json, other: Json, *, exactly: bool = False) -> bool:
    """Whether two values are the same JSON, in which true is not 1. `exactly`: nor is 1.0."""
    stack = [(one, other)]
    while stack:
        one, other = stack.pop()
        if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
            stack.extend((value, other[key]) for key, value in one.items())
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            stack.extend(zip(one, other, strict=True))
        elif not _same_leaves(one, other, exactly):
            return False
    return True


def _same_leaves(one: Json, other: Json, exactly: bool) -> bool:
    if isinstance(one, dict | list) or one != other:
        return False
    return type(one) is type(other) if exactly else isinstance(one, bool) == isinstance(other, bool)
