"""What changed between two states: messages aligned by id with word marks, other channels by value.

Bounded: long texts are compared by their changed middle only, and values are shown as short JSON.
"""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice

from studio.history.blocks import first_words
from studio.history.messages import Message, conversation, is_conversation
from studio.history.model import Json
from studio.history.value_diff import CHARACTERS_SHOWN, Change, added, removed, replaced, short_json, values
from studio.history.words import Part, common

CHANGES_SHOWN = 200
"""Changes of one channel that are listed; who needs more downloads the two states."""
LONG = 8
"""Changes of one kind in a row from which on only the first few are shown at once."""
FIRST = 3


@dataclass(frozen=True, slots=True)
class Run:
    """Changes that follow one another: those `shown` at once, and those of the same kind that are `folded` away."""

    shown: Sequence[Change]
    folded: Sequence[Change] = ()


@dataclass(frozen=True, slots=True)
class ChannelDiff:
    """The changes of one channel. `cut`: there are more of them than are listed."""

    name: str
    changes: tuple[Change, ...]
    cut: bool = False

    def count(self, kind: str) -> int:
        """How many messages or values changed in this way."""
        return sum(change.kind == kind and not change.further for change in self.changes)

    @property
    def runs(self) -> list[Run]:
        """The changes in their order, in runs of one kind; of a long one all but the first few are folded away."""
        alike = [list(group) for _, group in groupby(self.changes, key=lambda change: change.kind)]
        return [Run(run[:FIRST], run[FIRST:]) if len(run) >= LONG else Run(run) for run in alike]

    @property
    def added(self) -> int:
        """Messages or values that are new."""
        return self.count("added")

    @property
    def removed(self) -> int:
        """Messages or values that are gone."""
        return self.count("removed")

    @property
    def moved(self) -> int:
        """Messages that stand elsewhere now."""
        return self.count("moved")

    @property
    def changed(self) -> int:
        """Messages or values that differ."""
        return self.count("changed")


def compare(old: dict[str, Json], new: dict[str, Json]) -> list[ChannelDiff]:
    """The channels that differ between two states, message channels first."""
    names = [
        name for name in dict.fromkeys([*new, *old]) if old.get(name) != new.get(name) or (name in old) != (name in new)
    ]
    diffs = [_diff(name, old, new) for name in names]
    return sorted(diffs, key=lambda diff: not is_conversation(new.get(diff.name) or old.get(diff.name)))


def _diff(name: str, old: dict[str, Json], new: dict[str, Json]) -> ChannelDiff:
    changes = tuple(islice(_channel(name, old, new), CHANGES_SHOWN + 1))
    return ChannelDiff(name, changes[:CHANGES_SHOWN], len(changes) > CHANGES_SHOWN)


def _channel(name: str, old: dict[str, Json], new: dict[str, Json]) -> Iterator[Change]:
    before, after = old.get(name), new.get(name)
    if is_conversation(after or before) and (not before or is_conversation(before)):
        yield from _conversations(before or [], after or [])
    elif name not in old:
        yield added("", after)
    elif name not in new:
        yield removed("", before)
    else:
        yield from values(before, after)


def _conversations(before: Json, after: Json) -> Iterator[Change]:
    """Two lists of messages; what both begin with is not even parsed."""
    old, new = (value if isinstance(value, list) else [] for value in (before, after))
    same = common(old, new)
    yield from _messages(conversation(old[same:]), conversation(new[same:]))


def _messages(old: Sequence[Message], new: Sequence[Message]) -> Iterator[Change]:
    known = {m.id: m for m in old if m.id}
    kept = {m.id for m in new if m.id}
    gone, fresh = _nameless(old, new), _nameless(new, old)
    moved = _moved([m.id for m in old if m.id in kept], [m.id for m in new if m.id in known])
    yield from (_whole("removed", m) for i, m in enumerate(old) if (m.id not in kept if m.id else i in gone))
    for i, message in enumerate(new):
        before = known.get(message.id) if message.id else None
        if before is not None and before.raw != message.raw:
            yield from _changed(before, message)
        elif before is None and (message.id or i in fresh):
            yield _whole("added", message)
        elif message.id in moved:
            yield Change("moved", (Part("same", first_words(message.text, CHARACTERS_SHOWN)),), message.role)


def _moved(old: Sequence[str | None], new: Sequence[str | None]) -> set[str | None]:
    """The fewest ids of which it suffices to say that they moved: all but a longest run that kept its order."""
    place = {id: i for i, id in enumerate(old)}
    order = [place[id] for id in new]
    tails: list[int] = []
    lengths = []
    for value in order:
        length = bisect_left(tails, value)
        tails[length : length + 1] = [value]
        lengths.append(length)
    kept, wanted = set(), len(tails) - 1
    for id, length in zip(reversed(new), reversed(lengths), strict=True):
        if length == wanted:
            kept.add(id)
            wanted -= 1
    return set(new) - kept


def _nameless(messages: Sequence[Message], others: Sequence[Message]) -> set[int]:
    """The places of the messages without an id that `others` lacks, or has fewer times."""
    left = Counter(_key(m) for m in others if not m.id)
    places = set()
    for i, message in enumerate(messages):
        if not message.id:
            left[_key(message)] -= 1
            if left[_key(message)] < 0:
                places.add(i)
    return places


def _key(message: Message) -> str:
    return json.dumps(message.raw, sort_keys=True, default=str)


def _whole(kind: str, message: Message) -> Change:
    text = first_words(message.text, CHARACTERS_SHOWN) or ", ".join(f"{c.name}()" for c in message.tool_calls)
    return Change(kind, (Part(kind, text or short_json(message.raw)),), message.role)


def _changed(before: Message, after: Message) -> Iterator[Change]:
    """What differs between two versions of a message: its words, and then its other fields."""
    if before.text != after.text:
        yield replace(replaced("", before.text, after.text), label=after.role)
    keys = [k for k in before.raw.keys() | after.raw.keys() if before.raw.get(k) != after.raw.get(k)]
    keys = [k for k in keys if k != "content" or before.text == after.text]
    old, new = ({k: raw[k] for k in sorted(keys) if k in raw} for raw in (before.raw, after.raw))
    for place, change in enumerate(values(old, new), before.text != after.text):
        yield replace(change, kind="changed", label=f"{after.role} {change.label}", further=place > 0)
