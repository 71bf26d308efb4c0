"""Rows and lanes: how the tree is drawn, newest at the top.

Theory. The active path keeps lane 0 from the root to the head. At a fork, each side branch is drawn as one block of
rows directly above the row it forked from, one lane further out than the line that passes beside it; inside the
block the same rule applies again, the child with the most heads keeping the lane. So

* a row in lane L has the lines of lanes 0…L-1 passing straight through, and nothing else beside it: it can be drawn
  from its own three facts (lane, does the line go on above, does it leave its parent's lane here), and
* a lane further out means a subtree at most half as big, so L ≤ ⌊log2(heads)⌋ + 1, whatever the tree's size.

Several side branches of one checkpoint share a lane, one block above the other, newest at the top.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from studio.history.model import Checkpoint
from studio.history.tree import Tree


@dataclass(frozen=True, slots=True)
class Row:
    """One checkpoint as it is drawn. `rises`: its line goes on above; `forks`: it left lane `lane - 1` here;
    `falls`: its line goes on below."""

    checkpoint: Checkpoint
    lane: int
    rises: bool
    falls: bool
    forks: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: a row, or the heading above the newest row of a run."""

    row: Row
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A tree as it is listed. `places` finds the line of a checkpoint."""

    tree: Tree
    lines: tuple[Line, ...]
    places: dict[str, int]


def draw(tree: Tree) -> Drawing:
    """All lines of a tree, from top to bottom, with a heading wherever a run begins below another one."""
    lines: list[Line] = []
    above = None
    for row in rows(tree):
        run = row.checkpoint.run_id
        if run and run != above:
            lines.append(Line(row, heading=True))
        lines.append(Line(row))
        above = run
    places = {line.row.checkpoint.id: place for place, line in enumerate(lines) if not line.heading}
    return Drawing(tree, tuple(lines), places)


def rows(tree: Tree, active: str | None = None) -> list[Row]:
    """Every checkpoint of the tree once, from top to bottom; `active` (default: the head) ends lane 0."""
    if tree.head is None:
        return []
    pinned = {c.id for c in tree.path(active or tree.head.id)} or {c.id for c in tree.path(tree.head.id)}
    heads = _heads(tree)
    drawn: list[Row] = []
    for root in sorted(tree.children[None], key=lambda id: (id in pinned, id)):
        drawn.extend(_block(tree, root, heads, pinned))
    return drawn[::-1]


def _block(tree: Tree, root: str, heads: dict[str, int], pinned: set[str]) -> Iterator[Row]:
    """The rows of one root's subtree, bottom to top. A stack holds (id, lane, forks) of lines still to be drawn."""
    stack = [(root, 0, False)]
    while stack:
        id, lane, forks = stack.pop()
        children = tree.children.get(id, ())
        falls = not forks and tree.parents[id] is not None
        yield Row(tree.nodes[id], lane, rises=bool(children), falls=falls, forks=forks)
        if children:
            main = max(children, key=lambda child: (child in pinned, heads[child], child))
            stack.append((main, lane, False))
            stack.extend((side, lane + 1, True) for side in reversed(children) if side != main)


def _heads(tree: Tree) -> dict[str, int]:
    """How many heads each checkpoint has above it; a head counts itself."""
    order: list[str] = list(tree.children.get(None, ()))
    for id in order:
        order.extend(tree.children.get(id, ()))
    heads: dict[str, int] = {}
    for id in reversed(order):
        heads[id] = sum(heads[child] for child in tree.children.get(id, ())) or 1
    return heads
