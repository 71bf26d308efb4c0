"""History rows as the template draws them: plain words and numbers, no logic left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from studio.deployments.runs import Run
from studio.history.lanes import Row, rows
from studio.history.model import Checkpoint
from studio.history.tree import Tree

WINDOW = 600
"""Rows on the page at once; older and newer ones are a link away."""

SOURCES = {"input": "input", "update": "state edited", "fork": "fork"}


@dataclass(frozen=True, slots=True)
class RowView:
    """One row: `what` ran, `then` what is next, `mark` is interrupt, error, edit, fork or ""; `headline` is written
    above it."""

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
    headline: str


@dataclass(frozen=True, slots=True)
class Window:
    """The rows on show, and where the neighbouring windows begin (None: there is none)."""

    rows: list[RowView]
    newer: int | None
    older: int | None
    total: int
    leaves: int


def window(tree: Tree, selected_id: str | None, start: int | None = None, runs: Sequence[Run] = ()) -> Window:
    """The window of rows that begins at `start`, or by default the one with the selected row in it."""
    drawn = rows(tree)
    if start is None:
        place = next((i for i, row in enumerate(drawn) if row.checkpoint.id == selected_id), 0)
        start = 0 if place < WINDOW - 50 else place - WINDOW // 2
    start = max(0, min(start, max(len(drawn) - 1, 0)))
    shown = drawn[start : start + WINDOW]
    before = [None, *(row.checkpoint.run_id for row in shown)]
    known = {run.id: run for run in runs}
    views = [
        _view(tree, row, row.checkpoint.id == selected_id, _headline(row.checkpoint.run_id, before[i], known))
        for i, row in enumerate(shown)
    ]
    end = start + WINDOW
    return Window(
        views, max(0, start - WINDOW) if start else None, end if end < len(drawn) else None, len(drawn), tree.leaves
    )


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


def _headline(run_id: str | None, above: str | None, known: Mapping[str, Run]) -> str:
    """What is written over the rows of a run, where they begin; "" in their midst and where there is no run."""
    if run_id is None or run_id == above:
        return ""
    run = known.get(run_id)
    facts = [f"run …{run_id[-6:]}", run.status if run else "", _duration(run.seconds if run else None)]
    return " · ".join(fact for fact in facts if fact)


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _view(tree: Tree, row: Row, selected: bool, headline: str) -> RowView:
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
        headline=headline,
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
        return "error"
    if checkpoint.interrupted:
        return "interrupt"
    return {"update": "edit", "fork": "fork"}.get(checkpoint.source, "")
