"""The ways that the lines of a layered drawing take between boxes that have their places."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from studio.history.layers import Link, Rows

Heading = Literal["down", "up", "left", "right"]
GAP = 34.0
"""Room between two rows."""
PORTS = 14.0
"""Room between two lines where they meet a box."""
CORNER = 12.0
STRAIGHT = 10.0
"""A line that is the only one to a box is not slanted by so little."""


@dataclass(slots=True)
class Item:
    """A box, or a bend of a line, on its row; `x` is its middle, `top` its upper edge."""

    width: float
    height: float
    aside: float
    row: int
    bend: bool = False
    x: float = 0.0
    top: float = 0.0
    row_top: float = 0.0
    row_bottom: float = 0.0

    @property
    def left(self) -> float:
        """Its left edge."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def level(self) -> float:
        """Half of its height."""
        return self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class Point:
    """A place that a line passes, and where it is heading."""

    x: float
    y: float
    heading: Heading


@dataclass(frozen=True, slots=True)
class Route:
    """The way of a line from its source to its target; `label`: the middle of its label. `kind`: down, back (it leads
    up again) or loop (to the box that it comes from)."""

    kind: Literal["down", "back", "loop"]
    points: tuple[Point, ...]
    label: tuple[float, float]

    @property
    def right(self) -> float:
        """How far it reaches."""
        return max(point.x for point in self.points) + 1.0


Way = tuple[Link, list[int], bool]
"""Source and target, the bends from the top to the bottom, and whether it leads back."""


def routed(items: Sequence[Item], rows: Rows, ways: Sequence[Way]) -> list[Route]:
    """The routes of all lines, in order."""
    order = {at: place for row in rows for place, at in enumerate(row)}
    plans = [_Plan(items, rows, order, *way) for way in ways]
    sides: dict[tuple[int, Heading], list[tuple[float, int, int]]] = {}
    for at, plan in enumerate(plans):
        for end in (0, 1):
            toward = plan.toward(end)
            if plan.kind != "loop":
                sides.setdefault((plan.ends[end], plan.sides[end]), []).append((toward, at, end))
    shifts: dict[tuple[int, int], float] = {}
    for (item, side), lines in sides.items():
        room = items[item].height if side in ("left", "right") else items[item].width
        step = min(PORTS, (room - 8) / max(1, len(lines) - 1))
        for place, (_, at, end) in enumerate(sorted(lines)):
            shifts[at, end] = (place - (len(lines) - 1) / 2) * step
    for at, plan in enumerate(plans):
        if plan.kind == "down" and not plan.bends:
            slant = plan.x(0) + shifts[at, 0] - plan.x(1) - shifts[at, 1]
            alone = len(sides[plan.ends[1], "up"]) == 1
            shifts[at, 1] += slant if alone and abs(slant) <= STRAIGHT else 0.0
    return [plan.route(shifts.get((at, 0), 0.0), shifts.get((at, 1), 0.0)) for at, plan in enumerate(plans)]


class _Plan:
    """One line: at which sides of its ends it meets them."""

    def __init__(
        self, items: Sequence[Item], rows: Rows, order: dict[int, int], ends: Link, bends: list[int], back: bool
    ) -> None:
        self.items, self.ends, self.bends = items, ends, bends[::-1] if back else bends
        self.kind: Literal["down", "back", "loop"] = "loop" if ends[0] == ends[1] else "back" if back else "down"
        self.sides: tuple[Heading, Heading] = ("down", "up")
        if back and bends:
            self.sides = (self._side(rows, order, 0), self._side(rows, order, 1))
        elif back:
            self.sides = ("up", "down")

    def _side(self, rows: Rows, order: dict[int, int], end: int) -> Heading:
        """Where a line that leads back meets its end: at the side when nothing but lines stands between."""
        box, bend = order[self.ends[end]], order[self.bends[-end]]
        between = rows[self.items[self.ends[end]].row][min(box, bend) + 1 : max(box, bend)]
        free = all(self.items[at].bend and not self.items[at].height for at in between)
        aside: Heading = "right" if bend > box else "left"
        return aside if free else "up" if end else "down"

    def x(self, end: int) -> float:
        """The middle of the box at an end."""
        return self.items[self.ends[end]].x

    def toward(self, end: int) -> float:
        """Where the line goes from its end, for the order in which lines meet a side of a box."""
        x = self.items[self.bends[-end] if self.bends else self.ends[1 - end]].x
        return -abs(x - self.items[self.ends[end]].x) if self.sides[end] in ("left", "right") else x

    def route(self, leaving: float, arriving: float) -> Route:
        """The way, with the shifts of its ends from the middle of the sides."""
        if self.kind == "loop":
            return _loop(self.items[self.ends[0]])
        source, target = (self.items[at] for at in self.ends)
        heading: Heading = "up" if self.kind == "back" else "down"
        points = _leave(source, self.sides[0], leaving)
        for at in self.bends:
            item = self.items[at]
            ends = [Point(item.x, item.row_top, heading), Point(item.x, item.row_bottom, heading)]
            points += ends if heading == "down" else reversed(ends)
        if self.sides[0] in ("left", "right"):  # it turns up beside the box
            points[1] = Point(points[1].x, points[0].y - CORNER, "up")
        last = _leave(target, self.sides[1], arriving)
        if self.sides[1] in ("left", "right"):
            points[-1] = Point(points[-1].x, last[0].y + CORNER, "up")
        points += [_turned(point, self.sides[1]) for point in reversed(last)]
        return Route(self.kind, tuple(points), self._label(points))

    def _label(self, points: list[Point]) -> tuple[float, float]:
        sized = [at for at in self.bends if self.items[at].height]
        if sized:
            return self.items[sized[0]].x, self.items[sized[0]].level
        return (points[0].x + points[-1].x) / 2, (points[0].y + points[-1].y) / 2


def _leave(item: Item, side: Heading, shift: float) -> list[Point]:
    """From a side of a box to the edge of its row."""
    if side == "right":
        return [Point(item.right, item.level + shift, side)]
    if side == "left":
        return [Point(item.left, item.level + shift, side)]
    x = item.x + shift
    near, edge = (item.bottom, item.row_bottom) if side == "down" else (item.top, item.row_top)
    return [Point(x, near, side), Point(x, edge, side)] if near != edge else [Point(x, near, side)]


def _turned(point: Point, side: Heading) -> Point:
    """The same place on the way to the box."""
    opposite: dict[Heading, Heading] = {"up": "down", "down": "up", "left": "right", "right": "left"}
    return Point(point.x, point.y, opposite[side])


def _loop(item: Item) -> Route:
    """Out of the right side of a box and in again."""
    reach, half = item.right + max(10.0, min(item.aside, 26.0) - 4), min(item.height / 4, 9.0)
    points = (
        Point(item.right, item.level - half, "right"),
        Point(reach, item.level, "down"),
        Point(item.right, item.level + half, "left"),
    )
    return Route("loop", points, (reach + (item.aside - 22) / 2, item.level))
