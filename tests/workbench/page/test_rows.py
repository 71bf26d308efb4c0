"""History rows in plain words, in windows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from studio.deployments.run_rows import Run
from studio.history.marks import Mark, Marks
from studio.history.model import Checkpoint, Snapshot
from studio.history.spine import Spine
from studio.workbench.page.choice import Choice
from studio.workbench.page.rows import LINE, WINDOW, Fold, Heading, RowView, View, Window, listing, window
from studio.workbench.page.titles import title
from tests.history.trees import line, name, spine
from tests.workbench.spines import known

DAY = datetime(2026, 1, 1, tzinfo=UTC)


def shown(
    spine: Spine,
    selected: str | None = None,
    start: int | None = None,
    runs: Sequence[Run] = (),
    choice: Choice = Choice(),  # noqa: B008 – it is frozen
) -> Window:
    """The window of a history while a checkpoint is on show."""
    state = Snapshot(spine.tree.nodes.get(selected) or Checkpoint(selected), {}) if selected else None
    return window(listing(spine, state, choice), start, runs)


def checkpoints_in(window: Window) -> list[RowView]:
    """The rows of a window, without the headings between them."""
    return [view for view in window.rows if isinstance(view, RowView)]


def row(checkpoint: Checkpoint, *before: Checkpoint) -> RowView:
    """The row of one checkpoint in a tree with those before it."""
    return next(view for view in checkpoints_in(shown(known([*before, checkpoint]))) if view.id == checkpoint.id)


def marked(ids: str, hash: str) -> Marks:
    return Marks(Mark(id, hash + id) for id in ids)


ROOT = Checkpoint("a", messages=marked("12", "old"), next=("agent",))


def edited(ids: str, hash: str = "new") -> Checkpoint:
    return Checkpoint("b", "a", source="update", messages=marked(ids, hash))


@pytest.mark.parametrize(
    ("checkpoint", "words"),
    [
        (edited("12", "old"), "state edited"),
        (edited("12"), "message edited"),
        (edited("123", "old"), "message added"),
        (edited("123"), "message added"),
        (edited(""), "messages removed"),
        (edited("21", "old"), "message edited"),
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
    assert title(known([ROOT, checkpoint]).tree, checkpoint) == words


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
        ({"next": ("a",), "error": "ValueError"}, "ValueError", "error"),
        ({"interrupted": True, "error": "ValueError", "source": "update"}, "ValueError", "error"),
        ({"next": ("a",), "error": "CancelledError"}, "→ a", "stop"),
        ({"source": "update"}, "end", "edit"),
        ({"source": "fork"}, "end", "fork"),
        ({"source": "loop"}, "end", ""),
    ],
)
def test_a_row_says_what_comes_next_and_what_is_special(facts: dict[str, Any], then: str, mark: str) -> None:
    view = row(Checkpoint("c", **facts))
    assert (view.then, view.mark) == (then, mark)
    assert (view.badge.label if view.badge else "") == {"stop": "stopped"}.get(mark, mark)


@pytest.mark.parametrize(("step", "text"), [(None, ""), (-1, "−1"), (0, "0"), (12, "12")])
def test_steps_are_numbered_as_people_write_them(step: int | None, text: str) -> None:
    assert row(Checkpoint("c", step=step)).step == text


def test_the_selected_row_is_marked_and_side_branches_stand_aside() -> None:
    found = shown(known(spine({0: None, 1: 0, 2: 0})), name(1))
    assert [(view.id, view.selected, view.aside) for view in checkpoints_in(found)] == [
        (name(2), False, False),
        (name(1), True, True),
        (name(0), False, False),
    ]
    assert (found.total, found.leaves) == (3, 2)


def told(views: Sequence[View]) -> list[str]:
    """Every line in a word: the id of a checkpoint, the words of a heading or fold."""
    return [
        view.heading if isinstance(view, Heading) else view.words if isinstance(view, Fold) else view.id
        for view in views
    ]


def test_a_run_has_a_heading_over_the_newest_of_its_rows() -> None:
    runs = ("first-run", "first-run", None, "b1", "b1")
    checkpoints = [replace(c, run_id=run) for c, run in zip(line(5), runs, strict=True)]
    found = shown(known(checkpoints))
    assert told(found.rows) == ["run …b1 · 0 ms", name(4), name(3), name(2), "run …st-run · 0 ms", name(1), name(0)]
    assert (found.lines, found.total) == (7, 5)


def worked(*seconds: float, run: str = "run-1", source: str = "loop") -> list[Checkpoint]:
    """A branch whose checkpoints were made so many seconds after midnight."""
    return [
        replace(c, run_id=run, source=source, created_at=DAY + timedelta(seconds=after))
        for c, after in zip(line(len(seconds)), seconds, strict=True)
    ]


def headings(spine: Spine, **asked: Any) -> list[Heading]:
    return [view for view in shown(spine, **asked).rows if isinstance(view, Heading)]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "40 ms"), (9.96, "10.0 s"), (59.97, "1 min 0 s"), (119.7, "2 min 0 s"), (3600, "1 h 0 min")],
)
def test_a_run_that_is_known_is_told_with_its_status_and_time(seconds: float, words: str) -> None:
    run = Run("run-1", "t", "a", "success", DAY, updated_at=DAY + timedelta(seconds=seconds))
    (heading,) = headings(known([Checkpoint("c", run_id="run-1")]), runs=[run])
    assert (heading.heading, heading.run_id) == (f"run …run-1 · success · {words}", "run-1")


def test_a_run_that_is_not_known_is_told_by_its_checkpoints() -> None:
    assert headings(known(worked(0, 2, 5)))[0].heading == "run …run-1 · 5.0 s"


def test_a_run_that_works_has_no_time_yet() -> None:
    running = Run("run-1", "t", "a", "running", DAY, updated_at=DAY + timedelta(seconds=3))
    assert headings(known(worked(0, 2, 5)), runs=[running])[0].heading == "run …run-1 · running"


def test_a_run_tells_the_tokens_of_the_messages_that_it_brought() -> None:
    asked, answered = worked(0, 1)
    before, more = Mark("a", "a", 500, 500), Mark("b", "b", 1200, 34)
    asked = replace(asked, messages=Marks([before]), run_id="before")
    answered = replace(answered, messages=Marks([before, more]))
    assert [h.heading for h in headings(known([asked, answered]))] == [
        "run …run-1 · 1.0 s · 1,234 tokens",
        "run …before · 0 ms · 1,000 tokens",
    ]


def two_runs(pause: float) -> list[Checkpoint]:
    """A run, then so many seconds later another one."""
    first, second, third = worked(0, 10, 10 + pause)
    return [first, second, replace(third, run_id="run-2", source="input")]


@pytest.mark.parametrize(("pause", "words"), [(59, ""), (60, "1 min 0 s idle"), (7200, "2 h 0 min idle")])
def test_a_long_pause_after_a_run_is_told_beside_it(pause: float, words: str) -> None:
    newer, older = headings(known(two_runs(pause)))
    assert (newer.idle, older.idle) == ("", words)


def test_time_between_branches_is_no_pause() -> None:
    first, second, third = two_runs(7200)
    aside = replace(third, parent_id=first.id)
    assert [heading.idle for heading in headings(known([first, second, aside]))] == ["", ""]


def test_a_pause_is_told_when_its_window_begins_between_the_runs() -> None:
    found = shown(known(worked(0) + [replace(c, run_id=f"run {n}") for n, c in enumerate(line(60)[1:], 1)]), start=20)
    assert isinstance(found.rows[0], Heading)
    later = [
        replace(c, run_id=f"run {n}", source="input", created_at=DAY + timedelta(hours=n))
        for n, c in enumerate(line(60))
    ]
    found = shown(known(later), start=20)
    assert isinstance(found.rows[0], Heading)
    assert found.rows[0].idle == "1 h 0 min idle"


def test_the_rows_of_the_marked_run_are_marked_and_so_are_its_heading_and_its_columns() -> None:
    spine = known(two_runs(5))
    choice = Choice(run="run-1")
    assert [heading.marked for heading in headings(spine, choice=choice)] == [False, True]
    rows = checkpoints_in(shown(spine, choice=choice))
    assert [(view.id, view.of_run) for view in rows] == [(name(2), False), (name(1), True), (name(0), True)]
    assert listing(spine, None, choice).of_run == {0, 1, 2}, "a line each: two rows and a heading"
    assert not any(view.of_run for view in checkpoints_in(shown(spine)))
    assert listing(spine, None, Choice()).of_run == set()


def test_checkpoints_without_a_run_are_not_those_of_the_run_without_a_name() -> None:
    assert not any(view.of_run for view in checkpoints_in(shown(known(line(3)))))


# 0 ── 1 ── 2 ── 6 ── 7, and aside 1 ── 3, 1 ── 4 ── 5
FORK = known(spine({0: None, 1: 0, 2: 1, 3: 1, 4: 1, 5: 4, 6: 2, 7: 6}))


def test_the_side_branches_of_a_checkpoint_stand_above_a_line_that_counts_them() -> None:
    assert told(shown(FORK).rows) == [
        name(7),
        name(6),
        name(2),
        name(5),
        name(4),
        name(3),
        "2 forks · 3 checkpoints",
        name(1),
        name(0),
    ]
    (fold,) = (view for view in shown(FORK).rows if isinstance(view, Fold))
    assert (fold.id, fold.shut) == (name(1), False)


def test_folded_branches_leave_their_line_behind() -> None:
    found = shown(FORK, choice=Choice(flipped=frozenset([name(1)])))
    assert told(found.rows) == [name(7), name(6), name(2), "2 forks · 3 checkpoints", name(1), name(0)]
    (fold,) = (view for view in found.rows if isinstance(view, Fold))
    assert fold.shut
    assert (found.lines, found.total, found.leaves) == (6, 8, 3), "what is folded away is counted"


def test_one_fork_of_one_checkpoint_is_told_in_the_singular() -> None:
    assert "1 fork · 1 checkpoint" in told(shown(known(spine({0: None, 1: 0, 2: 0}))).rows)


def test_an_empty_thread_has_an_empty_window() -> None:
    found = shown(Spine())
    assert (found.rows, found.first, found.lines, found.total, found.above, found.below) == ([], 0, 0, 0, 0, 0)


TOTAL = 7 * WINDOW + 3
LONG = known(replace(c, run_id=f"run {n // 5}") for n, c in enumerate(line(TOTAL)))
LINES = TOTAL + (TOTAL + 4) // 5
# A branch of two checkpoints aside of every third one: rows, headings and folds in one list.
BUSY = known(
    replace(c, run_id=f"run {n // 5}")
    for n, c in enumerate(spine({n: None if n == 0 else n - 1 if n % 5 in (1, 2, 4) else n - 3 for n in range(TOTAL)}))
)
CHOICES = [
    Choice(),
    Choice(fold="all"),
    Choice(fold="all", flipped=frozenset([name(1), name(6)])),
    Choice(view="path"),
    Choice(view="time"),
    Choice(words="run:run"),
]


def test_the_windows_side_by_side_hold_every_line_once() -> None:
    seen: list[View] = []
    for start in range(0, LINES, WINDOW):
        found = shown(LONG, None, start)
        assert (found.lines, found.total) == (LINES, TOTAL)
        seen += found.rows[start - found.first :]  # the last window is moved up, so that it is full
    assert len(seen) == LINES
    assert [view.id for view in seen if isinstance(view, RowView)] == [name(n) for n in range(TOTAL - 1, -1, -1)]


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("step", [WINDOW, 17])
def test_the_windows_of_every_choice_tile(choice: Choice, step: int) -> None:
    state = Snapshot(BUSY.tree.nodes[name(TOTAL // 2)], {})
    listed = listing(BUSY, state, choice)
    assert len(listed.lines) > WINDOW
    whole: dict[int, View] = {}
    for start in range(0, len(listed.lines), step):
        found = window(listed, start)
        assert found.above + LINE * len(found.rows) + found.below == LINE * len(listed.lines)
        for place, view in enumerate(found.rows, found.first):
            assert whole.setdefault(place, view) == view
    assert [(view.kind, view.row) for _, view in sorted(whole.items())] == [(one.kind, one.row) for one in listed.lines]
    assert sum(isinstance(view, RowView) and view.selected for view in whole.values()) <= 1


@pytest.mark.parametrize("start", [None, 0, 1, WINDOW, LINES - WINDOW, LINES - 1, LINES, 10**15, -5])
def test_a_window_is_full_and_the_heights_beside_it_make_up_the_rest(start: int | None) -> None:
    found = shown(LONG, None, start)
    assert len(found.rows) == WINDOW
    assert 0 <= found.first <= LINES - WINDOW
    assert found.above == found.first * LINE
    assert found.above + WINDOW * LINE + found.below == LINES * LINE
    if start is not None and 0 <= start <= LINES - WINDOW:
        assert found.first == start


@pytest.mark.parametrize("place", [0, 10, WINDOW - 13, WINDOW - 12, WINDOW, TOTAL // 2, TOTAL - 1])
def test_the_window_that_opens_has_the_selected_row_in_it(place: int) -> None:
    wanted = name(TOTAL - 1 - place)
    assert [view.id for view in checkpoints_in(shown(LONG, wanted)) if view.selected] == [wanted]


def test_a_selected_row_that_is_gone_opens_the_newest_window() -> None:
    assert shown(LONG, "gone").first == 0


@pytest.mark.parametrize("total", [1, WINDOW - 1, WINDOW, WINDOW + 1])
def test_a_short_thread_is_shown_as_far_as_it_goes(total: int) -> None:
    found = shown(known(line(total)), name(0))
    assert len(found.rows) == min(total, WINDOW)
    assert found.first == max(0, total - WINDOW)
    assert found.below == 0


def test_the_slider_counts_lines_from_the_oldest_one() -> None:
    assert [shown(LONG, name(place)).height for place in (0, 1, TOTAL - 1)] == [1, 2, LINES - 1]
    assert shown(LONG, "gone").height == LINES
    assert shown(Spine()).height == 0


def test_a_row_that_was_found_tells_where() -> None:
    spine = known([Checkpoint("c", next=("agent",), messages=Marks([Mark("m", "m")]))])
    state = Snapshot(spine.checkpoints[0], {"messages": [{"type": "human", "id": "m", "content": "Kyoto in May"}]})
    (view,) = checkpoints_in(window(listing(spine, state, Choice(words="kyoto"))))
    assert view.then == "Kyoto in May"
    (view,) = checkpoints_in(window(listing(spine, state, Choice(words="agent"))))
    assert view.then == "→ agent"
