"""Whether anything will ever read what is edited inside of a subgraph, and how its thread goes on from there.

A subgraph goes on from its newest checkpoint, whoever wrote it, as long as its task is still to be done in the newest
checkpoint above; a run that names a checkpoint of the thread begins it anew. Once the task is done, or another
checkpoint stands above, deployments still take edits, and nobody ever looks at them. One that keeps its state from one
run to the next reads them the next time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from studio.deployments import states, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.starts import Start
from studio.deployments.thread_rows import Thread
from studio.history.model import Json, Snapshot, Task
from studio.workbench.heads import recall
from studio.workbench.starting import go_on_from

GONE_ON = "The thread has gone on since: nothing reads the state inside of {node} any more."
DONE = "{node} is done: its result is kept, and nothing reads the state inside of it any more."
INSTEAD = "Edit the state of the thread before {node} ran instead, and rerun from there: {node} begins anew then."


@dataclass(frozen=True, slots=True)
class Inside:
    """A subgraph that is looked into. `names` are the nodes that lead to it, from the thread down; `closed` why nothing
    would read an edit there, "" where it would be read; `rests`: it would be, but only when the node runs another time;
    `others` the nodes that have questions open beside it."""

    namespace: str
    names: tuple[str, ...]
    closed: str = ""
    rests: bool = False
    others: tuple[str, ...] = ()

    @property
    def node(self) -> str:
        """The node of the thread that it belongs to."""
        return self.names[0]

    @property
    def instead(self) -> str:
        """What to do where it is closed."""
        return INSTEAD.format(node=self.node)

    @property
    def refusal(self) -> DeploymentError:
        """What to say to an edit where it is closed."""
        return DeploymentError("conflict", self.closed, self.instead)


def names_in(namespace: str) -> tuple[str, ...]:
    """The nodes that lead to a subgraph, by its checkpoint namespace."""
    return tuple(part.partition(":")[0] for part in namespace.split("|"))


def entered_at(metadata: Mapping[str, Json]) -> str:
    """The checkpoint of the thread after which the subgraph of this checkpoint began, "" where that is not told."""
    parents = metadata.get("parents")
    at = parents.get("") if isinstance(parents, dict) else None
    return at if isinstance(at, str) else ""


async def look(gateway: Gateway, thread: Thread, namespace: str, snapshot: Snapshot | None) -> Inside:
    """A subgraph as it is now; `thread` has just been read, and `snapshot` is one of its states. Raises
    DeploymentError."""
    found = await _now(gateway, thread, namespace)
    if found.closed and snapshot and snapshot.config.get("checkpoint_ns") == "|".join(found.names):
        return replace(found, closed="", rests=True)  # no task is named in the place where its states are kept
    return found


async def _now(gateway: Gateway, thread: Thread, namespace: str) -> Inside:
    names, above = names_in(namespace), ""
    found = Inside(namespace, names)
    for depth, part in enumerate(namespace.split("|")):
        head, here = await _head(gateway, thread, above), f"{above}|{part}".lstrip("|")
        task = next((task for task in head.tasks if task.namespace == here), None) if head else None
        if head is None or task is None:
            return replace(found, closed=GONE_ON.format(node=names[depth]))
        if task.result is not None or task.name not in head.checkpoint.next:
            return replace(found, closed=DONE.format(node=names[depth]))
        others = (other.name for other in head.tasks if other is not task and _asks(other))
        found = replace(found, others=tuple(dict.fromkeys([*found.others, *others])))
        above = here
    return found


async def still_open(gateway: Gateway, thread_id: str, namespace: str, snapshot: Snapshot) -> Inside | None:
    """To be asked right before a write after this state: the subgraph that it is in, None for the thread itself. Raises
    DeploymentError where nothing reads what is written."""
    if not namespace:
        return None
    found = await look(gateway, await threads.get(gateway, thread_id), namespace, snapshot)
    if found.closed:
        raise found.refusal
    return found


async def run_on(
    gateway: Gateway, thread: Thread, inside: Inside | None, old: str, made: str, adjusted: Callable[[Start], Start]
) -> DeploymentError | None:
    """Run on from the checkpoint that an edit of the `old` one has `made`; where that is inside of a subgraph, from the
    head of the thread, and so each subgraph from its newest checkpoint. What stopped the run from starting, or None."""
    if inside:
        return await go_on_from(gateway, thread, None, None, adjusted)
    return await go_on_from(gateway, thread, old, made, adjusted)


async def _head(gateway: Gateway, thread: Thread, namespace: str) -> Snapshot | None:
    kept = recall(gateway, thread, namespace)
    return kept.snapshot if kept else await states.current(gateway, thread.id, namespace)


def _asks(task: Task) -> bool:
    return bool(task.interrupts or task.withdrawn) and task.result is None
