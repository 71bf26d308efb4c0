"""History rows as the template draws them: plain words and numbers, no logic left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from studio.deployments.runs import Run
from studio.history.lanes import Drawing, Line, Row, draw
from studio.history.model import STOPPED, Checkpoint
from studio.history.tree import Tree, grow

WINDOW = 50
"""Lines on the page at once; the others are fetched as they are scrolled to."""
MARGIN = 12
"""Lines above the selected one, when the window is laid around it."""
LINE = 28
"""Height of a line in pixels, as in the style sheet."""
SOURCES = {"input": "input", "update": "state edited", "fork": "fork"}


@dataclass(frozen=True, slots=True)
class RowView:
    """One row: `what` ran, `then` what is next, `mark` is interrupt, error, stop, edit, fork or ""."""

    id: str
    row: Row
    step: str
    what: str
    then: str
    mark: str
    error: str
    when: datetime | None
    run_id: str
    selected: bool
    aside: bool
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """The line above the rows of a run: what is known of it."""

    row: Row
    heading: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Window:
    """The lines on show: `first` is the place of the first of them among `lines` in all. `total` counts checkpoints,
    `above` and `below` are the heights in pixels of what is not shown."""

    rows: list[RowView | Heading]
    first: int
    lines: int
    total: int
    leaves: int

    @property
    def above(self) -> int:
        """Pixels of the lines above."""
        return self.first * LINE

    @property
    def below(self) -> int:
        """Pixels of the lines below."""
        return (self.lines - self.first - len(self.rows)) * LINE


@dataclass(frozen=True, slots=True)
class Choice:
    """Which lines are listed: all, those of the selected branch only, or the checkpoints that `words` are found in."""

    path_only: bool = False
    words: str = ""


def window(
    drawing: Drawing,
    selected_id: str | None,
    start: int | None = None,
    runs: Sequence[Run] = (),
    choice: Choice = Choice(),
) -> Window:
    """The window of lines that begins at `start`, or by default the one with the selected row in it."""
    lines, places = _chosen(drawing, selected_id, choice)
    if start is None:
        place = places.get(selected_id or "", 0)
        start = 0 if place < WINDOW - MARGIN else place - MARGIN
    start = max(0, min(start, len(lines) - WINDOW))
    known = {run.id: run for run in runs}
    views: list[RowView | Heading] = []
    for line in lines[start : start + WINDOW]:
        run_id = line.row.checkpoint.run_id or ""
        if line.heading:
            views.append(Heading(line.row, _heading(run_id, known.get(run_id)), run_id))
        else:
            views.append(_view(drawing.tree, line.row, line.row.checkpoint.id == selected_id))
    return Window(views, start, len(lines), len(drawing.tree.nodes), drawing.tree.leaves)


def _chosen(drawing: Drawing, selected_id: str | None, choice: Choice) -> tuple[Sequence[Line], Mapping[str, int]]:
    """The lines of a choice, and the places of its checkpoints among them."""
    tree = drawing.tree
    if choice.path_only and selected_id in tree.nodes:
        drawing = draw(grow(tree.path(tree.tip(selected_id))))
    if not choice.words:
        return drawing.lines, drawing.places
    wanted = choice.words.lower().split()
    found = [
        Line(Row(line.row.checkpoint, 0, rises=False, falls=False, forks=False))
        for line in drawing.lines
        if not line.heading and all(word in _text(tree, line.row.checkpoint) for word in wanted)
    ]
    return found, {line.row.checkpoint.id: place for place, line in enumerate(found)}


def _text(tree: Tree, checkpoint: Checkpoint) -> str:
    """What a search finds a checkpoint by: its row, its ids, and what is special about it."""
    special = ["interrupt" * checkpoint.interrupted, f"error {checkpoint.error}" * bool(checkpoint.error)]
    ids = [checkpoint.id, checkpoint.run_id or "", f"step {checkpoint.step}"]
    return " ".join([title(tree, checkpoint), _then(checkpoint), checkpoint.source, *special, *ids]).lower()


def title(tree: Tree, checkpoint: Checkpoint) -> str:
    """What happened at a checkpoint, in a word or two: the nodes that ran, or where it came from."""
    ran = tree.ran(checkpoint.id)
    if ran:
        return "input read" if ran == ("__start__",) else " · ".join(ran)
    if checkpoint.source == "update":
        parent = tree.parent(checkpoint.id)
        return _edited(parent, checkpoint) if parent else "state edited"
    return SOURCES.get(checkpoint.source, checkpoint.source or "checkpoint")


def _edited(parent: Checkpoint, checkpoint: Checkpoint) -> str:
    """What an update changed, as far as the spine tells."""
    if parent.messages_digest == checkpoint.messages_digest:
        return "state edited"
    before, after = set(parent.message_ids), set(checkpoint.message_ids)
    if before == after:
        return "message edited"
    return "message added" if before < after else "messages removed" if after < before else "messages changed"


def _heading(run_id: str, run: Run | None) -> str:
    facts = [f"run …{run_id[-6:]}", run.status if run else "", _duration(run.seconds if run else None)]
    return " · ".join(fact for fact in facts if fact)


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _view(tree: Tree, row: Row, selected: bool) -> RowView:
    checkpoint = row.checkpoint
    return RowView(
        id=checkpoint.id,
        row=row,
        step="" if checkpoint.step is None else str(checkpoint.step).replace("-", "−"),
        what=title(tree, checkpoint),
        then=_then(checkpoint),
        mark=_mark(checkpoint),
        error=checkpoint.error,
        when=checkpoint.created_at,
        run_id=checkpoint.run_id or "",
        selected=selected,
        aside=row.lane > 0,
    )


def _then(checkpoint: Checkpoint) -> str:
    names = list(dict.fromkeys(checkpoint.next))
    if checkpoint.interrupted:
        return "waits for a person"
    if names == ["__start__"]:
        return ""
    return "→ " + ", ".join(names) if names else "end"


def _mark(checkpoint: Checkpoint) -> str:
    if checkpoint.error:
        return "stop" if checkpoint.error == STOPPED else "error"
    if checkpoint.interrupted:
        return "interrupt"
    return {"update": "edit", "fork": "fork"}.get(checkpoint.source, "")
