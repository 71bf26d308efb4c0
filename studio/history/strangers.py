"""What a branch holds that another branch wrote first: state that has leaked past the thread, through a memory, say."""

from studio.history.model import Checkpoint
from studio.history.tree import Tree


def strangers(tree: Tree, id: str) -> list[str]:
    """The ids of the messages on the way from the last fork to a checkpoint that a side branch of that fork had written
    before. What the input of a run brings is not counted: a rerun reads it again."""
    branch, fork = _since_fork(tree, id)
    if fork is None:
        return []
    ours: dict[str, str] = {}
    for checkpoint in reversed(branch):
        for key in _brought(tree, checkpoint):
            ours.setdefault(key, checkpoint.id)
    theirs = _written_beside(tree, fork, branch[-1].id) if ours else {}
    return [key for key, at in ours.items() if key in theirs and theirs[key] < at]


def _since_fork(tree: Tree, id: str) -> tuple[list[Checkpoint], str | None]:
    """The checkpoints from this one back to the last fork, and the fork; None where the path has none."""
    branch = []
    step: str | None = id
    while step is not None:
        branch.append(tree.nodes[step])
        parent = tree.parents[step]
        if parent is not None and len(tree.children[parent]) > 1:
            return branch, parent
        step = parent
    return branch, None


def _written_beside(tree: Tree, fork: str, own: str) -> dict[str, str]:
    """The messages that the other branches of a fork have brought, with the first checkpoint that did."""
    found: dict[str, str] = {}
    stack = [child for child in tree.children[fork] if child != own]
    while stack:
        here = stack.pop()
        stack.extend(tree.children.get(here, ()))
        for key in _brought(tree, tree.nodes[here]):
            found[key] = min(here, found.get(key, here))
    return found


def _brought(tree: Tree, checkpoint: Checkpoint) -> list[str]:
    """The ids of the messages that nodes brought with a checkpoint."""
    parent = tree.parent(checkpoint.id)
    if parent is None or checkpoint.source != "loop" or set(tree.ran(checkpoint.id)) <= {"__start__"}:
        return []
    kept, added = checkpoint.messages.since(parent.messages)
    before = {mark.key for mark in tuple(parent.messages)[kept:]}
    return [mark.key for mark in added if mark.id and mark.key not in before]
