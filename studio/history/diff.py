"""What changed between two states: messages aligned by id with word marks, other channels by value.

Bounded: long texts are compared by their changed middle only, and values are shown as short JSON.
"""

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, islice

from studio.history.blocks import first_words
from studio.history.messages import Message, conversation, is_conversation
from studio.history.model import NOTHING, Shared
from studio.history.plain import Json, common_json, same_json
from studio.history.value_diff import CHARACTERS_SHOWN, Change, added, removed, replaced, short_json, values
from studio.history.words import Part

CHANGES_SHOWN = 200
"""Changes of one channel that are listed; who needs more downloads the two states."""
LONG = 8
"""Changes of one kind in a row from which on only the first few are shown at once."""
FIRST = 3
FIRST_CHANNEL = "messages"
"""The channel whose messages come first among those of a state."""


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


def compare(old: dict[str, Json], new: dict[str, Json], known: Shared = NOTHING) -> list[ChannelDiff]:
    """The channels that differ between two states, message channels first; true is not 1, nor is 1.0. What is `known`
    to be the same is not looked at again."""
    names = [name for name in dict.fromkeys([*new, *old]) if name not in known.channels and _differs(name, old, new)]
    talks = {name for name in names if _are_talk(old.get(name), new.get(name))}
    found = {
        name: _conversations(old.get(name), new.get(name), known.messages if name == FIRST_CHANNEL else 0)
        if name in talks
        else _values(name, old, new)
        for name in names
    }
    return [_listed(name, found[name]) for name in sorted(names, key=lambda name: name not in talks)]


def _differs(name: str, old: dict[str, Json], new: dict[str, Json]) -> bool:
    return (name in old) != (name in new) or not same_json(old.get(name), new.get(name), exactly=True)


def _are_talk(before: Json, after: Json) -> bool:
    """Whether what is there, before and after, are messages."""
    there = [value for value in (before, after) if value is not None and value != []]
    return bool(there) and all(map(is_conversation, there))


def _listed(name: str, found: Iterator[Change]) -> ChannelDiff:
    changes = tuple(islice(found, CHANGES_SHOWN + 1))
    return ChannelDiff(name, changes[:CHANGES_SHOWN], len(changes) > CHANGES_SHOWN)


def _values(name: str, old: dict[str, Json], new: dict[str, Json]) -> Iterator[Change]:
    if name not in old:
        return iter([added("", new[name])])
    if name not in new:
        return iter([removed("", old[name])])
    return values(old[name], new[name])


def _conversations(before: Json, after: Json, sure: int) -> Iterator[Change]:
    """Two lists of messages; what both begin and end with is not even parsed. Where ids do not tell what is different,
    because messages have none, or the same one, places do."""
    old, new = (value if isinstance(value, list) else [] for value in (before, after))
    start = common_json(old, new, sure)
    end = common_json(old[start:][::-1], new[start:][::-1])
    found = _messages(conversation(old[start : len(old) - end]), conversation(new[start : len(new) - end]))
    first = next(found, None)
    return chain([first], found) if first else values(before, after)


def _messages(old: Sequence[Message], new: Sequence[Message]) -> Iterator[Change]:
    known = {m.id: m for m in old if m.id}
    kept = {m.id for m in new if m.id}
    gone, fresh = _nameless(old, new), _nameless(new, old)
    moved = _moved([m.id for m in old if m.id in kept], [m.id for m in new if m.id in known])
    yield from (_whole("removed", m) for i, m in enumerate(old) if (m.id not in kept if m.id else i in gone))
    for i, message in enumerate(new):
        before = known.get(message.id) if message.id else None
        if before is not None and not same_json(before.raw, message.raw, exactly=True):
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
            key = _key(message)
            left[key] -= 1
            if left[key] < 0:
                places.add(i)
    return places


def _key(message: Message) -> str:
    """The same for the same message; where it is nested too deeply to be written, it is like no other."""
    try:
        return json.dumps(message.raw, sort_keys=True)
    except RecursionError:
        return f"{id(message)}"


def _whole(kind: str, message: Message) -> Change:
    text = first_words(message.text, CHARACTERS_SHOWN) or ", ".join(f"{c.name}()" for c in message.tool_calls)
    return Change(kind, (Part(kind, text or short_json(message.raw)),), message.role)


def _changed(before: Message, after: Message) -> Iterator[Change]:
    """What differs between two versions of a message: its words, and then its other fields."""
    if before.text != after.text:
        yield replace(replaced("", before.text, after.text), label=after.role)
    told = {"content"} if before.text != after.text else set()
    old, new = ({k: raw[k] for k in sorted(raw) if k not in told} for raw in (before.raw, after.raw))
    for place, change in enumerate(values(old, new), before.text != after.text):
        yield replace(change, kind="changed", label=f"{after.role} {change.label}", further=place > 0)
