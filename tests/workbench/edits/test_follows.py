"""What follows each node of a graph, in words."""

from studio.deployments.graphs import END, START, Edge, Graph, Node
from studio.workbench.edits.follows import follows


def told(*edges: Edge) -> dict[str, str]:
    names = dict.fromkeys(end for edge in edges for end in (edge.source, edge.target))
    return follows(Graph(tuple(Node(name, name) for name in names), edges))


def test_what_is_sure_is_joined_by_and_what_is_on_a_condition_by_or_with_the_end_last() -> None:
    assert told(Edge(START, "plan"), Edge("plan", "left"), Edge("plan", "right"), Edge("right", END)) == {
        START: "plan",
        "plan": "left and right",
        "left": "",
        "right": "end",
    }
    ways = [Edge("agent", END, True), Edge("agent", "tools", True)]
    assert told(*ways)["agent"] == "tools or end"
    assert told(*ways, Edge("agent", "log"))["agent"] == "log, perhaps tools or end"


def test_of_very_many_targets_the_first_are_named() -> None:
    assert (
        told(*(Edge("hub", f"n{number}", True) for number in range(50)))["hub"]
        == "n0 or n1 or n2 or n3 or n4 or n5 or …"
    )


def test_what_is_inside_of_a_subgraph_is_no_node_of_the_graph() -> None:
    inside = Graph((Node("visa:ask", "ask"),), ())
    assert follows(Graph((Node("visa", "visa", inside=inside),), ())) == {"visa": ""}


def test_inside_of_a_subgraph_nodes_are_told_by_their_names() -> None:
    nodes = (Node("visa:gather", "gather"), Node("visa:ask", "ask"))
    assert follows(Graph(nodes, (Edge("visa:gather", "visa:ask"),))) == {"gather": "ask", "ask": ""}
