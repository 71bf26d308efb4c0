"""What JSON is to Python, how it is written, and when two values of it are the same."""

import json
from collections.abc import Iterable
from typing import TypeAlias, cast

from studio.history.words import common

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def as_json(value: Json, indent: int | None = None) -> str:
    """The value as JSON; "" for one that is nested too deeply to be written."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except RecursionError:
        return ""


def same_json(one: Json, other: Json, *, exactly: bool = False) -> bool:
    """Whether two values are the same JSON, in which true is not 1. `exactly`: nor is 1.0."""
    try:
        return same_at_once(one, other, exactly=exactly)
    except RecursionError:
        return _same_parts(one, other, exactly)


def same_at_once(one: Json, other: Json, *, exactly: bool = False) -> bool:
    """The same, for who may leave it at that. Raises RecursionError for what is nested too deeply."""
    return one == other and (type(one) is str or _same_kinds(one, other, exactly))


def common_json(one: list[Json], other: list[Json], sure: int = 0) -> int:
    """How many items two lists have in common at their start, exactly; 0 where they are nested too deeply to tell at
    once. `sure`: so many are known to be the same where Python takes them for equal."""
    try:
        start = common(one, other)
        if same_at_once(one[sure:start], other[sure:start], exactly=True):
            return start
    except RecursionError:
        return 0
    return next(place for place in range(sure, start) if not same_at_once(one[place], other[place], exactly=True))


def _same_kinds(one: Json, other: Json, exactly: bool) -> bool:
    """Whether two values that Python takes for equal are so too when booleans, and numbers, are told apart."""
    stack: list[tuple[Iterable[Json], Iterable[Json]]] = [([one], [other])]
    while stack:
        for mine, its in zip(*stack.pop(), strict=True):
            kind = type(mine)
            if kind is str or mine is its:  # as most values are
                continue
            if kind is not type(its):
                if exactly or kind is bool or isinstance(its, bool):
                    return False
            elif kind is dict:
                mine, its = cast("dict[str, Json]", mine), cast("dict[str, Json]", its)
                stack.append((mine.values(), map(its.__getitem__, mine)))
            elif kind is list:
                stack.append((cast("list[Json]", mine), cast("list[Json]", its)))
    return True


def _same_parts(one: Json, other: Json, exactly: bool) -> bool:
    """The same for values of any depth, which Python cannot compare at once."""
    stack = [(one, other)]
    while stack:
        one, other = stack.pop()
        if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
            stack.extend((value, other[key]) for key, value in one.items())
        elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            stack.extend(zip(one, other, strict=True))
        elif isinstance(one, dict | list) or one != other or not _same_kinds(one, other, exactly):
            return False
    return True
