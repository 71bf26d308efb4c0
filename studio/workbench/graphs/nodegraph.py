"""The graph that a desk is about: that of the thread's assistant, or of the subgraph that is looked at."""

from studio.deployments import assistants, graphs
from studio.deployments.errors import DeploymentError
from studio.deployments.graphs import Graph
from studio.workbench.desk import Desk


async def graph_of(desk: Desk, assistant_id: str) -> Graph | str:
    """The graph, or the sentence that tells why there is none to show."""
    try:
        told = await graphs.graph(desk.gateway, await _named(desk, assistant_id))
    except DeploymentError as error:
        if error.kind in ("not_found", "unsupported"):
            return "This server does not tell what the graph of this thread looks like."
        return f"The graph cannot be read: {error.title} {error.detail}".strip()
    scope = [part.partition(":")[0] for part in desk.namespace.split("|")] if desk.namespace else []
    return told.within(scope) or "The deployment does not tell what is inside of this subgraph."


async def _named(desk: Desk, assistant_id: str) -> str:
    """The assistant to ask about: the one given, or that of the thread's graph; some servers want an id for that."""
    if assistant_id or not desk.thread.graph_id:
        return assistant_id
    return await assistants.id_of(desk.gateway, desk.thread.graph_id)
