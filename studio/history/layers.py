"""The rows of a layered drawing: which links go back, on which row each item stands, and in which order.

Items are numbers from 0 on, links are pairs of them. Nothing here recurses, so that neither long chains nor cycles are
too much; the same graph always gets the same rows.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence

Link = tuple[int, int]
Rows = list[list[int]]
SWEEPS = 6
"""Times that the rows are put in order from above and from below."""


def turned(count: int, links: Sequence[Link]) -> set[int]:
    """The places of the links that lead back to where a walk through the graph has come from: without them there is no
    cycle. The walk starts at items that nothing leads to, in their order. A link of an item to itself is one of
    them."""
    follow: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    reached = [False] * count
    for place, (source, target) in enumerate(links):
        follow[source].append((place, target))
        reached[target] = reached[target] or source != target
    back: set[int] = set()
    met, open_ = [False] * count, [False] * count
    for first in sorted(range(count), key=reached.__getitem__):
        if met[first]:
            continue
        met[first] = open_[first] = True
        trail: list[tuple[int, Iterator[tuple[int, int]]]] = [(first, iter(follow[first]))]
        while trail:
            here, ways = trail[-1]
            place, target = next(ways, (-1, -1))
            if place < 0:
                open_[here] = False
                trail.pop()
            elif open_[target]:
                back.add(place)
            elif not met[target]:
                met[target] = open_[target] = True
                trail.append((target, iter(follow[target])))
    return back


def ranks(count: int, links: Sequence[Link], lengths: Sequence[int]) -> list[int]:
    """The row of each item, 0 at the top: every link leads down by its length or more, and what nothing leads to stands
    as low as it can. The links must not form a cycle."""
    follow: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    waiting = [0] * count
    for (source, target), length in zip(links, lengths, strict=True):
        follow[source].append((target, length))
        waiting[target] += 1
    rank = [0] * count
    sources = [item for item in range(count) if not waiting[item]]
    ready = deque(sources)
    while ready:
        here = ready.popleft()
        for target, length in follow[here]:
            rank[target] = max(rank[target], rank[here] + length)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    for item in sources:
        if follow[item]:
            rank[item] = min(rank[target] - length for target, length in follow[item])
    return rank


def ordered(rows: Rows, links: Sequence[Link]) -> Rows:
    """The rows with each item near what it is linked with, so that few links cross. Each link goes from a row to the
    next one."""
    rows = [list(row) for row in rows]
    above, below = neighbours(rows, links)
    place = {item: at for row in rows for at, item in enumerate(row)}
    best, fewest = [list(row) for row in rows], crossings(rows, below, place)
    for sweep in range(2 * SWEEPS):
        if not fewest:
            break
        near = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            row.sort(key=lambda item: _middle(item, near[item], place))
            place.update((item, at) for at, item in enumerate(row))
        found = crossings(rows, below, place)
        if found < fewest:
            best, fewest = [list(row) for row in rows], found
    return best


def neighbours(rows: Rows, links: Sequence[Link]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """For each item, those that it is linked with in the row above and in the one below."""
    above: dict[int, list[int]] = {item: [] for row in rows for item in row}
    below: dict[int, list[int]] = {item: [] for row in rows for item in row}
    for upper, lower in links:
        above[lower].append(upper)
        below[upper].append(lower)
    return above, below


def crossings(rows: Rows, below: dict[int, list[int]], place: dict[int, int]) -> int:
    """How many pairs of links cross."""
    count = 0
    for row in rows:
        passed: list[int] = []
        for item in row:
            ends = sorted(place[other] for other in below[item])
            for end in ends:
                count += len(passed) - bisect_right(passed, end)
            for end in ends:
                passed.insert(bisect_right(passed, end), end)
    return count


def _middle(item: int, near: list[int], place: dict[int, int]) -> float:
    return sum(place[other] for other in near) / len(near) if near else place[item]
