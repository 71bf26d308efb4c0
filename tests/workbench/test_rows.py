"""History rows in plain words, in windows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.deployments.runs import Run
from studio.history.model import Checkpoint
from studio.history.tree import grow
from studio.workbench.rows import WINDOW, RowView, title, window
from tests.history.trees import line, name, spine


def row(checkpoint: Checkpoint, *before: Checkpoint) -> RowView:
    """The row of one checkpoint in a tree with those before it."""
    shown = window(grow([*before, checkpoint]), None).rows
    return next(view for view in shown if view.id == checkpoint.id)


ROOT = Checkpoint("a", message_ids=("1", "2"), messages_digest="old", next=("agent",))


def edited(ids: str, digest: str = "new") -> Checkpoint:
    return Checkpoint("b", "a", source="update", message_ids=tuple(ids), messages_digest=digest)


@pytest.mark.parametrize(
    ("checkpoint", "words"),
    [
        (edited("12", "old"), "state edited"),
        (edited("12"), "message edited"),
        (edited("123"), "message added"),
        (edited("1"), "messages removed"),
        (edited("13"), "messages changed"),
        (replace(edited("12"), parent_id="unread"), "state edited"),
        (Checkpoint("b", "a", source="loop"), "agent"),
        (Checkpoint("b", "a", source="input"), "input"),
        (Checkpoint("b", "a", source="fork"), "fork"),
        (Checkpoint("b", "a", source="made-up"), "made-up"),
        (Checkpoint("b", "a"), "checkpoint"),
        (Checkpoint("b", source="loop"), "loop"),
    ],
)
def test_a_row_says_what_happened(checkpoint: Checkpoint, words: str) -> None:
    assert row(checkpoint, ROOT).what == words
    assert title(grow([ROOT, checkpoint]), checkpoint) == words


def test_nodes_that_ran_together_are_named_once_each() -> None:
    parent = replace(ROOT, next=("search", "search", "read"))
    assert row(Checkpoint("b", "a", source="loop"), parent).what == "search · read"
    assert row(Checkpoint("b", "a", source="loop"), replace(ROOT, next=("__start__",))).what == "input read"


@pytest.mark.parametrize(
    ("facts", "then", "mark"),
    [
        ({}, "end", ""),
        ({"next": ("a", "b", "a")}, "→ a, b", ""),
        ({"next": ("__start__",)}, "", ""),
        ({"next": ("a",), "interrupted": True}, "waits for a person", "interrupt"),
        ({"next": ("a",), "error": "ValueError"}, "→ a", "error"),
        ({"interrupted": True, "error": "ValueError", "source": "update"}, "waits for a person", "error"),
        ({"source": "update"}, "end", "edit"),
        ({"source": "fork"}, "end", "fork"),
        ({"source": "loop"}, "end", ""),
    ],
)
def test_a_row_says_what_comes_next_and_what_is_special(facts: dict[str, Any], then: str, mark: str) -> None:
    view = row(Checkpoint("c", **facts))
    assert (view.then, view.mark) == (then, mark)


@pytest.mark.parametrize(("step", "text"), [(None, ""), (-1, "−1"), (0, "0"), (12, "12")])
def test_steps_are_numbered_as_people_write_them(step: int | None, text: str) -> None:
    assert row(Checkpoint("c", step=step)).step == text


def test_the_selected_row_is_marked_and_side_branches_stand_aside() -> None:
    shown = window(grow(spine({0: None, 1: 0, 2: 0})), name(1))
    assert [(view.id, view.selected, view.aside) for view in shown.rows] == [
        (name(2), False, False),
        (name(1), True, True),
        (name(0), False, False),
    ]
    assert (shown.total, shown.leaves) == (3, 2)


def test_a_run_is_named_over_the_newest_of_its_rows() -> None:
    checkpoints = [replace(c, run_id=run) for c, run in zip(line(5), ("a" * 9, "a" * 9, None, "b1", "b1"), strict=True)]
    headlines = [view.headline for view in window(grow(checkpoints), None).rows]
    assert headlines == ["run …b1", "", "", "run …aaaaaa", ""]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (59.97, "1 min 0 s"),
        (60, "1 min 0 s"),
        (119.7, "2 min 0 s"),
        (3600, "60 min 0 s"),
    ],
)
def test_a_run_that_is_known_is_told_with_its_status_and_time(seconds: float, words: str) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    run = Run("run-1", "t", "a", "success", began, updated_at=began + timedelta(seconds=seconds))
    (view,) = window(grow([Checkpoint("c", run_id="run-1")]), None, runs=[run]).rows
    assert view.headline == f"run …run-1 · success · {words}"


def test_an_empty_thread_has_an_empty_window() -> None:
    shown = window(grow([]), None)
    assert (shown.rows, shown.newer, shown.older, shown.total) == ([], None, None, 0)


LONG = grow(line(2 * WINDOW + 100))
TOTAL = 2 * WINDOW + 100


def test_the_windows_hold_every_row_once_and_lead_there_and_back() -> None:
    seen: list[str] = []
    start: int | None = 0
    before: int | None = None
    while start is not None:
        shown = window(LONG, None, start)
        assert shown.newer == before
        seen += [view.id for view in shown.rows]
        before, start = start, shown.older
    assert seen == [name(n) for n in range(TOTAL - 1, -1, -1)]


@pytest.mark.parametrize("place", [0, 10, WINDOW - 51, WINDOW - 50, WINDOW, WINDOW + 300, TOTAL - 1])
def test_the_window_that_opens_has_the_selected_row_in_it(place: int) -> None:
    shown = window(LONG, name(TOTAL - 1 - place))
    assert [view.id for view in shown.rows if view.selected] == [name(TOTAL - 1 - place)]
    assert shown.total == TOTAL


@pytest.mark.parametrize("start", [-5, TOTAL - 1, TOTAL, 10**15])
def test_a_window_asked_for_out_of_range_is_the_nearest(start: int) -> None:
    shown = window(LONG, None, start)
    assert shown.rows
    assert shown.newer is None or shown.newer >= 0
    assert shown.older is None or shown.older < TOTAL
