"""The graph that a desk is about: that of the thread's assistant, or of the subgraph that is looked at."""

from studio.deployments import graphs
from studio.deployments.errors import DeploymentError
from studio.deployments.graphs import Graph
from studio.workbench.desk import Desk


async def graph_of(desk: Desk, assistant_id: str) -> Graph | str:
    """The graph, or the sentence that tells why there is none to show."""
    try:
        told = await graphs.graph(desk.gateway, assistant_id or desk.thread.graph_id)
    except DeploymentError as error:
        if error.lacking:
            return "This server does not tell what the graph of this thread looks like."
        return f"The graph cannot be read: {error.title} {error.detail}".strip()
    scope = [part.partition(":")[0] for part in desk.namespace.split("|")] if desk.namespace else []
    return told.within(scope) or "The deployment does not tell what is inside of this subgraph."
