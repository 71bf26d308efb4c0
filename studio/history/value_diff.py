"""What changed between two values: the places at which they differ, by their path. Texts are shown with their changed
words marked, anything else as short JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from studio.history.model import Json
from studio.history.words import Part, common, elide, word_parts

CHARACTERS_SHOWN = 600


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
    ends."""
    stack: list[Change | tuple[str, Json, Json]] = [("", before, after)]
    while stack:
        top = stack.pop()
        if isinstance(top, Change):
            yield top
            continue
        path, before, after = top
        if isinstance(before, dict) and isinstance(after, dict):
            yield from (removed(f"{path}.{key}", value) for key, value in before.items() if key not in after)
            yield from (added(f"{path}.{key}", value) for key, value in after.items() if key not in before)
            both = [key for key in after if key in before and before[key] != after[key]]
            stack.extend((f"{path}.{key}", before[key], after[key]) for key in reversed(both))
        elif isinstance(before, list) and isinstance(after, list):
            stack.extend(reversed(list(_items(path, before, after))))
        elif before != after:
            yield replaced(path, before, after)


def _items(path: str, before: list[Json], after: list[Json]) -> Iterator[Change | tuple[str, Json, Json]]:
    """The items that are to be compared, then those that are gone or new."""
    start = common(before, after)
    end = common(before[start:][::-1], after[start:][::-1])
    gone, fresh = before[start : len(before) - end], after[start : len(after) - end]
    paired = min(len(gone), len(fresh))
    yield from ((f"{path}[{start + i}]", gone[i], fresh[i]) for i in range(paired))
    yield from (removed(f"{path}[{start + i}]", gone[i]) for i in range(paired, len(gone)))
    yield from (added(f"{path}[{start + i}]", fresh[i]) for i in range(paired, len(fresh)))


def added(path: str, value: Json) -> Change:
    """A value that is new."""
    return Change("added", (Part("added", short_json(value)),), path.removeprefix("."))


def removed(path: str, value: Json) -> Change:
    """A value that is gone."""
    return Change("removed", (Part("removed", short_json(value)),), path.removeprefix("."))


def replaced(path: str, before: Json, after: Json) -> Change:
    """A value in the place of another; of two texts only the words that differ are marked."""
    if isinstance(before, str) and isinstance(after, str):
        return Change("changed", elide(word_parts(before, after), CHARACTERS_SHOWN), path.removeprefix("."))
    parts = (Part("removed", short_json(before)), Part("added", short_json(after)))
    return Change("changed", parts, path.removeprefix("."))
