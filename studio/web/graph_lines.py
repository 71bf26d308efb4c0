"""The lines of a drawn graph: smooth ways with a tip, and their labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from django.utils.html import format_html
from django.utils.safestring import SafeString

from studio.history.routes import Point, Route

LONGEST = 26
"""Letters of a name that are drawn."""
HEADS = {"down": "l-3.6 -7h7.2z", "up": "l-3.6 7h7.2z", "left": "l7 -3.6v7.2z", "right": "l-7 -3.6v7.2z"}
AHEAD = {"down": (0.0, 1.0), "up": (0.0, -1.0), "left": (-1.0, 0.0), "right": (1.0, 0.0)}


@dataclass(frozen=True, slots=True)
class Stroke:
    """An edge to be drawn; `taken`: the way that is on show went along it."""

    source: str
    target: str
    conditional: bool = False
    label: str = ""
    taken: bool = False


def line(stroke: Stroke, route: Route) -> SafeString:
    """An edge on its way, with its tip and label."""
    end = route.points[-1]
    classes = "edge" + " conditional" * stroke.conditional + " taken" * stroke.taken
    label = SafeString("")
    if stroke.label:
        x, y = route.label
        label = format_html(
            '<text class="edge-label" x="{}" y="{}">{}</text>', tenth(x), tenth(y + 4), cut(stroke.label)
        )
    return format_html(
        '<g class="{}"><path class="way" d="{}"/><path class="tip" d="M{} {}{}"/>{}</g>',
        classes,
        _curve(route.points),
        tenth(end.x),
        tenth(end.y),
        HEADS[end.heading],
        label,
    )


def _curve(points: Sequence[Point]) -> str:
    """A smooth path through the points, in their directions; its tip ends before the arrow does."""
    *_, last = points
    ahead = AHEAD[last.heading]
    stop = Point(last.x - ahead[0] * 5, last.y - ahead[1] * 5, last.heading)
    told = [f"M{tenth(points[0].x)} {tenth(points[0].y)}"]
    here = points[0]
    for there in (*points[1:-1], stop):
        leaving, coming = _reach(here, there, here.heading), _reach(here, there, there.heading)
        (ax, ay), (bx, by) = AHEAD[here.heading], AHEAD[there.heading]
        bends = (here.x + ax * leaving, here.y + ay * leaving, there.x - bx * coming, there.y - by * coming)
        told.append("C" + " ".join(map(tenth, (*bends, there.x, there.y))))
        here = there
    return "".join(told)


def _reach(here: Point, there: Point, heading: str) -> float:
    """How long a curve keeps its direction at one of its ends."""
    aside, along = abs(here.x - there.x), abs(here.y - there.y)
    if heading in ("left", "right"):
        return max(4.0, aside * 0.6)
    return min(along, max(14.0, along / 2)) if along > 1 else 16.0


def letters(text: str) -> int:
    """Letters of a name as it is drawn; those of East Asia count double."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in cut(text))


def cut(text: str) -> str:
    """As much of a name as is drawn."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def tenth(number: float) -> str:
    """A number of pixels, as exact as need be."""
    return f"{number:.1f}".removesuffix(".0")
