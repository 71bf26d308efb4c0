"""Checkpoints as rows of the database and back. A row tells messages and channels as additions to its parent's,
because a conversation of n messages would otherwise be stored n times over."""

from collections.abc import Iterable, Mapping
from typing import Any

from studio.history.marks import Mark, Marks
from studio.history.model import Checkpoint, Held
from studio.models import CheckpointRow, ThreadIndex

FIELDS = (
    "parent_id",
    "step",
    "source",
    "next",
    "created_at",
    "run_id",
    "kept",
    "messages",
    "channels",
    "interrupted",
    "error",
)


def to_rows(index: ThreadIndex, checkpoints: list[Checkpoint]) -> list[CheckpointRow]:
    """The rows of a page. Only a parent that is on the page too can be added to: another one may be gone by now."""
    page = {c.id: c for c in checkpoints}
    return [_row(index, c, page.get(c.parent_id) if c.parent_id and c.parent_id < c.id else None) for c in checkpoints]


def from_rows(rows: Iterable[tuple[Any, ...]], known: Mapping[str, Checkpoint]) -> list[Checkpoint]:
    """The checkpoints in rows of (checkpoint_id, *FIELDS) that come oldest first, so that parents come before their
    children; `known` has those that were read before."""
    found: dict[str, Checkpoint] = {}
    for id, parent_id, step, source, next, created, run, kept, marks, channels, waits, error in rows:
        parent = found.get(parent_id) or known.get(parent_id)
        added = [Mark(*mark) for mark in marks]
        if kept is None or parent is None:
            messages = Marks(added).after(parent.messages) if parent else Marks(added)
            held = _changed({}, channels)
        else:
            messages = parent.messages.with_more(kept, added)
            held = _changed(parent.channels, channels)
        found[id] = Checkpoint(
            id, parent_id, step, source, tuple(next), created, run, messages, held, bool(waits), error
        )
    return list(found.values())


def whole(row: CheckpointRow, checkpoint: Checkpoint) -> CheckpointRow:
    """The row of a checkpoint once its parent is gone: it has to stand for itself."""
    row.kept, row.messages, row.channels = None, _marks(checkpoint.messages), dict(checkpoint.channels)
    return row


def _row(index: ThreadIndex, checkpoint: Checkpoint, parent: Checkpoint | None) -> CheckpointRow:
    row = CheckpointRow(
        thread=index,
        checkpoint_id=checkpoint.id,
        edition=index.edition,
        parent_id=checkpoint.parent_id,
        step=checkpoint.step,
        source=checkpoint.source,
        next=list(checkpoint.next),
        created_at=checkpoint.created_at,
        run_id=checkpoint.run_id,
        interrupted=checkpoint.interrupted,
        error=checkpoint.error[:120],
    )
    if parent is None:
        return whole(row, checkpoint)
    row.kept, added = checkpoint.messages.since(parent.messages)
    row.messages = _marks(added)
    gone = dict.fromkeys(parent.channels.keys() - checkpoint.channels.keys())
    row.channels = gone | {n: held for n, held in checkpoint.channels.items() if parent.channels.get(n) != held}
    return row


def _marks(marks: Iterable[Mark]) -> list[Any]:
    return [list(mark) if mark.input or mark.output else [mark.id, mark.hash] for mark in marks]


def _changed(channels: Mapping[str, Held], changes: Mapping[str, Any]) -> Mapping[str, Held]:
    """The channels after some changes: the very same mapping when there are none."""
    if not changes:
        return channels
    left = {name: held for name, held in channels.items() if name not in changes}
    return left | {name: Held(*value) for name, value in changes.items() if value}
