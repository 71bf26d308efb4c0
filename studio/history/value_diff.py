"""What changed between two values: the places at which they differ, by their path. Texts are shown with their changed
words marked, anything else as short JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from studio.history.plain import Json, common_json, same_at_once, same_json
from studio.history.words import Part, elide, word_parts

CHARACTERS_SHOWN = 600
DEEPEST = 60
"""Levels of a value that are looked into."""
LONGEST_PLACE = 200
Pair = tuple[str, Json, Json]
"""A place, and what is there before and after."""


@dataclass(frozen=True, slots=True)
class Change:
    """One message or value that differs. `kind`: added, removed, changed or moved; `label`: the role of a message, or
    the place of a value in its channel; `further`: it tells more of the message of the change before it."""

    kind: str
    parts: tuple[Part, ...]
    label: str = ""
    further: bool = False


def short_json(value: Json) -> str:
    """JSON on one line, cut to what a person reads at a glance."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "(nested too deeply to be shown)"
    return text if len(text) <= CHARACTERS_SHOWN else f"{text[:CHARACTERS_SHOWN]}… ({len(text):,} characters)"


def values(before: Json, after: Json) -> Iterator[Change]:
    """The places at which two values differ, the items of a list by their number; a list is compared from both its
    ends. What lies deeper than anybody reads is told whole."""
    stack: list[Iterator[Change | Pair]] = [iter([("", before, after)])]
    while stack:
        step = next(stack[-1], None)
        if step is None:
            stack.pop()
        elif isinstance(step, Change):
            yield step
        elif inside := _inside(*step) if len(stack) <= DEEPEST else None:
            stack.append(inside)
        elif not same_json(step[1], step[2], exactly=True):
            yield replaced(*step)


def _inside(path: str, before: Json, after: Json) -> Iterator[Change | Pair] | None:
    """The parts of two values of the same kind; None for what has no parts, or is of another kind now."""
    if isinstance(before, dict) and isinstance(after, dict):
        return _keys(path, before, after)
    if isinstance(before, list) and isinstance(after, list):
        return _items(path, before, after)
    return None


def _keys(path: str, before: dict[str, Json], after: dict[str, Json]) -> Iterator[Change | Pair]:
    """The parts that are gone or new, then those that are to be compared."""
    yield from (removed(f"{path}.{key}", value) for key, value in before.items() if key not in after)
    yield from (added(f"{path}.{key}", value) for key, value in after.items() if key not in before)
    both = ((key, before[key], value) for key, value in after.items() if key in before)
    yield from ((f"{path}.{key}", old, new) for key, old, new in both if not _surely_same(old, new))


def _items(path: str, before: list[Json], after: list[Json]) -> Iterator[Change | Pair]:
    """The items that are to be compared, then those that are gone or new."""
    start = common_json(before, after)
    end = common_json(before[start:][::-1], after[start:][::-1])
    gone, fresh = before[start : len(before) - end], after[start : len(after) - end]
    paired = min(len(gone), len(fresh))
    pairs = enumerate(zip(gone, fresh, strict=False), start)
    yield from ((f"{path}[{i}]", old, new) for i, (old, new) in pairs if not _surely_same(old, new))
    yield from (removed(f"{path}[{start + i}]", gone[i]) for i in range(paired, len(gone)))
    yield from (added(f"{path}[{start + i}]", fresh[i]) for i in range(paired, len(fresh)))


def _surely_same(before: Json, after: Json) -> bool:
    """Whether there is nothing to look for in two values; what is nested too deeply to tell at once is looked into."""
    try:
        return same_at_once(before, after, exactly=True)
    except RecursionError:
        return False


def added(path: str, value: Json) -> Change:
    """A value that is new."""
    return Change("added", (Part("added", short_json(value)),), _place(path))


def removed(path: str, value: Json) -> Change:
    """A value that is gone."""
    return Change("removed", (Part("removed", short_json(value)),), _place(path))


def replaced(path: str, before: Json, after: Json) -> Change:
    """A value in the place of another; of two texts only the words that differ are marked."""
    if isinstance(before, str) and isinstance(after, str):
        return Change("changed", elide(word_parts(before, after), CHARACTERS_SHOWN), _place(path))
    parts = (Part("removed", short_json(before)), Part("added", short_json(after)))
    return Change("changed", parts, _place(path))


def _place(path: str) -> str:
    """A path as it is shown: of a very long one its end."""
    place = path.removeprefix(".")
    return place if len(place) <= LONGEST_PLACE else f"…{place[-LONGEST_PLACE:]}"
