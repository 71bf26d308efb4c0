"""What a branch holds that another branch wrote first: state that has leaked past the thread, through a memory, say."""

from collections.abc import Iterator

from studio.history.model import Checkpoint
from studio.history.tree import Tree


def strangers(tree: Tree, id: str) -> list[str]:
    """The ids of the messages on the way to a checkpoint that a side branch of any fork on this way had written before,
    those that came last at the end. What the input of a run brings is not counted: a rerun reads it again."""
    path = tree.path(id)
    if all(len(tree.children.get(checkpoint.id, ())) < 2 for checkpoint in path[:-1]):
        return []
    ours: dict[str, str] = {}
    for checkpoint in path:
        for key in _brought(tree, checkpoint):
            ours.setdefault(key, checkpoint.id)
    theirs = _first_beside(tree, path, ours) if ours else {}
    return [key for key, at in ours.items() if key in theirs and theirs[key] < at]


def _first_beside(tree: Tree, path: list[Checkpoint], ours: dict[str, str]) -> dict[str, str]:
    """Which of our messages the side branches have brought too, with the first checkpoint that did."""
    found: dict[str, str] = {}
    for checkpoint in _beside(tree, path):
        for key in _brought(tree, checkpoint):
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


def _brought(tree: Tree, checkpoint: Checkpoint) -> list[str]:
    """The ids of the messages that nodes brought with a checkpoint."""
    parent = tree.parent(checkpoint.id)
    if parent is None or checkpoint.source != "loop" or set(parent.next) <= {"__start__"}:
        return []
    kept, added = checkpoint.messages.since(parent.messages)
    changed = tuple(parent.messages)[kept:] if kept < len(parent.messages) else ()
    before = {mark.key for mark in changed}
    return [mark.key for mark in added if mark.id and mark.key not in before]
