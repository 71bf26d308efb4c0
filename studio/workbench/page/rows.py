"""History rows as the template draws them: plain words and numbers, no logic left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from urllib.parse import quote

from studio.deployments.run_rows import Run
from studio.history.lanes import Line, Row
from studio.history.measures import Measures, idle_before
from studio.history.minimap import Minimap, column_of, minimap
from studio.history.model import Checkpoint, Snapshot
from studio.history.spine import Spine
from studio.history.tree import Tree
from studio.web.amounts import duration, number_text
from studio.workbench.page import titles
from studio.workbench.page.choice import Choice, drawing
from studio.workbench.page.finding import find

WINDOW = 50
"""Lines on the page at once; the others are fetched as they are scrolled to."""
MARGIN = 12
"""Lines above the selected one, when the window is laid around it."""
LINE = 28
"""Height of a line in pixels, as in the style sheet."""
LONG = 60.0
"""Seconds without work from which on they are told between two runs."""


class Badge(NamedTuple):
    """What is special about a checkpoint, in a word."""

    label: str
    icon: str
    css: str


BADGES = {
    "error": Badge("error", "cross", "err"),
    "interrupt": Badge("interrupt", "pause", "wait"),
    "edit": Badge("edit", "edit", "edit"),
    "fork": Badge("fork", "branch", "edit"),
    "stop": Badge("stopped", "stop", ""),
}


@dataclass(frozen=True, slots=True)
class RowView:
    """One row: `what` ran, `then` the error, what is next or where the words were found; `link` is the id as it goes
    into an address; `of_run`: the run that is marked made it."""

    id: str
    link: str
    row: Row
    step: str
    what: str
    then: str
    mark: str
    badge: Badge | None
    when: datetime | None
    selected: bool
    aside: bool
    of_run: bool = False
    kind: str = "row"


@dataclass(frozen=True, slots=True)
class Heading:
    """The line above the rows of a run: what is known of it; `idle` tells the time between it and what follows."""

    row: Row
    heading: str
    run_id: str
    idle: str = ""
    marked: bool = False
    kind: str = "run"


@dataclass(frozen=True, slots=True)
class Fold:
    """The line that folds the side branches of a checkpoint."""

    row: Row
    id: str
    words: str
    shut: bool
    kind: str = "fold"


View = RowView | Heading | Fold


@dataclass(frozen=True, slots=True)
class Listing:
    """All lines of a choice, from the top: lines of a drawing, or rows without lanes that were found."""

    spine: Spine
    choice: Choice
    lines: Sequence[Line]
    place: int | None
    map: Minimap
    excerpts: dict[str, str] = field(default_factory=dict)

    @property
    def of_run(self) -> set[int]:
        """The columns of the map in which the marked run has checkpoints."""
        if not self.choice.run:
            return set()
        return {
            column_of(place, len(self.lines))
            for place, line in enumerate(self.lines)
            if line.row.checkpoint.run_id == self.choice.run
        }


@dataclass(frozen=True)
class Window:
    """The lines on show: `first` is the place of the first of them. `above` and `below` are the heights in pixels of
    what is not shown; `place` is that of the selected line."""

    listing: Listing
    first: int
    runs: Sequence[Run] = ()

    @cached_property
    def rows(self) -> list[View]:
        """The lines themselves, made when they are first looked at."""
        return list(_views(self.listing, self.first, {run.id: run for run in self.runs}))

    @property
    def lines(self) -> int:
        """How many lines there are in all."""
        return len(self.listing.lines)

    @property
    def total(self) -> int:
        """How many checkpoints are known."""
        return len(self.listing.spine.tree.nodes)

    @property
    def leaves(self) -> int:
        """How many branches there are."""
        return self.listing.spine.tree.leaves

    @property
    def height(self) -> int:
        """The place of the selected line, counted from the bottom and from 1."""
        return self.lines - (self.listing.place or 0)

    @property
    def above(self) -> int:
        """Pixels of the lines above."""
        return self.first * LINE

    @property
    def below(self) -> int:
        """Pixels of the lines below."""
        return max(0, self.lines - self.first - WINDOW) * LINE


def listing(spine: Spine, snapshot: Snapshot | None, choice: Choice) -> Listing:
    """The lines that a choice lists beside a state."""
    selected_id = snapshot.checkpoint.id if snapshot else None
    if not choice.words:
        drawn = drawing(spine, selected_id, choice)
        return Listing(spine, choice, drawn.lines, drawn.place(selected_id), spine.minimap(drawn))
    found = find(spine, snapshot, choice.words)
    lines = [Line(Row(one.checkpoint, 0, rises=False, falls=False, forks=False)) for one in found]
    place = next((place for place, one in enumerate(found) if one.checkpoint.id == selected_id), None)
    return Listing(spine, choice, lines, place, minimap(lines), {one.checkpoint.id: one.excerpt for one in found})


def window(listed: Listing, start: int | None = None, runs: Sequence[Run] = ()) -> Window:
    """The window of lines that begins at `start`, or by default the one with the selected row in it."""
    if start is None:
        place = listed.place or 0
        start = 0 if place < WINDOW - MARGIN else place - MARGIN
    return Window(listed, max(0, min(start, len(listed.lines) - WINDOW)), runs)


def run_facts(run: Run | None, cost: Measures | None) -> list[str]:
    """What is known of a run: status, time, tokens. Its checkpoints tell the time when the run itself is not known."""
    seconds = run.seconds if run else cost.seconds if cost else None
    tokens = cost.input + cost.output if cost else 0
    facts = [run.status if run else "", duration(seconds), f"{number_text(tokens)} tokens" if tokens else ""]
    return [fact for fact in facts if fact]


def _views(listed: Listing, start: int, runs: dict[str, Run]) -> Iterator[View]:
    spine, choice = listed.spine, listed.choice
    above = listed.lines[start - 1].row.checkpoint if start else None
    for place, line in enumerate(listed.lines[start : start + WINDOW], start):
        checkpoint = line.row.checkpoint
        if line.kind == "run":
            run_id = checkpoint.run_id or ""
            facts = [f"run …{run_id[-6:]}", *run_facts(runs.get(run_id), spine.costs.get(run_id))]
            yield Heading(line.row, " · ".join(facts), run_id, _idle(spine.tree, above, line), run_id == choice.run)
        elif line.kind == "fold":
            words = f"{line.heads} fork{'s' * (line.heads > 1)} · {line.checkpoints} checkpoint"
            yield Fold(line.row, checkpoint.id, words + "s" * (line.checkpoints > 1), line.shut)
        else:
            yield _view(listed, line.row, selected=place == listed.place)
        above = checkpoint


def _idle(tree: Tree, above: Checkpoint | None, line: Line) -> str:
    """How long nothing happened between a run and what followed it directly."""
    if above is None or tree.parents.get(above.id) != line.row.checkpoint.id:
        return ""
    seconds = idle_before(above, line.row.checkpoint)
    return f"{duration(seconds)} idle" if seconds >= LONG else ""


def _view(listed: Listing, row: Row, selected: bool) -> RowView:
    checkpoint = row.checkpoint
    mark = titles.mark(checkpoint)
    error = checkpoint.error if mark == "error" else ""
    return RowView(
        id=checkpoint.id,
        link=quote(checkpoint.id, safe=""),
        row=row,
        step="" if checkpoint.step is None else str(checkpoint.step).replace("-", "−"),
        what=titles.title(listed.spine.tree, checkpoint),
        then=error or listed.excerpts.get(checkpoint.id) or titles.then(checkpoint),
        mark=mark,
        badge=BADGES.get(mark),
        when=checkpoint.created_at,
        selected=selected,
        aside=row.lane > 0,
        of_run=bool(listed.choice.run) and checkpoint.run_id == listed.choice.run,
    )
