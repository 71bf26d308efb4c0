"""A whole list on a strip as wide as a pane, however long it is: how deep its branches are, and what stands out.

It is the scale of a slider: left is the oldest line, right the newest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.history.lanes import Line
from studio.history.model import STOPPED, Checkpoint

BINS = 120
"""Columns of the strip."""


@dataclass(frozen=True, slots=True)
class Minimap:
    """`depths`: the number of lanes in each column, from the oldest to the newest; `ticks`: the columns with something
    special in them, by kind: error, interrupt or edit."""

    depths: tuple[int, ...]
    ticks: dict[str, tuple[int, ...]]


def minimap(lines: Sequence[Line]) -> Minimap:
    """The strip for a list from top to bottom."""
    count = len(lines)
    width = min(BINS, count)
    depths = [0] * width
    ticks: dict[str, set[int]] = {}
    for place, line in enumerate(lines):
        column = column_of(place, count)
        depths[column] = max(depths[column], line.row.lane + 1)
        kind = _kind(line.row.checkpoint) if line.kind == "row" else ""
        if kind:
            ticks.setdefault(kind, set()).add(column)
    return Minimap(tuple(depths), {kind: tuple(sorted(columns)) for kind, columns in sorted(ticks.items())})


def column_of(place: int, count: int) -> int:
    """The column of a line, by its place from the top among `count`."""
    width = min(BINS, count)
    return width - 1 - place * width // count


def _kind(checkpoint: Checkpoint) -> str:
    if checkpoint.error:
        return "" if checkpoint.error == STOPPED else "error"
    if checkpoint.interrupted:
        return "interrupt"
    return "edit" if checkpoint.source in ("update", "fork") else ""
