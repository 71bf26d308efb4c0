"""History rows in plain words, in windows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.deployments.runs import Run
from studio.history.lanes import draw
from studio.history.model import Checkpoint
from studio.history.tree import Tree, grow
from studio.workbench.rows import LINE, WINDOW, Choice, Heading, RowView, Window, title, window
from tests.history.trees import line, name, spine


def checkpoints_in(shown: Window) -> list[RowView]:
    """The rows of a window, without the headings between them."""
    return [view for view in shown.rows if isinstance(view, RowView)]


def row(checkpoint: Checkpoint, *before: Checkpoint) -> RowView:
    """The row of one checkpoint in a tree with those before it."""
    shown = window(draw(grow([*before, checkpoint])), None)
    return next(view for view in checkpoints_in(shown) if view.id == checkpoint.id)


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
    shown = window(draw(grow(spine({0: None, 1: 0, 2: 0}))), name(1))
    assert [(view.id, view.selected, view.aside) for view in checkpoints_in(shown)] == [
        (name(2), False, False),
        (name(1), True, True),
        (name(0), False, False),
    ]
    assert (shown.total, shown.leaves) == (3, 2)


def test_a_run_has_a_heading_over_the_newest_of_its_rows() -> None:
    checkpoints = [
        replace(c, run_id=run) for c, run in zip(line(5), ("first-run", "first-run", None, "b1", "b1"), strict=True)
    ]
    shown = window(draw(grow(checkpoints)), None)
    told = [view.heading if isinstance(view, Heading) else view.id for view in shown.rows]
    assert told == ["run …b1", name(4), name(3), name(2), "run …st-run", name(1), name(0)]
    assert (shown.lines, shown.total) == (7, 5)


DURATIONS = [(0.04, "0.0 s"), (9.96, "10.0 s"), (59.97, "1 min 0 s"), (119.7, "2 min 0 s"), (3600, "60 min 0 s")]


@pytest.mark.parametrize(("seconds", "words"), DURATIONS)
def test_a_run_that_is_known_is_told_with_its_status_and_time(seconds: float, words: str) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    run = Run("run-1", "t", "a", "success", began, updated_at=began + timedelta(seconds=seconds))
    heading, _ = window(draw(grow([Checkpoint("c", run_id="run-1")])), None, runs=[run]).rows
    assert isinstance(heading, Heading)
    assert (heading.heading, heading.run_id) == (f"run …run-1 · success · {words}", "run-1")


def test_an_empty_thread_has_an_empty_window() -> None:
    shown = window(draw(grow([])), None)
    assert (shown.rows, shown.first, shown.lines, shown.total, shown.above, shown.below) == ([], 0, 0, 0, 0, 0)


TOTAL = 7 * WINDOW + 3
LONG = draw(grow(replace(c, run_id=f"run {n // 5}") for n, c in enumerate(line(TOTAL))))
LINES = TOTAL + (TOTAL + 4) // 5


def test_the_windows_side_by_side_hold_every_line_once() -> None:
    seen: list[RowView | Heading] = []
    for start in range(0, LINES, WINDOW):
        shown = window(LONG, None, start)
        assert (shown.lines, shown.total) == (LINES, TOTAL)
        seen += shown.rows[start - shown.first :]  # the last window is moved up, so that it is full
    assert len(seen) == LINES
    assert [view.id for view in seen if isinstance(view, RowView)] == [name(n) for n in range(TOTAL - 1, -1, -1)]


@pytest.mark.parametrize("start", [None, 0, 1, WINDOW, LINES - WINDOW, LINES - 1, LINES, 10**15, -5])
def test_a_window_is_full_and_the_heights_beside_it_make_up_the_rest(start: int | None) -> None:
    shown = window(LONG, None, start)
    assert len(shown.rows) == WINDOW
    assert 0 <= shown.first <= LINES - WINDOW
    assert shown.above == shown.first * LINE
    assert shown.above + WINDOW * LINE + shown.below == LINES * LINE
    if start is not None and 0 <= start <= LINES - WINDOW:
        assert shown.first == start


@pytest.mark.parametrize("place", [0, 10, WINDOW - 13, WINDOW - 12, WINDOW, TOTAL // 2, TOTAL - 1])
def test_the_window_that_opens_has_the_selected_row_in_it(place: int) -> None:
    wanted = name(TOTAL - 1 - place)
    assert [view.id for view in checkpoints_in(window(LONG, wanted)) if view.selected] == [wanted]


def test_a_selected_row_that_is_gone_opens_the_newest_window() -> None:
    assert window(LONG, "gone").first == 0


@pytest.mark.parametrize("total", [1, WINDOW - 1, WINDOW, WINDOW + 1])
def test_a_short_thread_is_shown_as_far_as_it_goes(total: int) -> None:
    shown = window(draw(grow(line(total))), name(0))
    assert len(shown.rows) == min(total, WINDOW)
    assert shown.first == max(0, total - WINDOW)
    assert shown.below == 0


FORK = grow(spine({0: None, 1: 0, 2: 1, 3: 0, 4: 3}))


def listed(choice: Choice, selected: str | None = None, tree: Tree = FORK) -> list[str]:
    return [view.id for view in checkpoints_in(window(draw(tree), selected, choice=choice))]


def test_one_branch_alone_goes_from_its_head_to_the_root_on_one_lane() -> None:
    assert listed(Choice(path_only=True), name(1)) == [name(2), name(1), name(0)]
    assert listed(Choice(path_only=True), name(4)) == [name(4), name(3), name(0)]
    rows = window(draw(FORK), name(2), choice=Choice(path_only=True)).rows
    assert {view.row.lane for view in rows} == {0}


def test_without_a_selected_checkpoint_one_branch_is_all() -> None:
    assert len(listed(Choice(path_only=True), "nobody")) == 5


@pytest.mark.parametrize("words", [name(3), name(3).upper(), f"  {name(3)}  "])
def test_a_checkpoint_is_found_by_its_id(words: str) -> None:
    assert listed(Choice(words=words)) == [name(3)]


def test_all_words_have_to_be_found_and_what_is_not_found_leaves_nothing() -> None:
    failed = Checkpoint("b", "a", 2, "loop", ("tools",), error="TimeoutError")
    tree = grow([Checkpoint("a", step=1, next=("agent",)), failed])
    assert listed(Choice(words="agent timeout"), tree=tree) == ["b"]
    assert listed(Choice(words="agent nothing"), tree=tree) == []
