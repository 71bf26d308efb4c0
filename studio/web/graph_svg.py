"""The drawing of a graph as SVG: boxes that are links, lines between them, graphs within graphs.

The colours come from the style sheet; what a node is marked with is in its classes and, for those who do not see it,
in words.
"""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

from studio.history.layout import Box, Layout, Line, Place, layout
from studio.web.graph_boxes import Figure, Picture, badges, fold, frame, join, linked, plain
from studio.web.graph_lines import Stroke, cut, letters, line, tenth

LETTER, SMALL_LETTER = 7.3, 6.2
"""Widths of letters."""
TALL, SMALL = 34.0, 20.0
EDGE, HEADING = 14.0, 28.0
"""Room around a graph in a graph, and for its name."""
MARGIN = 12.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """The drawing, and the ids of all its figures in reading order."""

    svg: SafeString
    order: tuple[str, ...]


def draw(picture: Picture) -> Drawn:
    """The drawing of a graph, with the graphs inside of it that are shown."""
    plan = arranged(picture)
    order: list[str] = []
    width, height = round(plan.width + 2 * MARGIN), round(plan.height + 2 * MARGIN)
    svg = (
        '<svg class="graph" width="{}" height="{}" viewBox="{} {} {} {}" role="group" aria-label="The graph, drawn">{}'
        "</svg>"
    )
    parts = _parts(picture, plan, order)
    return Drawn(format_html(svg, width, height, -MARGIN, -MARGIN, width, height, parts), tuple(order))


def arranged(picture: Picture) -> Layout:
    """Where everything goes; remembered, because marks change often and graphs hardly ever."""
    loops = {stroke.source: stroke for stroke in picture.strokes if stroke.source == stroke.target}
    boxes = [Box(figure.id, *_size(figure), _aside(loops.get(figure.id))) for figure in picture.figures]
    lines = [Line(stroke.source, stroke.target, *_label(stroke)) for stroke in picture.strokes]
    return _laid_out(tuple(boxes), tuple(lines))


def _label(stroke: Stroke) -> tuple[float, float]:
    return (letters(stroke.label) * SMALL_LETTER + 8, 16.0) if stroke.label else (0.0, 0.0)


@lru_cache(maxsize=64)
def _laid_out(boxes: tuple[Box, ...], lines: tuple[Line, ...]) -> Layout:
    return layout(boxes, lines)


def _aside(loop: Stroke | None) -> float:
    return 0.0 if loop is None else 22.0 + (_label(loop)[0] if loop.label else 0.0)


def _size(figure: Figure) -> tuple[float, float]:
    if figure.inside is not None:
        plan = arranged(figure.inside)
        return max(plan.width + 2 * EDGE, letters(figure.name) * LETTER + 60), plan.height + HEADING + EDGE
    if figure.small:
        return 46.0, SMALL
    note = letters(figure.note) * SMALL_LETTER if figure.note else 0.0
    wide = max(letters(figure.name) * LETTER, note) + 30 + (18 if figure.fold else 0)
    return max(64.0, wide), TALL + (12 if figure.note else 0)


def _parts(picture: Picture, plan: Layout, order: list[str]) -> SafeString:
    """Lines first, then boxes in reading order, over them."""
    lines = join(line(stroke, route) for stroke, route in zip(picture.strokes, plan.routes, strict=True))
    figures = {figure.id: figure for figure in picture.figures}
    boxes = []
    for id, place in plan.places.items():
        order.append(id)
        boxes.append(_box(figures[id], place, order))
    return format_html('<g class="edges" aria-hidden="true">{}</g>{}', lines, join(boxes))


def _box(figure: Figure, place: Place, order: list[str]) -> SafeString:
    width, height = _size(figure)
    at = format_html("translate({} {})", tenth(place.x), tenth(place.y))
    if figure.inside is not None:
        return _group(figure, figure.inside, at, width, height, order)
    sign = fold(figure, width - 14, height / 2) if figure.fold else ""
    return format_html('<g transform="{}">{}{}</g>', at, linked(figure, plain(figure, width, height)), sign)


def _group(figure: Figure, inside: Picture, at: str, width: float, height: float, order: list[str]) -> SafeString:
    """A graph in the graph, with its name above."""
    plan = arranged(inside)
    name = format_html('<text class="name" x="14" y="19">{}</text>', cut(figure.name))
    shape = join([*frame(width, height, 9.0), name, *badges(figure, width, height)])
    inner = format_html("translate({} {})", tenth((width - plan.width) / 2), HEADING)
    return format_html(
        '<g class="group" transform="{}">{}{}<g transform="{}">{}</g></g>',
        at,
        linked(figure, shape),
        fold(figure, width - 16 - (26 if figure.times else 0), 16),
        inner,
        _parts(inside, plan, order),
    )
