"""Graphs `small` and `full`: about as many nodes and edges as SIZES says, with joins, conditions and ways back."""

from collections.abc import Hashable
from itertools import pairwise
from typing import Any

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

SIZES = {"small": (20, 40), "full": (200, 400)}
"""Nodes, the start and the end among them, and edges. `full` is the largest graph that Studio draws without asking."""
FAR = 29
"""Nodes that an edge leaps over at most."""


class State(TypedDict, total=False):
    """Nothing of interest."""

    step: int


def maze(nodes: int, edges: int) -> Any:
    """A line of nodes with leaps between them, every fourth of them a way back on a condition."""
    names = [f"n{number}" for number in range(nodes - 2)]
    builder = StateGraph(State)
    for name in names:
        builder.add_node(name, lambda state: {})
    line = [START, *names, END]
    for pair in pairwise(line):
        builder.add_edge(*pair)
    back: dict[str, dict[Hashable, str]] = {}
    for number in range(edges - len(line) + 1):
        source = number % (len(names) - 2)
        target = source + min(2 + number * 7 % FAR + number // len(names), len(names) - 1 - source)
        if number % 4:
            builder.add_edge(names[source], names[target])
        else:
            back.setdefault(names[target], {})[f"back to {source}"] = names[source]
    for name, ways in back.items():
        builder.add_conditional_edges(name, lambda state: [], ways)
    return builder.compile()


small, full = [maze(*size) for size in SIZES.values()]
