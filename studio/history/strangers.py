"""What a branch holds that another branch wrote first: state that has leaked past the thread, through a memory, say."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from studio.history.model import Checkpoint
from studio.history.tree import Tree


@dataclass(slots=True)
class Brought:
    """The messages that nodes brought with each checkpoint of a thread, remembered as long as neither it nor its parent
    is another one."""

    _known: dict[str, tuple[Checkpoint, Checkpoint | None, tuple[str, ...]]] = field(default_factory=dict)

    def by(self, tree: Tree, checkpoint: Checkpoint) -> tuple[str, ...]:
        """The ids of the messages that nodes brought with a checkpoint of this tree."""
        parent, known = tree.parent(checkpoint.id), self._known.get(checkpoint.id)
        if known and known[0] is checkpoint and known[1] is parent:
            return known[2]
        found = _brought(parent, checkpoint)
        self._known[checkpoint.id] = (checkpoint, parent, found)
        return found


def strangers(tree: Tree, id: str, brought: Brought) -> list[str]:
    """The ids of the messages on the way to a checkpoint that a side branch of any fork on this way had written before,
    those that came last at the end. What the input of a run brings is not counted: a rerun reads it again."""
    path = tree.path(id)
    if all(len(tree.children.get(checkpoint.id, ())) < 2 for checkpoint in path[:-1]):
        return []
    ours: dict[str, str] = {}
    for checkpoint in path:
        for key in brought.by(tree, checkpoint):
            ours.setdefault(key, checkpoint.id)
    theirs = _first_beside(tree, path, ours, brought) if ours else {}
    return [key for key, at in ours.items() if key in theirs and theirs[key] < at]


def _first_beside(tree: Tree, path: list[Checkpoint], ours: dict[str, str], brought: Brought) -> dict[str, str]:
    """Which of our messages the side branches have brought too, with the first checkpoint that did; what is newer than
    all of ours was not there before."""
    found: dict[str, str] = {}
    newest = max(ours.values())
    for checkpoint in _beside(tree, path):
        for key in brought.by(tree, checkpoint) if checkpoint.id < newest else ():
            if key in ours:
                found[key] = min(checkpoint.id, found.get(key, checkpoint.id))
    return found


def _beside(tree: Tree, path: list[Checkpoint]) -> Iterator[Checkpoint]:
    """Every checkpoint of the branches that leave the path before its end."""
    own = {checkpoint.id for checkpoint in path}
    stack = [child for checkpoint in path[:-1] for child in tree.children.get(checkpoint.id, ()) if child not in own]
    while stack:
        here = stack.pop()
        stack.extend(tree.children.get(here, ()))
        yield tree.nodes[here]


def _brought(parent: Checkpoint | None, checkpoint: Checkpoint) -> tuple[str, ...]:
    if parent is None or checkpoint.source != "loop" or set(parent.next) <= {"__start__"}:
        return ()
    gone, came = checkpoint.messages.changes(parent.messages)
    before = {mark.id for mark in gone}
    return tuple(mark.id for mark in came if mark.id and mark.id not in before)
