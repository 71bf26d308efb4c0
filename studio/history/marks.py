"""What is remembered of messages without their words: an id, a hash, the tokens that they cost.

The checkpoints of a conversation hold nearly the same messages, so each list is kept as the start of another one and
what follows it: a thousand checkpoints of a thousand messages take the room of a few thousand marks, not of a million.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple
from weakref import ref

from studio.history.alignment import align
from studio.history.words import common


class Mark(NamedTuple):
    """One message. `id` is "" for a message without one; `input` and `output` are tokens of the call that made it."""

    id: str
    hash: str
    input: int = 0
    output: int = 0

    @property
    def key(self) -> str:
        """What it is recognised by in another checkpoint: its id, or its content when it has none."""
        return self.id or f"#{self.hash}"


class Changes(NamedTuple):
    """The marks that are `gone` from a list, and those that `came`, each in order. One that moved may be among both."""

    gone: tuple[Mark, ...]
    came: tuple[Mark, ...]


class Marks:
    """An immutable list of marks: the first `kept` of `base`, then `added`."""

    __slots__ = ("__weakref__", "_changes", "added", "base", "kept")
    added: tuple[Mark, ...]
    base: "Marks | None"
    kept: int
    _changes: "tuple[ref[Marks], Changes] | None"
    """What is different from one other list, as it was asked for last."""

    def __init__(self, added: Iterable[Mark] = (), base: "Marks | None" = None, kept: int = 0) -> None:
        while base is not None and kept <= base.kept:
            base = base.base  # nothing of its own is kept
        self.added = tuple(added)
        self.base = base
        self.kept = kept if base is not None else 0
        self._changes = None

    def __len__(self) -> int:
        return self.kept + len(self.added)

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.tail(0))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Marks):
            return NotImplemented
        return self is other or (len(self) == len(other) and self.tail(0) == other.tail(0))

    def __hash__(self) -> int:
        return hash(self.tail(0))

    def __repr__(self) -> str:
        return f"Marks({list(self)!r})"

    def tail(self, start: int) -> tuple[Mark, ...]:
        """The marks from a place on, without a look at those before it."""
        pieces: list[tuple[Mark, ...]] = []
        here: Marks | None = self
        end = len(self)
        while here is not None and start < end:
            if end > here.kept:
                pieces.append(here.added[max(0, start - here.kept) : end - here.kept])
                end = here.kept
            here = here.base
        return pieces[0] if len(pieces) == 1 else tuple(chain.from_iterable(reversed(pieces)))

    def after(self, parent: "Marks") -> "Marks":
        """The same list, told as an addition to the parent's."""
        marks = self.tail(0)
        kept = common(parent.tail(0), marks)
        return parent.with_more(kept, marks[kept:])

    def with_more(self, kept: int, added: Iterable[Mark]) -> "Marks":
        """The first `kept` marks of this list and what follows them; the list itself when that is all. Those that were
        in this list are held once only."""
        added = tuple(added)
        if kept == len(self):
            return Marks(added, self, kept) if added else self
        found = align(self.tail(kept), added)
        made = Marks(found.shared, self, kept)
        made._changes = ref(self), Changes(found.gone, found.came)
        return made

    def since(self, parent: "Marks") -> tuple[int, tuple[Mark, ...]]:
        """How many marks of the parent's list this one begins with, and those that follow; without looking at them
        where this list is told as an addition to the parent's."""
        if self is parent:
            return len(self), ()
        if self.base is parent:
            return self.kept, self.added
        marks = self.tail(0)
        kept = common(parent.tail(0), marks)
        return kept, marks[kept:]

    def changes(self, parent: "Marks") -> Changes:
        """What makes this list of the parent's."""
        if self._changes and self._changes[0]() is parent:
            return self._changes[1]
        kept, added = self.since(parent)
        if kept == len(parent):
            return Changes((), added)
        found = align(parent.tail(kept), added)
        self._changes = ref(parent), Changes(found.gone, found.came)
        return self._changes[1]


NONE = Marks()
"""No messages."""
