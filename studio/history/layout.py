"""Where the boxes of a directed graph stand and where its lines run: in rows, every line leading down but for those
that lead back, which go up beside the boxes.

A line that passes rows is a chain of bends, one a row, which take room like boxes do: so no line crosses a box. The
same graph always gets the same drawing. Sizes are in pixels, (0, 0) is the upper left corner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from studio.history.layers import Link, Rows, neighbours, ordered, ranks, turned
from studio.history.routes import GAP, Item, Route, routed

BESIDE = 22.0
"""Room between two boxes of a row."""
BEND = 14.0
"""Room for a line that passes a row."""
MOST_BENDS = 20_000
"""Beyond these the longest lines are drawn straight, behind the boxes."""
SETTLING = 5


@dataclass(frozen=True, slots=True)
class Box:
    """Something to be placed. `aside`: room that is kept free at its right, for a line to itself."""

    id: str
    width: float
    height: float
    aside: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line between two boxes, with the size of its label."""

    source: str
    target: str
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """The upper left corner of a box, and its row, 0 at the top."""

    x: float
    y: float
    row: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of all boxes in reading order, and the ways of the lines in the order in which they were given."""

    places: dict[str, Place]
    routes: tuple[Route, ...]
    width: float
    height: float


def layout(boxes: Sequence[Box], lines: Sequence[Line]) -> Layout:
    """The drawing of a graph. Lines between boxes that are not there raise KeyError."""
    number = {box.id: at for at, box in enumerate(boxes)}
    links = [(number[line.source], number[line.target]) for line in lines]
    back = turned(len(boxes), links)
    down = [_turn(link) if at in back else link for at, link in enumerate(links)]
    real = [at for at, (upper, lower) in enumerate(down) if upper != lower]
    lengths = [2 if lines[at].width and at not in back else 1 for at in real]
    rank = ranks(len(boxes), [down[at] for at in real], lengths)
    items = [Item(box.width, box.height, box.aside, rank[at]) for at, box in enumerate(boxes)]
    chains, pulls = _bent(items, lines, down, real, back)
    rows: Rows = [[] for _ in range(max(rank, default=-1) + 1)]
    for at, item in enumerate(items):
        rows[item.row].append(at)
    rows = ordered(rows, pulls)
    _spread(items, rows, pulls)
    width, height = _stack(items, rows, pulls)
    routes = routed(items, rows, [(links[at], chains.get(at, []), at in back) for at in range(len(lines))])
    standing = [at for row in rows for at in row if at < len(boxes)]
    places = {boxes[at].id: Place(items[at].left, items[at].top, items[at].row) for at in standing}
    return Layout(places, tuple(routes), max([width, *(route.right for route in routes)]), height)


def _turn(link: Link) -> Link:
    return link[1], link[0]


def _bent(
    items: list[Item], lines: Sequence[Line], down: list[Link], real: list[int], back: set[int]
) -> tuple[dict[int, list[int]], list[Link]]:
    """The bends of each line from the top to the bottom, which become items too, and what is linked from row to row. A
    line that leads back has bends beside both of its ends, so that it can go around them."""
    chains: dict[int, list[int]] = {}
    pulls: list[Link] = []
    spans = {at: (items[down[at][0]].row, items[down[at][1]].row) for at in real}
    for at in sorted(real, key=lambda at: spans[at][1] - spans[at][0]):
        first, last = spans[at] if at in back else (spans[at][0] + 1, spans[at][1] - 1)
        if len(items) + last - first > MOST_BENDS:
            break
        chain = chains[at] = list(range(len(items), len(items) + max(0, last - first + 1)))
        items.extend(Item(BEND, 0.0, 0.0, row, bend=True) for row in range(first, last + 1))
        if chain and lines[at].width:
            middle = items[chain[len(chain) // 2 if at in back else 0]]
            middle.width, middle.height = lines[at].width, lines[at].height
        upper, lower = down[at]
        pulls += pairwise(chain) if at in back else pairwise([upper, *chain, lower])
        if at in back and len(chain) > 1:
            pulls += [(upper, chain[1]), (chain[-2], lower)]
    return chains, pulls


def _spread(items: list[Item], rows: Rows, pulls: Sequence[Link]) -> None:
    """Give all items their place in x: near what they are linked with, in order, and apart from each other."""
    above, below = neighbours(rows, pulls)
    for row in rows:
        x = 0.0
        for at in row:
            items[at].x = x + items[at].width / 2
            x += items[at].width + items[at].aside + BESIDE
    for turn in range(2 * SETTLING + 1):
        for row in rows if turn % 2 == 0 else reversed(rows):
            wanted = []
            for at in row:
                near = above[at] + below[at] if turn == 2 * SETTLING else (below if turn % 2 else above)[at]
                wanted.append(sum(items[other].x for other in near) / len(near) if near else items[at].x)
            _settle([items[at] for at in row], wanted)
    shift = min((item.left for item in items), default=0.0)
    for item in items:
        item.x -= shift


def _settle(row: list[Item], wanted: list[float]) -> None:
    """Put the items of a row as near to the wanted places as their widths allow: those that would overlap form a block
    around the middle of what its members want."""
    starts = [0.0]
    for before, item in pairwise(row):
        apart = BEND / 2 if before.bend or item.bend else BESIDE
        starts.append(starts[-1] + before.width / 2 + before.aside + item.width / 2 + apart)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, members
    for item, start, want in zip(row, starts, wanted, strict=True):
        mean, weight, members = want - start, 4.0 if item.bend else 1.0, 1
        while blocks and blocks[-1][0] >= mean:
            other, heavy, more = blocks.pop()
            mean = (other * heavy + mean * weight) / (heavy + weight)
            weight, members = heavy + weight, members + more
        blocks.append((mean, weight, members))
    means = [mean for mean, _, members in blocks for _ in range(members)]
    for item, start, mean in zip(row, starts, means, strict=True):
        item.x = start + mean


def _stack(items: list[Item], rows: Rows, pulls: Sequence[Link]) -> tuple[float, float]:
    """Give all items their place in y; the width and height of the whole. The further the lines between two rows go
    aside, the more room they get."""
    slope = [0.0] * (len(rows) + 1)
    for upper, lower in pulls:
        at = items[lower].row
        slope[at] = max(slope[at], abs(items[upper].x - items[lower].x))
    y = 0.0
    for number, row in enumerate(rows):
        y += min(GAP * 2, GAP + slope[number] / 12) if number else 0.0
        standing = [items[at] for at in row]
        height = max((item.height for item in standing), default=0.0)
        for item in standing:
            item.top = y + (height - item.height) / 2
            item.row_top, item.row_bottom = y, y + height
        y += height
    return max((item.x + item.width / 2 + item.aside for item in items), default=0.0), y
