"""Where everything in a state comes from: the checkpoint that introduced it, changed it last, and will remove it.

One walk from the root to a checkpoint and on to the head of its branch. Each checkpoint tells what it added to its
parent, so the walk costs what was ever added, not the sum of all states.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from studio.history.marks import NONE, Mark, Marks
from studio.history.measures import Measures, total
from studio.history.model import Checkpoint, Held
from studio.history.tree import Tree


@dataclass(frozen=True, slots=True)
class Origin:
    """The life of a message or channel along a branch: since when it is there (None: since before what has been read),
    which checkpoint changed it last (None: it is as it came), and which one further on removes it (None: it stays)."""

    introduced: Checkpoint | None
    changed: Checkpoint | None = None
    removed: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A message that was there once. `name` is its key; the words are in the parent of `removed`."""

    name: str
    introduced: Checkpoint | None
    removed: Checkpoint


@dataclass(frozen=True, slots=True)
class Lineage:
    """How a checkpoint came to be. `path` begins at the root, or at the oldest checkpoint that has been read; messages
    are found by the key of their mark; `forks` are the places on the path at which the tree branches; `gone` is what
    was on the path and is not any more; `cost` is that of the whole path."""

    path: tuple[Checkpoint, ...] = ()
    messages: dict[str, Origin] = field(default_factory=dict)
    channels: dict[str, Origin] = field(default_factory=dict)
    gone: tuple[Gone, ...] = ()
    forks: tuple[int, ...] = ()
    cost: Measures = field(default_factory=Measures)

    @property
    def whole(self) -> bool:
        """Whether the path goes down to the root."""
        return bool(self.path) and self.path[0].parent_id is None

    @property
    def order(self) -> dict[str, int]:
        """The place of each checkpoint on the path."""
        return {checkpoint.id: place for place, checkpoint in enumerate(self.path)}


def trace(tree: Tree, id: str) -> Lineage:
    """The lineage of a checkpoint; an empty one for an unknown id."""
    path = tree.path(id)
    if not path:
        return Lineage()
    walk = _Walk()
    walk.start(path[0])
    for checkpoint in path[1:]:
        walk.step(checkpoint)
    messages, channels = _removals(walk, tree.path(tree.tip(id))[len(path) :])
    return Lineage(
        tuple(path),
        {key: _origin(life, messages.get(key)) for key, life in walk.messages.items()},
        {name: _origin(life, channels.get(name)) for name, life in walk.channels.items()},
        tuple(gone for key, gone in walk.gone.items() if key not in walk.messages),
        tuple(place for place, checkpoint in enumerate(path) if len(tree.siblings(checkpoint.id)) > 1),
        total(path),
    )


@dataclass(slots=True)
class _Life:
    """What is known of something so far; `hash` is its content now."""

    introduced: Checkpoint | None
    hash: str
    changed: Checkpoint | None = None


def _origin(life: _Life, removed: Checkpoint | None) -> Origin:
    return Origin(life.introduced, life.changed, removed)


class _Present:
    """Which messages are there, moment by moment: a key may be there more than once."""

    def __init__(self, marks: Marks) -> None:
        self.marks = marks
        self.count = Counter(mark.key for mark in marks)

    def become(self, marks: Marks) -> tuple[list[str], tuple[Mark, ...]]:
        """Go on to the next moment: the keys that are not there any more, and the marks that have come."""
        gone, came = marks.changes(self.marks)
        self.marks = marks
        before = [mark.key for mark in gone]
        self.count.update([mark.key for mark in came])
        self.count.subtract(before)
        left = [key for key in dict.fromkeys(before) if not self.count[key]]
        for key in left:
            del self.count[key]
        return left, came


class _Walk:
    """A walk down a path that keeps what is there at its present end."""

    def __init__(self) -> None:
        self.messages: dict[str, _Life] = {}
        self.channels: dict[str, _Life] = {}
        self.gone: dict[str, Gone] = {}
        self.present = _Present(NONE)
        self._held: Mapping[str, Held] = {}

    def start(self, checkpoint: Checkpoint) -> None:
        """Begin at the oldest checkpoint. When it has a parent that is not known, so has what it holds."""
        self.step(checkpoint)
        if checkpoint.parent_id is not None:
            for life in (*self.messages.values(), *self.channels.values()):
                life.introduced = None

    def step(self, checkpoint: Checkpoint) -> None:
        """One checkpoint further."""
        left, came = self.present.become(checkpoint.messages)
        for key in left:
            self.gone.pop(key, None)  # of two ends the last one counts
            self.gone[key] = Gone(key, self.messages.pop(key).introduced, checkpoint)
        for mark in came:
            _seen(self.messages, mark.key, mark.hash, checkpoint)
        if checkpoint.channels != self._held:
            for name in self._held.keys() - checkpoint.channels.keys():
                del self.channels[name]
            for name, held in checkpoint.channels.items():
                _seen(self.channels, name, held.hash, checkpoint)
            self._held = checkpoint.channels


def _seen(lives: dict[str, _Life], name: str, hash: str, checkpoint: Checkpoint) -> None:
    life = lives.get(name)
    if life is None:
        lives[name] = _Life(checkpoint, hash)
    elif life.hash != hash:
        life.hash, life.changed = hash, checkpoint


def _removals(walk: _Walk, onwards: Sequence[Checkpoint]) -> tuple[dict[str, Checkpoint], dict[str, Checkpoint]]:
    """For the messages, and for the channels, that are there at the end of a walk, the first of the checkpoints after
    it that lacks them. What is present goes on with these."""
    messages: dict[str, Checkpoint] = {}
    channels: dict[str, Checkpoint] = {}
    there = set(walk.channels)
    for checkpoint in onwards:
        for key in walk.present.become(checkpoint.messages)[0]:
            if key in walk.messages:
                messages.setdefault(key, checkpoint)
        for name in there - checkpoint.channels.keys():
            channels[name] = checkpoint
        there &= checkpoint.channels.keys()
    return messages, channels
