"""Whether a deployment would take values: tried where nothing can break. A value of a type that a channel does not take
makes its whole thread unreadable on some servers, once a run has written it."""

from collections.abc import Mapping

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.thread_rows import Thread
from studio.history.model import Json, Snapshot
from studio.index import sync
from studio.workbench.edits.changes import Change
from studio.workbench.edits.writing import foretell, writer_of


async def misfit(
    gateway: Gateway, thread: Thread, head: Snapshot | None, values: Mapping[str, Json], *, as_input: bool = False
) -> str:
    """Why the thread would not take these values after its newest state, from a person who answers or as an input (in
    which there may be more than the state has); "" where it would, or where that cannot be tried."""
    if head is None or not values:
        return ""
    try:
        snapshot = await states.at(gateway, thread.id, head.checkpoint.id) if head.tasks else head
        tree = (await sync.knowing(gateway, thread.id, head.checkpoint.id)).spine.tree
    except DeploymentError:
        return ""
    seen = await foretell(gateway, thread.graph_id, Change(snapshot, values), writer_of(tree, head.checkpoint.id))
    if seen.refused:
        refusals = "; ".join(f"“{name}”: {why}" for name, why in seen.refusals.items())
        return refusals or (f"{seen.problem.title} {seen.problem.detail}".strip() if seen.problem else "")
    if seen.after is None or as_input:
        return ""
    unknown = [name for name, value in values.items() if value is not None and name not in seen.after.channels]
    return f"The graph has no channel “{unknown[0][:80]}”." if unknown else ""
