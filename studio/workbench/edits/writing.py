"""Writing a state at a checkpoint: tried on a thread of its own first, then written, read back and judged.

What a reducer makes of a value, and which node follows, only the deployment knows. So a change is tried on a thread
that is made for it with the very state that is to be changed, and removed again; inside of a subgraph, which no thread
can be made with, on a copy of the whole thread, where that is not large. Of the ways to write a channel, the first one
that has the result that was meant is taken, unless the person chose another one. Where a server cannot make such a
thread, nothing is foretold.
"""

from collections.abc import Mapping
from dataclasses import replace

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.thread_rows import Thread
from studio.deployments.trials import copy_of, thread_at
from studio.history.model import Json, Snapshot
from studio.history.offers import Tried, pick
from studio.history.tree import Tree
from studio.history.writes import FORCED, as_sent, judge, to_send
from studio.workbench.edits.changes import Change, Preview, Written, as_foretold
from studio.workbench.edits.trying import Trial, explore

NO_GRAPH = "It is not known which graph this thread belongs to."
NO_WRITER = "It is not known which node wrote last. Choose one, and the change can be tried out."
NO_COPY = "This deployment does not make a thread with a state."
OTHER_COPY = "A thread with the very state that is to be changed could not be made."
MOST_COPIED = 1000
"""Checkpoints of a thread up to which it is copied to try something inside of it."""
NOT_COPIED = f"Only a thread that is known to have at most {MOST_COPIED:,} checkpoints is copied for that."


def writer_of(tree: Tree, checkpoint_id: str) -> str:
    """The node that wrote last on the way to a checkpoint (`__start__`: the input), "" where there were several at
    once, or none."""
    ran = (tree.ran(checkpoint.id) for checkpoint in reversed(tree.path(checkpoint_id)))
    last = next((nodes for nodes in ran if nodes), ())
    return last[0] if len(last) == 1 else ""


async def foretell(gateway: Gateway, graph_id: str, change: Change, writer: str) -> Preview:
    """Try a change on a thread of its own. `writer` is the node after which the state stands; never raises."""
    if not (graph_id and writer):
        return _untried(change, silent=NO_WRITER if graph_id else NO_GRAPH)
    values = {name: value for name, value in change.snapshot.channels.items() if value is not None}
    base: Snapshot | None = None
    try:
        async with thread_at(gateway, graph_id, as_sent(values), writer) as thread_id:
            base = await states.current(gateway, thread_id)
            if base is None:
                return _untried(change, silent=NO_COPY)
            if wrong := _differing(change.snapshot, base):
                base = await _put_right(gateway, thread_id, base, {name: values.get(name) for name in wrong}, writer)
            if _differing(change.snapshot, base):
                return _untried(change, silent=OTHER_COPY)
            return await explore(Trial(gateway, thread_id, base, replace(change, as_node=change.as_node or writer)))
    except DeploymentError as error:
        return _untried(change, error) if base else _untried(change, silent=f"{OTHER_COPY} {error.title}")


async def rehearse(gateway: Gateway, thread: Thread, change: Change, writer: str) -> Preview:
    """Try a change where nothing can break, be it one of the thread or inside of a subgraph; never raises."""
    if change.namespace:
        return await _on_a_copy(gateway, thread.id, change)
    return await foretell(gateway, thread.graph_id, change, change.as_node or writer)


async def _on_a_copy(gateway: Gateway, thread_id: str, change: Change) -> Preview:
    """Try a change inside of a subgraph; who wrote last there, the deployment knows."""
    count = await states.count(gateway, thread_id)
    if count is None or count > MOST_COPIED:
        return _untried(change, silent=NOT_COPIED)
    base: Snapshot | None = None
    try:
        async with copy_of(gateway, thread_id) as copied:
            base = await states.at(gateway, copied, change.snapshot.checkpoint.id, change.namespace)
            if _differing(change.snapshot, base):
                return _untried(change, silent=OTHER_COPY)
            return await explore(Trial(gateway, copied, base, change))
    except DeploymentError as error:
        return _untried(change, error) if base else _untried(change, silent=f"{OTHER_COPY} {error.title}")


def _untried(change: Change, problem: DeploymentError | None = None, silent: str = "") -> Preview:
    """What is known of a change that could not be tried: the ways that there are, but not whether the deployment takes
    any of them."""
    tried = {name: tuple(Tried(way) for way in change.ways(name)) for name in change.meant}
    picked = {name: pick(known, change.meant[name], change.chosen.get(name, "")).way for name, known in tried.items()}
    return Preview(picked, problem=problem, silent=silent, tried=tried, meant=change.meant)


def _differing(snapshot: Snapshot, copy: Snapshot) -> list[str]:
    """The channels of the state that is to be changed which its copy does not have like that."""
    pairs = [(name, value, copy.channels.get(name)) for name, value in snapshot.channels.items()]
    return [name for name, value, made in pairs if not judge(name, None, value, made).as_meant]


async def _put_right(
    gateway: Gateway, thread_id: str, copy: Snapshot, values: Mapping[str, Json], writer: str
) -> Snapshot:
    """The copy with these values too, past the reducers that have made something else of them. Where that cannot be
    done, the copy as it is."""
    exact = {name: to_send(None, value, FORCED) for name, value in values.items()}
    try:
        made = await states.update(gateway, thread_id, exact, copy.checkpoint.id, writer)
        return await states.at(gateway, thread_id, made)
    except DeploymentError:
        return copy


async def write(gateway: Gateway, thread_id: str, change: Change, seen: Preview) -> Written:
    """Write the change as it was tried, read back, judge. Raises DeploymentError only as long as nothing is known to be
    written."""
    parent, as_node = change.snapshot.checkpoint.id, change.as_node or seen.as_node or None
    written = await put(gateway, thread_id, change.sent(seen.ways), parent, as_node, change.namespace)
    if written.after is None:
        return written
    return as_foretold(change, seen, replace(written, verdicts=change.judged(written.after, seen.ways)))


async def put(
    gateway: Gateway, thread_id: str, sent: dict[str, Json], parent: str, as_node: str | None, namespace: str = ""
) -> Written:
    """Write, and read back, without a verdict. Raises DeploymentError only as long as nothing is known to be
    written."""
    made = await states.update(gateway, thread_id, sent, parent, as_node, namespace)
    try:
        return Written(made, after=await states.at(gateway, thread_id, made, namespace))
    except DeploymentError as error:
        return Written(made, problem=error)
