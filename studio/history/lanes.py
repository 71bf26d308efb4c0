"""Rows and lanes: how the tree is drawn, newest at the top.

Theory. The active path keeps lane 0 from the root to the head. At a fork, each side branch is drawn as one block of
rows directly above the row it forked from, one lane further out than the line that passes beside it; inside the
block the same rule applies again, the child with the most heads keeping the lane. So

* a row in lane L has the lines of lanes 0…L-1 passing straight through, and nothing else beside it: it can be drawn
  from its own three facts (lane, does the line go on above, does it leave its parent's lane here), and
* a lane further out means a subtree at most half as big, so L ≤ ⌊log2(heads)⌋ + 1, whatever the tree's size.

Several side branches of one checkpoint share a lane, one block above the other, newest at the top. The line between
them and their checkpoint folds them away. A checkpoint added above the head changes the two topmost rows only.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

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
    """One line of the list. `kind`: row; run, the heading above the newest row of a run; or fold, the line above a
    `row` that has side branches: so many `heads` of so many `checkpoints`, `shut` away or listed above it."""

    row: Row
    kind: str = "row"
    heads: int = 0
    checkpoints: int = 0
    shut: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A tree as it is listed, from top to bottom. `heights` has the number of lines from the bottom up to each listed
    checkpoint, its own included."""

    tree: Tree
    lines: tuple[Line, ...]
    heights: dict[str, int]

    def place(self, id: str | None) -> int | None:
        """The place of a checkpoint's line, counted from the top; None when it is not listed."""
        height = self.heights.get(id) if id else None
        return None if height is None else len(self.lines) - height

    def followed_by(self, checkpoint: Checkpoint) -> "Drawing | None":
        """The drawing once a checkpoint came after the head: the rows below stay as they are. None when it came after
        another one."""
        old = self.tree.head
        top = self.place(old.id) if old else None
        if old is None or top is None or checkpoint.parent_id != old.id or checkpoint.id <= old.id:
            return None
        if old.id in self.tree.children or any(
            self.tree.nodes[root].parent_id == checkpoint.id for root in self.tree.children[None]
        ):
            return None  # only clocks that disagree bring a child before its parent
        tree = self.tree.followed_by(checkpoint)
        below = self.lines[top + 1 :]
        head = Row(checkpoint, 0, rises=False, falls=True, forks=False)
        above = _with_headings([Line(head), Line(replace(self.lines[top].row, rises=True))])
        heights = self.heights | {
            line.row.checkpoint.id: len(below) + len(above) - place
            for place, line in enumerate(above)
            if line.kind == "row"
        }
        return Drawing(tree, (*above, *below), heights)


def draw(tree: Tree, folded: Container[str] = ()) -> Drawing:
    """All lines of a tree, with a heading wherever a run begins below another one. `folded`: the checkpoints whose side
    branches are not listed."""
    lines = _with_headings(_with_folds(tree, folded))
    return Drawing(tree, tuple(lines), _heights(lines))


def draw_path(tree: Tree, id: str) -> Drawing:
    """Only the branch that a checkpoint is on, from its newest head to the root."""
    path = tree.path(tree.tip(id)) if id in tree.nodes else []
    last = len(path) - 1
    found = [Row(c, 0, rises=place < last, falls=place > 0, forks=False) for place, c in enumerate(path)]
    lines = _with_headings(Line(row) for row in reversed(found))
    return Drawing(tree, tuple(lines), _heights(lines))


def draw_by_time(tree: Tree) -> Drawing:
    """All checkpoints, newest first whatever their branch. Each stands in its lane; a line joins it to the row below
    when that is its parent, and the active path is one line from end to end."""
    newest_first = sorted(rows(tree), key=lambda row: row.checkpoint.id, reverse=True)
    active = {checkpoint.id for checkpoint in tree.path(tree.head.id)} if tree.head else set()
    joined = [
        tree.parents[row.checkpoint.id] == below.checkpoint.id and row.lane == below.lane
        for row, below in pairwise(newest_first)
    ]
    drawn = [
        row if row.checkpoint.id in active else replace(row, rises=above, falls=below, forks=False)
        for row, above, below in zip(newest_first, [False, *joined], [*joined, False], strict=False)
    ]
    lines = _with_headings(map(Line, drawn))
    return Drawing(tree, tuple(lines), _heights(lines))


def forks(tree: Tree) -> Iterator[str]:
    """The checkpoints with side branches, which can be folded."""
    return (id for id, children in tree.children.items() if id is not None and len(children) > 1)


def rows(tree: Tree) -> list[Row]:
    """Every checkpoint of the tree once, from top to bottom; the newest head ends lane 0."""
    return [line.row for line in _with_folds(tree, ()) if line.kind == "row"]


def _with_folds(tree: Tree, folded: Container[str]) -> list[Line]:
    """The rows of a tree from top to bottom, with the lines that fold side branches."""
    if tree.head is None:
        return []
    pinned = {c.id for c in tree.path(tree.head.id)}
    sizes = _sizes(tree)
    drawn: list[Line] = []
    for root in sorted(tree.children[None], key=lambda id: (id in pinned, id)):
        drawn.extend(_block(tree, root, sizes, pinned, folded))
    return drawn[::-1]


def _with_headings(lines: Iterable[Line]) -> list[Line]:
    """The lines with a heading above the newest row of each run."""
    found: list[Line] = []
    above = None
    for line in lines:
        run = line.row.checkpoint.run_id
        if line.kind == "row":
            if run and run != above:
                found.append(Line(line.row, "run"))
            above = run
        found.append(line)
    return found


def _heights(lines: Sequence[Line]) -> dict[str, int]:
    count = len(lines)
    return {line.row.checkpoint.id: count - place for place, line in enumerate(lines) if line.kind == "row"}


def _block(
    tree: Tree, root: str, sizes: dict[str, "_Size"], pinned: set[str], folded: Container[str]
) -> Iterator[Line]:
    """The lines of one root's subtree, bottom to top. A stack holds (id, lane, forks) of lines still to be drawn."""
    stack = [(root, 0, False)]
    while stack:
        id, lane, forks = stack.pop()
        children = tree.children.get(id, ())
        falls = not forks and tree.parents[id] is not None
        row = Row(tree.nodes[id], lane, rises=bool(children), falls=falls, forks=forks)
        yield Line(row)
        if not children:
            continue
        main = max(children, key=lambda child: (child in pinned, sizes[child].heads, child))
        stack.append((main, lane, False))
        if len(children) > 1:
            shut = id in folded
            heads = sizes[id].heads - sizes[main].heads
            yield Line(row, "fold", heads, sizes[id].checkpoints - 1 - sizes[main].checkpoints, shut)
            if not shut:
                stack.extend((side, lane + 1, True) for side in reversed(children) if side != main)


class _Size(NamedTuple):
    """How many heads a subtree has, and how many checkpoints; a head counts itself."""

    heads: int
    checkpoints: int


def _sizes(tree: Tree) -> dict[str, _Size]:
    order: list[str] = list(tree.children.get(None, ()))
    for id in order:
        order.extend(tree.children.get(id, ()))
    sizes: dict[str, _Size] = {}
    for id in reversed(order):
        children = [sizes[child] for child in tree.children.get(id, ())]
        heads = sum(size.heads for size in children) or 1
        sizes[id] = _Size(heads, 1 + sum(size.checkpoints for size in children))
    return sizes
