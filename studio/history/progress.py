"""How far a run has come, as its checkpoints tell: whoever started it, whatever it streams."""

from dataclasses import dataclass
from datetime import datetime

from studio.history.tree import Tree


@dataclass(frozen=True, slots=True)
class Step:
    """A super-step that is done: its nodes, its checkpoint, and the seconds it took where they are known."""

    nodes: tuple[str, ...]
    checkpoint_id: str
    number: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """The super-steps of a run, oldest first, the nodes that come next, and since when they do."""

    done: tuple[Step, ...] = ()
    next: tuple[str, ...] = ()
    since: datetime | None = None


def progress(tree: Tree, run_id: str) -> Progress:
    """How far a run has come. A run that has made no checkpoint yet has come nowhere."""
    own = sorted(id for id, checkpoint in tree.nodes.items() if checkpoint.run_id == run_id)
    if not own:
        return Progress()
    last = tree.nodes[own[-1]]
    return Progress(
        done=tuple(step for id in own if (step := _step(tree, id))),
        next=tuple(dict.fromkeys(node for node in last.next if node != "__start__")),
        since=last.created_at,
    )


def _step(tree: Tree, id: str) -> Step | None:
    """The step that made a checkpoint; None where no node ran."""
    nodes = tuple(node for node in tree.ran(id) if node != "__start__")
    if not nodes:
        return None
    here, before = tree.nodes[id], tree.parent(id)
    seconds = None
    if before and before.created_at and here.created_at:
        seconds = max(0.0, (here.created_at - before.created_at).total_seconds())
    return Step(nodes, id, here.step, seconds)
