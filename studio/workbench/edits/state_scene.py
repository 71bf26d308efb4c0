"""The state that is to be edited, and what is known around it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.deployments import assistants, graphs, schemas, states, threads
from studio.deployments.errors import DeploymentError, not_found
from studio.deployments.gateway import Gateway
from studio.deployments.graphs import START
from studio.deployments.requests import unless_refused
from studio.deployments.thread_rows import Thread
from studio.history.channels import Channel, channels
from studio.history.model import Checkpoint, Json, Snapshot
from studio.history.tree import Tree
from studio.index import sync
from studio.workbench.edits.drops import drops
from studio.workbench.edits.follows import follows
from studio.workbench.edits.writing import writer_of
from studio.workbench.links import thread_url
from studio.workbench.starting import like_before


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
    def drops(self) -> str:
        """What a change here takes away, in a sentence."""
        return drops(self.snapshot.tasks)

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
    thread, snapshot = await asyncio.gather(threads.get(gateway, thread_id), _state(gateway, thread_id, checkpoint_id))
    here = snapshot.checkpoint.id
    tree = (await sync.knowing(gateway, thread_id, here)).spine.tree
    graph, schema = await _described(gateway, thread, here)
    return Scene(
        thread,
        thread_url(gateway.deployment.slug, thread_id),
        snapshot,
        writer_of(tree, here),
        follows(graph) if graph else _ran(tree),
        channels(schema),
        tree.head.id if tree.head else "",
    )


async def _state(gateway: Gateway, thread_id: str, checkpoint_id: str) -> Snapshot:
    """The state at a checkpoint, asked for by its id in any case: as the newest one it would have in it what unfinished
    tasks have written, and an edit would write that a second time."""
    if not checkpoint_id:
        head = await states.current(gateway, thread_id)
        if head is None:
            raise not_found(f"A state of thread {thread_id}")
        checkpoint_id = head.checkpoint.id
    return await states.at(gateway, thread_id, checkpoint_id)


async def _described(gateway: Gateway, thread: Thread, checkpoint_id: str) -> tuple[graphs.Graph | None, Json]:
    """The graph and the schema of the state, as far as the deployment tells: the form works without them."""
    try:
        run = await like_before(gateway, thread.id, checkpoint_id, thread=thread)
        assistant_id = await assistants.id_of(gateway, run.assistant_id)
    except DeploymentError:
        return None, None
    return await asyncio.gather(
        unless_refused(graphs.graph(gateway, assistant_id)),
        unless_refused(schemas.state_schema(gateway, assistant_id)),
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
