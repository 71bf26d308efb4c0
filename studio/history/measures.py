"""What work cost: time, tokens and waiting, per checkpoint, per run and along a path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from studio.history.marks import NONE, Mark, Marks
from studio.history.model import Checkpoint
from studio.history.tree import Tree


@dataclass(frozen=True, slots=True)
class Measures:
    """`seconds` of work, `idle` seconds in which nothing ran, tokens in and out, over so many checkpoints."""

    seconds: float = 0.0
    idle: float = 0.0
    input: int = 0
    output: int = 0
    checkpoints: int = 0


def measure(checkpoint: Checkpoint, parent: Checkpoint | None) -> Measures:
    """What one checkpoint cost after its parent. The time before an input, an edit or a fork was idle, and so was the
    time in which a person was asked; tokens are those of the messages that are new in it."""
    return _sum([(checkpoint, parent)])


def total(path: Sequence[Checkpoint]) -> Measures:
    """What a whole path cost, root first."""
    return _sum(zip(path, [None, *path], strict=False))


def by_run(tree: Tree) -> dict[str, Measures]:
    """What each run cost, over all checkpoints that name it."""
    runs: dict[str, list[tuple[Checkpoint, Checkpoint | None]]] = {}
    for checkpoint in tree.nodes.values():
        if checkpoint.run_id:
            runs.setdefault(checkpoint.run_id, []).append((checkpoint, tree.parent(checkpoint.id)))
    return {run: _sum(pairs) for run, pairs in runs.items()}


def idle_before(checkpoint: Checkpoint, parent: Checkpoint | None) -> float:
    """Seconds before a checkpoint in which nothing ran."""
    return 0.0 if _worked(checkpoint, parent) else _passed(checkpoint, parent)


def _sum(pairs: Iterable[tuple[Checkpoint, Checkpoint | None]]) -> Measures:
    """The costs of checkpoints after their parents, together."""
    seconds = idle = 0.0
    input = output = count = 0
    for checkpoint, parent in pairs:
        count += 1
        if _worked(checkpoint, parent):
            seconds += _passed(checkpoint, parent)
        else:
            idle += _passed(checkpoint, parent)
        if parent is None and checkpoint.parent_id is not None:
            continue  # which of its messages are new is not known before the parent has been read
        for mark in _fresh(checkpoint.messages, parent.messages if parent else NONE):
            input += mark.input
            output += mark.output
    return Measures(seconds, idle, input, output, count)


def _worked(checkpoint: Checkpoint, parent: Checkpoint | None) -> bool:
    return parent is not None and checkpoint.source == "loop" and not parent.interrupted


def _passed(checkpoint: Checkpoint, parent: Checkpoint | None) -> float:
    if parent is None or checkpoint.created_at is None or parent.created_at is None:
        return 0.0
    return max(0.0, (checkpoint.created_at - parent.created_at).total_seconds())


def _fresh(messages: Marks, before: Marks) -> Iterable[Mark]:
    """The messages that are not in `before`, not even with other words."""
    gone, came = messages.changes(before)
    if not gone:
        return came
    replaced = {mark.key for mark in gone}
    return [mark for mark in came if mark.key not in replaced]
