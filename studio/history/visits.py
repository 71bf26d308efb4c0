"""Which nodes of a graph ran on the way to a checkpoint, and from which to which the way went."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from studio.history.tree import Tree

START, END = "__start__", "__end__"


@dataclass(frozen=True, slots=True)
class Visits:
    """`counts`: in how many super-steps a node ran; `newest`: the id of the last checkpoint that it made; `ways`: pairs
    of nodes of which the second ran in the super-step after the first, the end of the graph included."""

    counts: Mapping[str, int]
    newest: Mapping[str, str]
    ways: frozenset[tuple[str, str]]


def visits(tree: Tree, id: str) -> Visits:
    """What happened on the path to a checkpoint, as far as it is known."""
    counts: Counter[str] = Counter()
    newest: dict[str, str] = {}
    ways: set[tuple[str, str]] = set()
    before: tuple[str, ...] = ()
    for checkpoint in tree.path(id):
        ran = tree.ran(checkpoint.id)
        counts.update(ran)
        newest.update(dict.fromkeys(ran, checkpoint.id))
        ways.update(product(before, ran))
        if checkpoint.source == "input":
            before = ()
        before = ran or before
        if not checkpoint.next:
            ways.update(product(before, (END,)))
    return Visits(counts, newest, frozenset(ways))
