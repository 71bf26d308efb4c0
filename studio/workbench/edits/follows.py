"""What follows each node of a graph, in words: it is what an update in the name of that node leads to."""

from dataclasses import replace

from studio.deployments.graphs import END, Edge, Graph

MOST_NAMED = 6


def follows(graph: Graph) -> dict[str, str]:
    """For each node, and the start, what runs after it: "tools or end", "left and right"; "" where the graph draws no
    edge, because the node itself decides."""
    leaving: dict[str, list[Edge]] = {}
    names = {node.id: node.name for node in graph.nodes}  # inside of a subgraph an id is more than the name
    for edge in graph.edges:
        leaving.setdefault(edge.source, []).append(replace(edge, target=names.get(edge.target, edge.target)))
    return {node.name: _told(leaving.get(node.id, [])) for node in graph.nodes if node.name != END}


def _told(edges: list[Edge]) -> str:
    """Targets that are sure, then those on a condition."""
    sure = _joined([edge for edge in edges if not edge.conditional], " and ")
    perhaps = _joined([edge for edge in edges if edge.conditional], " or ")
    return f"{sure}, perhaps {perhaps}" if sure and perhaps else sure or perhaps


def _joined(edges: list[Edge], word: str) -> str:
    names = sorted((edge.target for edge in edges), key=lambda name: name == END)
    names = ["end" if name == END else name for name in names]
    return word.join([*names[:MOST_NAMED], *["…"] * (len(names) > MOST_NAMED)])
