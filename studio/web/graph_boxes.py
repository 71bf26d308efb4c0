"""The nodes of a drawn graph: what is drawn of one, and its marks."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from studio.web.graph_lines import Stroke, cut, tenth

SIGNS = {
    "running": "M-2.6 -3.6l6 3.6-6 3.6z",
    "halted": "M3.2 -3.6v7.2M-4 0h5.4m-2.4-2.4l2.4 2.4-2.4 2.4",
    "next": "M-3.5 0h6m-2.6-3l3 3-3 3",
    "waits": "M-2 -3v6M2 -3v6",
    "failed": "M-2.6 -2.6l5.2 5.2m0-5.2l-5.2 5.2",
    "stopped": "M-2.6 -2.6h5.2v5.2h-5.2z",
    "done": "M-3.2 .2l2.2 2.2 4-4.4",
}
"""A sign for each thing that may be going on at a node, around (0, 0)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A node to be drawn. `words` is all there is to say of it; `now`: what is going on, a key of SIGNS or ""; `times`:
    how often it ran; `made`: whether it made the checkpoint on show; `left`: whether the last run stopped after it;
    `fold`: the address that shows or hides what is `inside`."""

    id: str
    name: str
    words: str = ""
    url: str = ""
    now: str = ""
    times: int = 0
    made: bool = False
    breaks: tuple[str, ...] = ()
    left: bool = False
    note: str = ""
    fold: str = ""
    inside: "Picture | None" = None

    @property
    def small(self) -> bool:
        """Whether it is the start or the end."""
        return self.name in ("__start__", "__end__")


@dataclass(frozen=True, slots=True)
class Picture:
    """A graph to be drawn."""

    figures: tuple[Figure, ...]
    strokes: tuple[Stroke, ...]


def join(parts: Iterable[SafeString]) -> SafeString:
    """Markup one after the other."""
    return format_html_join("", "{}", ((part,) for part in parts))


def linked(figure: Figure, shape: SafeString) -> SafeString:
    """The shape with its marks, a link where there is something to go to."""
    marks = {
        "small": figure.small,
        "made": figure.made,
        "visited": figure.times > 0,
        "breaks-before": "before" in figure.breaks,
        "breaks-after": "after" in figure.breaks,
        "left": figure.left,
        f"now now-{figure.now}": bool(figure.now),
    }
    classes = " ".join(["node", *(name for name, holds in marks.items() if holds)])
    if figure.url:
        box = '<a class="{}" href="{}" data-node="{}" aria-label="{}"><title>{}</title>{}</a>'
        return format_html(box, classes, figure.url, figure.id, figure.words, figure.words, shape)
    box = '<g class="{}" data-node="{}" role="img"><title>{}</title>{}</g>'
    return format_html(box, classes, figure.id, figure.words, shape)


def plain(figure: Figure, width: float, height: float) -> SafeString:
    """A node that is not opened."""
    corner = height / 2 if figure.small else 7.0
    name = {"__start__": "start", "__end__": "end"}.get(figure.name, figure.name)
    middle = (width - 16) / 2 if figure.fold else width / 2
    y = height / 2 - 2 if figure.note else height / 2 + 4
    behind = '<rect class="behind" x="4" y="4" width="{}" height="{}" rx="7"/>'
    parts = [format_html(behind, tenth(width), tenth(height))] if figure.fold else []
    parts += frame(width, height, corner)
    parts += [format_html('<text class="name" x="{}" y="{}">{}</text>', tenth(middle), tenth(y), cut(name))]
    if figure.note:
        note = '<text class="note" x="{}" y="{}">{}</text>'
        parts.append(format_html(note, tenth(middle), tenth(y + 14), cut(figure.note)))
    return join([*parts, *badges(figure, width, height)])


def frame(width: float, height: float, corner: float) -> list[SafeString]:
    """The box, and the ring around it for what is going on."""
    ring = '<rect class="ring" x="-4" y="-4" width="{}" height="{}" rx="{}"/>'
    box = '<rect class="box" width="{}" height="{}" rx="{}"/>'
    return [
        format_html(ring, tenth(width + 8), tenth(height + 8), corner + 4),
        format_html(box, tenth(width), tenth(height), corner),
    ]


def badges(figure: Figure, width: float, height: float) -> list[SafeString]:
    """Bars of breakpoints, how often the node ran, and the sign of what is going on."""
    if figure.small:
        return []
    bar = '<rect class="bar {}" x="8" y="{}" width="{}" height="4" rx="2"/>'
    made = [
        format_html(bar, "before", -9, tenth(width - 16)),
        format_html(bar, "after", tenth(height + 5), tenth(width - 16)),
    ]
    if figure.times:
        text = f"×{figure.times:,}"
        room = len(text) * 6.4 + 8
        pill = '<rect x="{}" y="-8" width="{}" height="16" rx="8"/><text y="4">{}</text>'
        inside = format_html(pill, tenth(-room / 2), tenth(room), text)
        made.append(format_html('<g class="times" transform="translate({} 0)">{}</g>', tenth(width - 10), inside))
    if figure.now:
        sign = '<g class="sign" transform="translate(6 0)"><circle r="8.5"/><path d="{}"/></g>'
        made.append(format_html(sign, SIGNS[figure.now]))
    return made


def fold(figure: Figure, x: float, y: float) -> SafeString:
    """The link that shows or hides what is inside."""
    hides = figure.inside is not None
    words = f"{'Hide' if hides else 'Show'} what is inside of {figure.name}"
    at, path = f"translate({tenth(x)} {tenth(y)})", "M-4 0h8" if hides else "M-4 0h8M0 -4v8"
    shape = format_html(
        '<title>{}</title><rect x="-8" y="-8" width="16" height="16" rx="4"/><path d="{}"/>', words, path
    )
    link = '<a class="fold" href="{}" data-fold="{}" aria-label="{}" transform="{}">{}</a>'
    return format_html(link, figure.fold, figure.id, words, at, shape)
