"""The state that is to be edited, and what is known around it."""

import asyncio
from collections.abc import Awaitable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from studio.deployments import assistants, graphs, schemas, states, threads
from studio.deployments.errors import DeploymentError, not_found
from studio.deployments.gateway import Gateway
from studio.deployments.graphs import START
from studio.deployments.thread_rows import Thread
from studio.history.channels import Channel, channels
from studio.history.model import Checkpoint, Json, Snapshot
from studio.history.tree import Tree
from studio.index import sync
from studio.workbench.edits.follows import follows
from studio.workbench.edits.writing import writer_of
from studio.workbench.links import thread_url
from studio.workbench.starting import like_before

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Scene:
    """The state to edit and what is known around it: `writer` is the node that wrote last, "" where it cannot be told;
    `follows` are the nodes of the graph with what runs after each; `told` is what the schema says of each channel;
    `newest` is the checkpoint that is the newest as far as is known."""

    thread: Thread
    url: str
    snapshot: Snapshot
    writer: str = ""
    follows: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Channel] = field(default_factory=dict)
    newest: str = ""

    @property
    def last(self) -> str:
        """In whose name a change is written when no node is chosen, and what follows."""
        name = {"": "the node that wrote last", START: "the input"}.get(
            self.writer, f"{self.writer}, the last node that wrote"
        )
        return _leading(name, self.follows.get(self.writer, ""))

    def writers(self, chosen: str = "") -> dict[str, str]:
        """The nodes in whose name a change can be written, with what follows each, by name; the `chosen` one whether it
        is in the graph or not."""
        names = dict.fromkeys([*self.follows, *([chosen] if chosen else [])])
        return {name: _leading(name, self.follows.get(name, "")) for name in names if name != START}


async def scene(gateway: Gateway, thread_id: str, checkpoint_id: str) -> Scene:
    """The state at a checkpoint (default: the head). Raises DeploymentError when there is no such state."""
    asked = states.at(gateway, thread_id, checkpoint_id) if checkpoint_id else states.current(gateway, thread_id)
    thread, snapshot = await _both(threads.get(gateway, thread_id), asked)
    if snapshot is None:
        raise not_found(f"A state of thread {thread_id}")
    here = snapshot.checkpoint.id
    tree = (await sync.knowing(gateway, thread_id, here)).spine.tree
    graph, schema = await _described(gateway, thread_id, here)
    return Scene(
        thread,
        thread_url(gateway.deployment.slug, thread_id),
        snapshot,
        writer_of(tree, here),
        follows(graph) if graph else _ran(tree),
        channels(schema),
        tree.head.id if tree.head else "",
    )


async def _described(gateway: Gateway, thread_id: str, checkpoint_id: str) -> tuple[graphs.Graph | None, Json]:
    """The graph and the schema of the state, as far as the deployment tells: the form works without them."""
    try:
        run = await like_before(gateway, thread_id, checkpoint_id)
        assistant_id = await assistants.id_of(gateway, run.assistant_id)
    except DeploymentError:
        return None, None
    return await asyncio.gather(
        _unless_refused(graphs.graph(gateway, assistant_id)),
        _unless_refused(schemas.state_schema(gateway, assistant_id)),
    )


def unknown(deployment: str, thread_id: str, checkpoint_id: str) -> Scene:
    """What is known of a state that cannot be had: where it should be."""
    url = thread_url(deployment, thread_id)
    return Scene(Thread(thread_id, "", thread_id), url, Snapshot(Checkpoint(checkpoint_id), {}))


def _leading(name: str, followed_by: str) -> str:
    return f"{name} → {followed_by}" if followed_by else name


def _ran(tree: Tree) -> dict[str, str]:
    """The nodes that were to run on this thread, where the graph cannot be had: their names only."""
    names = dict.fromkeys(name for checkpoint in tree.nodes.values() for name in checkpoint.next)
    return {name: "" for name in names if name != START}


async def _both(first: Coroutine[Any, Any, T], second: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """Two answers, asked for at once; when one fails the other is not waited for."""
    try:
        async with asyncio.TaskGroup() as group:
            one, other = group.create_task(first), group.create_task(second)
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return one.result(), other.result()


async def _unless_refused(answer: Awaitable[T]) -> T | None:
    """An answer, None where the deployment has none."""
    try:
        return await answer
    except DeploymentError:
        return None
