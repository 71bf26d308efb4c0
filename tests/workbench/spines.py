"""Spines for tests: checkpoints in a word or two, with the marks of their messages and channels."""

from collections.abc import Iterable

from studio.history.marks import Mark, Marks
from studio.history.model import Checkpoint, Json, Snapshot
from studio.history.spine import Spine


def known(checkpoints: Iterable[Checkpoint]) -> Spine:
    """The spine of these checkpoints, which may come in any order."""
    return Spine(tuple(sorted(checkpoints, key=lambda checkpoint: checkpoint.id, reverse=True)))


def marks(ids: str) -> Marks:
    """A message for each letter; a capital one is the same message with other words."""
    return Marks(Mark(id.lower(), id) for id in ids)


def branch(**checkpoints: tuple[str, str]) -> Spine:
    """Checkpoints by id, each with its parent ("" for none) and its messages, a letter each."""
    return known(Checkpoint(id, parent or None, messages=marks(ids)) for id, (parent, ids) in checkpoints.items())


def said(id: str, type: str = "human", **more: Json) -> Json:
    """A message as deployments send it."""
    return {"type": type, "id": id, "content": f"words of {id}", **more}


def at(spine: Spine, id: str, **values: Json) -> Snapshot:
    """The state at a checkpoint: its own messages, unless others are given."""
    checkpoint = spine.tree.nodes[id]
    held: list[Json] = [said(message) for message in checkpoint.message_ids]
    return Snapshot(checkpoint, values or {"messages": held})
