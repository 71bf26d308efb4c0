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
from studio.workbench.edits.inside import Inside, entered_at, look, names_in
from studio.workbench.edits.writing import writer_of
from studio.workbench.links import thread_url
from studio.workbench.starting import like_before


@dataclass(frozen=True, slots=True)
class Scene:
    """The state to edit and what is known around it: `writer` is the node that wrote last, "" where it cannot be told;
    `follows` are the nodes of the graph with what runs after each; `told` is what the schema says of each channel;
    `newest` is the checkpoint that is the newest as far as is known; `inside` the subgraph that it is in, None for the
    thread itself."""

    thread: Thread
    url: str
    snapshot: Snapshot
    writer: str = ""
    follows: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Channel] = field(default_factory=dict)
    newest: str = ""
    inside: Inside | None = None

    @property
    def namespace(self) -> str:
        """That of the subgraph, "" for the thread itself."""
        return self.inside.namespace if self.inside else ""

    @property
    def entered(self) -> str:
        """The checkpoint of the thread after which the subgraph began, "" where that is not told."""
        return entered_at(self.snapshot.metadata)

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


async def scene(gateway: Gateway, thread_id: str, checkpoint_id: str, namespace: str = "") -> Scene:
    """The state at a checkpoint (default: the head), of the thread or of a subgraph. Raises DeploymentError when there
    is no such state."""
    thread, snapshot = await asyncio.gather(
        threads.get(gateway, thread_id), _state(gateway, thread_id, checkpoint_id, namespace)
    )
    here = snapshot.checkpoint.id
    tree = (await sync.knowing(gateway, thread_id, here, namespace)).spine.tree
    graph, schema = await _described(gateway, thread, here, names_in(namespace) if namespace else ())
    return Scene(
        thread,
        thread_url(gateway.deployment.slug, thread_id, namespace=namespace),
        snapshot,
        writer_of(tree, here),
        follows(graph) if graph else _ran(tree),
        channels(schema),
        tree.head.id if tree.head else "",
        await look(gateway, thread, namespace, snapshot) if namespace else None,
    )


async def _state(gateway: Gateway, thread_id: str, checkpoint_id: str, namespace: str) -> Snapshot:
    """The state at a checkpoint, asked for by its id in any case: as the newest one it would have in it what unfinished
    tasks have written, and an edit would write that a second time."""
    if not checkpoint_id:
        head = await states.current(gateway, thread_id, namespace)
        if head is None:
            raise not_found(f"A state of thread {thread_id}")
        checkpoint_id = head.checkpoint.id
    return await states.at(gateway, thread_id, checkpoint_id, namespace)


async def _described(
    gateway: Gateway, thread: Thread, checkpoint_id: str, names: tuple[str, ...]
) -> tuple[graphs.Graph | None, Json]:
    """The graph and the schema of the state, as far as the deployment tells: the form works without them. `names` lead
    to a subgraph."""
    try:
        run = await like_before(gateway, thread.id, None if names else checkpoint_id, thread=thread)
        assistant_id = await assistants.id_of(gateway, run.assistant_id)
    except DeploymentError:
        return None, None
    told = schemas.inner_schema(gateway, assistant_id, names) if names else schemas.state_schema(gateway, assistant_id)
    graph, schema = await asyncio.gather(unless_refused(graphs.graph(gateway, assistant_id)), unless_refused(told))
    return graph.within(names) if graph else None, schema


def unknown(deployment: str, thread_id: str, checkpoint_id: str, namespace: str = "") -> Scene:
    """What is known of a state that cannot be had: where it should be."""
    url = thread_url(deployment, thread_id, namespace=namespace)
    inside = Inside(namespace, names_in(namespace)) if namespace else None
    return Scene(Thread(thread_id, "", thread_id), url, Snapshot(Checkpoint(checkpoint_id), {}), inside=inside)


def _leading(name: str, followed_by: str) -> str:
    return f"{name} → {followed_by}" if followed_by else name


def _ran(tree: Tree) -> dict[str, str]:
    """The nodes that were to run on this thread, where the graph cannot be had: their names only."""
    names = dict.fromkeys(name for checkpoint in tree.nodes.values() for name in checkpoint.next)
    return {name: "" for name in names if name != START}
