"""The drawings beside the rows of a history, and the strip under it. Few of them differ, so they are remembered."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LANE, ROW = 14, 28
COLOURS = 6
WIDEST = 12
"""Lanes with room of their own; deeper ones share the last."""
STRIP = 22
"""Height of the strip over a whole history."""


@lru_cache(maxsize=2048)
def row(lane: int, rises: bool, falls: bool, forks: bool, mark: str) -> SafeString:
    """The lines that pass a row, and the mark of its checkpoint on its own line. `mark`: error, interrupt, edit, fork,
    input or ""."""
    lane, middle = min(lane, WIDEST), ROW // 2
    x, before = _x(lane), _x(max(lane - 1, 0))
    parts = [_line(number, f"M{_x(number)} 0V{ROW}") for number in range(lane)]
    if rises:
        parts.append(_line(lane, f"M{x} 0V{middle}"))
    if falls:
        parts.append(_line(lane, f"M{x} {middle}V{ROW}"))
    if forks:
        parts.append(_line(lane, f"M{x} {middle}C{x} {ROW - 4} {before} {middle + 4} {before} {ROW}"))
    return _drawing([*parts, _mark(mark, lane % COLOURS, x, middle)], lane)


@lru_cache(maxsize=64)
def gap(lane: int, rises: bool) -> SafeString:
    """The lines that cross what is written between two rows."""
    lane = min(lane, WIDEST)
    return _drawing([_line(number, f"M{_x(number)} 0V{ROW}") for number in range(lane + rises)], lane)


def strip(depths: Sequence[int], ticks: Mapping[str, Sequence[int]]) -> SafeString:
    """Bars as high as the branches are deep, and ticks where something stands out."""
    width = len(depths)
    tick = min(1.0, max(width / 60, 0.12))  # a column of a short list is wide
    bars = "".join(_box(column, STRIP - 3 - 2 * min(deep, 5), STRIP) for column, deep in enumerate(depths) if deep)
    marks = format_html_join(
        "",
        '<path class="map-{}" d="{}"/>',
        ((kind, "".join(_box(column, 0, 5, tick) for column in at)) for kind, at in ticks.items() if at),
    )
    svg = (
        '<svg class="minimap" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="map-view" x="0" y="0" width="0" height="{}"/><path class="map-bars" d="{}"/>{}</svg>'
    )
    return format_html(svg, width, STRIP, STRIP, bars, marks)


def _box(column: int, top: int, bottom: int, width: float = 1.0) -> str:
    """A box in the middle of a column."""
    return f"M{column + (1 - width) / 2:g} {bottom}V{top}h{width:g}V{bottom}z"


def _drawing(parts: list[SafeString], lane: int) -> SafeString:
    drawn = format_html_join("", "{}", ((part,) for part in parts))
    svg = '<svg class="lanes" width="{}" height="{}" aria-hidden="true">{}</svg>'
    return format_html(svg, _x(lane) + 9, ROW, drawn)


def _x(lane: int) -> int:
    return 9 + LANE * lane


def _line(lane: int, path: str) -> SafeString:
    return format_html('<path class="lane lane-{}" d="{}"/>', lane % COLOURS, path)


def _mark(mark: str, colour: int, x: int, y: int) -> SafeString:
    match mark:
        case "error":
            return format_html('<path class="dot-error" d="M{} {}l8 8m0-8l-8 8"/>', x - 4, y - 4)
        case "interrupt":
            return format_html('<rect class="dot-wait" x="{}" y="{}" width="8" height="8" rx="1.5"/>', x - 4, y - 4)
        case "edit" | "fork":
            return format_html('<path class="dot dot-{}" d="{}"/>', colour, f"M{x} {y - 5}l5 5-5 5-5-5z")
        case "input":
            return format_html('<circle class="dot-input lane-{}" cx="{}" cy="{}" r="3.4"/>', colour, x, y)
    return format_html('<circle class="dot dot-{}" cx="{}" cy="{}" r="4"/>', colour, x, y)
