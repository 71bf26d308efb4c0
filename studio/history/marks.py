"""What is remembered of messages without their words: an id, a hash, the tokens that they cost.

The checkpoints of a conversation hold nearly the same messages, so each list is kept as the start of another one and
what follows it: a thousand checkpoints of a thousand messages take the room of a few thousand marks, not of a million.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

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


class Marks:
    """An immutable list of marks: the first `kept` of `base`, then `added`."""

    __slots__ = ("added", "base", "kept")
    added: tuple[Mark, ...]
    base: "Marks | None"
    kept: int

    def __init__(self, added: Iterable[Mark] = (), base: "Marks | None" = None, kept: int = 0) -> None:
        while base is not None and kept <= base.kept:
            base = base.base  # nothing of its own is kept
        self.added = tuple(added)
        self.base = base
        self.kept = kept if base is not None else 0

    def __len__(self) -> int:
        return self.kept + len(self.added)

    def __iter__(self) -> Iterator[Mark]:
        pieces: list[tuple[Mark, ...]] = []
        here: Marks | None = self
        end = len(self)
        while here is not None and end:
            if end > here.kept:
                pieces.append(here.added[: end - here.kept])
                end = here.kept
            here = here.base
        for piece in reversed(pieces):
            yield from piece

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Marks):
            return NotImplemented
        return self is other or (len(self) == len(other) and tuple(self) == tuple(other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Marks({list(self)!r})"

    def after(self, parent: "Marks") -> "Marks":
        """The same list, told as an addition to the parent's."""
        before, marks = tuple(parent), tuple(self)
        kept = len(before) if marks[: len(before)] == before else common(before, marks)
        return parent.with_more(kept, marks[kept:])

    def with_more(self, kept: int, added: Iterable[Mark]) -> "Marks":
        """The first `kept` marks of this list and what follows them; the list itself when that is all."""
        added = tuple(added)
        return self if kept == len(self) and not added else Marks(added, self, kept)

    def since(self, parent: "Marks") -> tuple[int, tuple[Mark, ...]]:
        """How many marks of the parent's list this one begins with, and those that follow; without looking at them
        where this list is told as an addition to the parent's."""
        if self is parent:
            return len(self), ()
        if self.base is parent:
            return self.kept, self.added
        marks = tuple(self)
        kept = common(tuple(parent), marks)
        return kept, marks[kept:]


NONE = Marks()
"""No messages."""
