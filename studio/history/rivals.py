"""Edits that others have written while a form was open. Only edits count: a run that goes on takes nothing away. Ids
sort by time, so what is greater than the newest checkpoint that a form knew was written after it was opened."""

from collections.abc import Iterator

from studio.history.model import Checkpoint
from studio.history.tree import Tree


def of_message(tree: Tree, since: str, selected: str, message_id: str) -> Iterator[str]:
    """The checkpoints after `since` in which an edit changed or removed a message, so that it is no longer what it is
    at the `selected` checkpoint; the newest first."""
    opened = _hashes(tree.nodes.get(selected), message_id)
    for checkpoint in _edits(tree, since):
        now = _hashes(checkpoint, message_id)
        if now != opened and now != _hashes(tree.parent(checkpoint.id), message_id, opened):
            yield checkpoint.id


def of_state(tree: Tree, since: str, selected: str) -> Iterator[str]:
    """The edits of the very state at the `selected` checkpoint that were written after `since`; the newest first."""
    return (checkpoint.id for checkpoint in _edits(tree, since) if checkpoint.parent_id == selected)


def _edits(tree: Tree, since: str) -> list[Checkpoint]:
    newer = sorted((id for id in tree.nodes if id > since), reverse=True)
    return [tree.nodes[id] for id in newer if tree.nodes[id].source == "update"]


def _hashes(checkpoint: Checkpoint | None, message_id: str, unknown: frozenset[str] = frozenset()) -> frozenset[str]:
    """What a checkpoint holds under the id of a message; `unknown` where it has not been read."""
    if checkpoint is None:
        return unknown
    return frozenset(mark.hash for mark in checkpoint.messages if mark.id == message_id)
