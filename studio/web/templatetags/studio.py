"""Tags and filters of Studio's templates."""

import hashlib
import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from studio.history.blocks import first_words
from studio.history.lanes import Row
from studio.history.model import Json
from studio.web import amounts, svg
from studio.web.fragments import fragment
from studio.web.markdown import to_html

register = template.Library()

ICONS = {
    "bell": "M4 11V7.5a4 4 0 0 1 8 0V11l1 1.5H3zM6.8 14h2.4",
    "branch": "M5 3v10M5 8c0 3 6 0 6 4v1",
    "check": "M3 8.5l3.2 3L13 4.5",
    "copy": "M6 6h7v7H6zM3 10V3h7",
    "cross": "M4 4l8 8m0-8l-8 8",
    "down": "M4 6l4 4 4-4",
    "download": "M8 3v7m-3-3l3 3 3-3M3 13h10",
    "edit": "M3 13l1-3 7-7 2 2-7 7-3 1z",
    "file": "M4 2h5l3 3v9H4zM9 2v3h3",
    "image": "M2 3h12v10H2zM2 11l4-4 3 3 2-2 3 3",
    "info": "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 7.5v3.4M8 5v.2",
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
CHIPS = {"pending": "busy", "running": "busy", "error": "error", "timeout": "error", "interrupted": "interrupted"}
ONE_LINE = 76
PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
"""What needs no quoting in an address."""


class KeptNode(template.Node):
    """A part of a page that is rendered once for each of its keys."""

    def __init__(self, key: FilterExpression, parts: NodeList) -> None:
        self.key, self.parts = key, parts

    def render(self, context: Context) -> SafeString:
        """The part, from memory when it has a key and was rendered before."""
        key = self.key.resolve(context)
        return fragment(key, lambda: self.parts.render(context)) if key else self.parts.render(context)


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """`{% kept key %}…{% endkept %}`: what depends on nothing but the key; without a key it is rendered each time."""
    _, key = token.split_contents()
    parts = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(parser.compile_filter(key), parts)


@register.simple_tag
@lru_cache(maxsize=64)
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
def about(given: Json) -> str:
    """One line about the input of a run: its last message, or its JSON."""
    channels = given if isinstance(given, dict) else {}
    said = channels.get("messages")
    last = said[-1] if isinstance(said, list) and said else said
    text = first_words(last.get("content") if isinstance(last, dict) else last)
    return text or first_words(json.dumps(given, ensure_ascii=False))


@register.filter
def chip(status: str) -> str:
    """The status of a thread that looks like this status of a run."""
    return CHIPS.get(status, "idle")


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
    since = distance((datetime.now(UTC) - moment).total_seconds())
    return mark_safe(f"<time {_exact(moment)}>{since}</time>")  # noqa: S308 – digits and names of units


@lru_cache(maxsize=2048)
def _exact(moment: datetime) -> str:
    """The attributes that tell a time exactly."""
    return f'datetime="{moment.isoformat()}" title="{moment.strftime("%Y-%m-%d %H:%M:%S %Z")}"'


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
    given = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    if all(map(PLAIN.fullmatch, given.values())):  # ids, nearly always
        return "?" + "&".join(f"{name}={value}" for name, value in given.items())
    return "?" + urlencode(given)


@register.simple_tag
def lanes(row: Row, mark: str) -> SafeString:
    """The drawing beside one row."""
    kind = mark or ("input" if row.checkpoint.source == "input" else "")
    return svg.row(row.lane, row.rises, row.falls, row.forks, kind)


@register.simple_tag
def passing(row: Row) -> SafeString:
    """The lines that cross the gap above a row, for what is written between two rows."""
    return svg.gap(row.lane, row.rises)


@register.simple_tag
def minimap(listed: Any) -> SafeString:
    """The strip of a listing, with the checkpoints of the marked run."""
    return svg.strip(listed.map.depths, {**listed.map.ticks, "run": sorted(listed.of_run)})
