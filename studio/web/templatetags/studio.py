"""Tags and filters of Studio's templates."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from studio.history.blocks import first_words
from studio.history.lanes import Row
from studio.history.model import Json
from studio.web import amounts
from studio.web.markdown import to_html

register = template.Library()

ICONS = {
    "branch": "M5 3v10M5 8c0 3 6 0 6 4v1",
    "check": "M3 8.5l3.2 3L13 4.5",
    "copy": "M6 6h7v7H6zM3 10V3h7",
    "cross": "M4 4l8 8m0-8l-8 8",
    "down": "M4 6l4 4 4-4",
    "download": "M8 3v7m-3-3l3 3 3-3M3 13h10",
    "edit": "M3 13l1-3 7-7 2 2-7 7-3 1z",
    "file": "M4 2h5l3 3v9H4zM9 2v3h3",
    "image": "M2 3h12v10H2zM2 11l4-4 3 3 2-2 3 3",
    "left": "M10 4L6 8l4 4",
    "moon": "M13 9.5A5.5 5.5 0 1 1 6.5 3 4.5 4.5 0 0 0 13 9.5z",
    "pause": "M5 3v10M11 3v10",
    "play": "M5 3l8 5-8 5z",
    "plus": "M8 3v10M3 8h10",
    "right": "M6 4l4 4-4 4",
    "search": "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM10 10l3.5 3.5",
    "stop": "M4 4h8v8H4z",
    "up": "M4 10l4-4 4 4",
    "warn": "M8 2l6 11H2zM8 6v3.5M8 11.3v.2",
}
UNITS = ((60, "s", 1), (3600, "m", 60), (86400, "h", 3600), (86400 * 30, "d", 86400))
LANE, ROW = 14, 28
COLOURS = 6
ONE_LINE = 76
MAP = 22
"""Height of the strip over a whole history."""
WIDEST = 12
"""Lanes with room of their own; deeper ones share the last."""


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the interface; decoration only, so its button carries the words."""
    return format_html('<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="{}"/></svg>', ICONS[name])


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown as safe HTML."""
    return to_html(text)


@register.filter
def words(value: Json) -> str:
    """One line about a value."""
    return first_words(value)


@register.filter
def pretty(value: Json) -> str:
    """JSON as people read it: on one line when it is short."""
    line = json.dumps(value, ensure_ascii=False)
    return line if len(line) <= ONE_LINE else json.dumps(value, ensure_ascii=False, indent=2)


@register.filter
def cut(text: str, limit: int) -> str:
    """The first characters of a text."""
    return text[:limit]


@register.filter
def key(id: str | None) -> str:
    """A hostile id as a name that is safe in an attribute and a selector."""
    return hashlib.sha256((id or "").encode("utf-8", "replace")).hexdigest()[:16]


register.filter(amounts.bytes_text)
register.filter(amounts.duration)
register.filter("thousands", amounts.number_text)


@register.filter
def minus(number: int) -> int:
    """The number with the other sign."""
    return -number


@register.simple_tag
def ago(moment: datetime | None) -> SafeString | str:
    """A time as its distance from now, with the exact one in its title; the browser keeps it fresh."""
    if moment is None:
        return ""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        moment.strftime("%Y-%m-%d %H:%M:%S %Z"),
        distance((datetime.now(UTC) - moment).total_seconds()),
    )


def distance(seconds: float) -> str:
    """Seconds as "now", "12 s", "5 m", "3 h", "9 d" or a number of months."""
    if seconds < 5:
        return "now"
    for limit, unit, size in UNITS:
        if seconds < limit:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds // (86400 * 30))} mo"


@register.simple_tag
def query(**parameters: Any) -> str:
    """`?a=1&b=2` of what is given; what is empty is left out."""
    return "?" + urlencode({name: value for name, value in parameters.items() if value not in (None, "")})


@register.simple_tag
def lanes(row: Row, mark: str) -> SafeString:
    """The drawing beside one row: the lines that pass, and this checkpoint's mark on its own line."""
    lane, middle = min(row.lane, WIDEST), ROW // 2
    x, before = _x(lane), _x(max(lane - 1, 0))
    parts = [_line(number, f"M{_x(number)} 0V{ROW}") for number in range(lane)]
    if row.rises:
        parts.append(_line(lane, f"M{x} 0V{middle}"))
    if row.falls:
        parts.append(_line(lane, f"M{x} {middle}V{ROW}"))
    if row.forks:
        parts.append(_line(lane, f"M{x} {middle}C{x} {ROW - 4} {before} {middle + 4} {before} {ROW}"))
    return _drawing([*parts, _mark(mark, row, x, middle)], lane, ROW)


@register.simple_tag
def passing(row: Row) -> SafeString:
    """The lines that cross the gap above a row, for what is written between two rows."""
    lane = min(row.lane, WIDEST)
    return _drawing([_line(number, f"M{_x(number)} 0V{ROW}") for number in range(lane + row.rises)], lane, ROW)


@register.simple_tag
def minimap(listed: Any) -> SafeString:
    """The strip of a listing: bars as high as the branches are deep, ticks for what stands out."""
    strip = listed.map
    width = len(strip.depths)
    tick = min(1.0, max(width / 60, 0.12))  # a column of a short list is wide
    bars = "".join(_box(column, MAP - 3 - 2 * min(deep, 5), MAP) for column, deep in enumerate(strip.depths) if deep)
    ticks = {**strip.ticks, "run": tuple(sorted(listed.of_run))}
    marks = [
        format_html('<path class="map-{}" d="{}"/>', kind, "".join(_box(column, 0, 5, tick) for column in columns))
        for kind, columns in ticks.items()
        if columns
    ]
    svg = (
        '<svg class="minimap" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="map-view" x="0" y="0" width="0" height="{}"/><path class="map-bars" d="{}"/>{}</svg>'
    )
    return format_html(svg, width, MAP, MAP, bars, format_html_join("", "{}", ((mark,) for mark in marks)))


def _box(column: int, top: int, bottom: int, width: float = 1.0) -> str:
    """A box in the middle of a column."""
    return f"M{column + (1 - width) / 2:g} {bottom}V{top}h{width:g}V{bottom}z"


def _drawing(parts: list[SafeString], lane: int, height: int) -> SafeString:
    drawn = format_html_join("", "{}", ((part,) for part in parts))
    svg = '<svg class="lanes" width="{}" height="{}" aria-hidden="true">{}</svg>'
    return format_html(svg, _x(lane) + 9, height, drawn)


def _x(lane: int) -> int:
    return 9 + LANE * lane


def _line(lane: int, path: str) -> SafeString:
    return format_html('<path class="lane lane-{}" d="{}"/>', lane % COLOURS, path)


def _mark(mark: str, row: Row, x: int, y: int) -> SafeString:
    colour = min(row.lane, WIDEST) % COLOURS
    match mark:
        case "error":
            return format_html('<path class="dot-error" d="M{} {}l8 8m0-8l-8 8"/>', x - 4, y - 4)
        case "interrupt":
            return format_html('<rect class="dot-wait" x="{}" y="{}" width="8" height="8" rx="1.5"/>', x - 4, y - 4)
        case "edit" | "fork":
            path = f"M{x} {y - 5}l5 5-5 5-5-5z"
            return format_html('<path class="dot dot-{}" d="{}"/>', colour, path)
    if row.checkpoint.source == "input":
        return format_html('<circle class="dot-input lane-{}" cx="{}" cy="{}" r="3.4"/>', colour, x, y)
    return format_html('<circle class="dot dot-{}" cx="{}" cy="{}" r="4"/>', colour, x, y)
