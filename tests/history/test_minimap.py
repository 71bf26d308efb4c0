"""The strip beside a long list: every line has a column, and what stands out can be seen."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.lanes import Line, Row, draw, forks
from studio.history.minimap import BINS, Minimap, column_of, minimap
from studio.history.model import STOPPED, Checkpoint
from studio.history.tree import grow
from tests.history.trees import line, name, sound, spine


@st.composite
def lists(draw: st.DrawFn) -> list[Line]:
    """Lists of any length, with lines of all kinds and depths, some of which stand out."""
    length = draw(st.integers(0, 3) | st.integers(BINS - 2, BINS + 2) | st.integers(0, 4 * BINS))
    some = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["row", "row", "run", "fold"]),
                st.integers(0, 4),
                st.sampled_from(["", "", "ValueError", STOPPED]),
                st.booleans(),
                st.sampled_from(["loop", "update", "fork", "input"]),
            ),
            min_size=1,
            max_size=20,
        )
    )
    found = []
    for n in range(length):
        kind, lane, error, asks, source = some[n % len(some)]
        checkpoint = Checkpoint(name(n), error=error, interrupted=asks, source=source)
        found.append(Line(Row(checkpoint, lane, rises=False, falls=False, forks=False), kind))
    return found


def special(line: Line) -> str:
    checkpoint = line.row.checkpoint
    if line.kind != "row" or checkpoint.error == STOPPED:
        return ""
    if checkpoint.error or checkpoint.interrupted:
        return "error" if checkpoint.error else "interrupt"
    return "edit" if checkpoint.source in ("update", "fork") else ""


@given(lists())
@settings(max_examples=150, deadline=None)
def test_each_column_shows_the_deepest_and_all_that_is_special_in_its_lines(lines: list[Line]) -> None:
    columns: dict[int, list[Line]] = {}
    for place, one in enumerate(lines):
        columns.setdefault(column_of(place, len(lines)), []).append(one)
    strip = minimap(lines)
    assert strip.depths == tuple(max(one.row.lane for one in columns[column]) + 1 for column in sorted(columns))
    assert {(kind, column) for kind, ticks in strip.ticks.items() for column in ticks} == {
        (special(one), column) for column, those in columns.items() for one in those if special(one)
    }
    for ticks in strip.ticks.values():
        assert ticks
        assert list(ticks) == sorted(set(ticks))


@given(st.integers(1, 5_000))
@settings(max_examples=100, deadline=None)
def test_the_oldest_is_on_the_left_and_no_column_is_empty(count: int) -> None:
    columns = [column_of(place, count) for place in range(count)]
    width = min(BINS, count)
    assert columns[-1] == 0
    assert columns[0] == width - 1
    assert columns == sorted(columns, reverse=True)
    shares = [columns.count(column) for column in range(width)]
    assert min(shares) >= 1
    assert max(shares) - min(shares) <= 1, "they share the lines evenly"


def test_a_short_list_has_one_column_a_line() -> None:
    assert [column_of(place, 4) for place in range(4)] == [3, 2, 1, 0]
    assert minimap(draw(grow(line(4))).lines).depths == (1, 1, 1, 1)


def test_an_empty_list_has_an_empty_strip() -> None:
    assert minimap([]) == Minimap((), {})


@pytest.mark.parametrize(
    ("checkpoint", "kind"),
    [
        (Checkpoint("a"), None),
        (Checkpoint("a", source="loop"), None),
        (Checkpoint("a", source="input"), None),
        (Checkpoint("a", source="update"), "edit"),
        (Checkpoint("a", source="fork"), "edit"),
        (Checkpoint("a", interrupted=True), "interrupt"),
        (Checkpoint("a", source="update", interrupted=True), "interrupt"),
        (Checkpoint("a", error="ValueError"), "error"),
        (Checkpoint("a", error="ValueError", source="update", interrupted=True), "error"),
        (Checkpoint("a", error=STOPPED), None),
    ],
)
def test_errors_questions_and_edits_stand_out(checkpoint: Checkpoint, kind: str | None) -> None:
    assert minimap(draw(grow([checkpoint])).lines).ticks == ({kind: (0,)} if kind else {})


def test_headings_and_folds_do_not_stand_out_a_second_time() -> None:
    wrong = replace(spine({0: None})[0], error="ValueError", run_id="r")
    drawing = draw(grow([wrong, *spine({1: 0, 2: 0})]))
    assert [one.kind for one in drawing.lines] == ["row", "row", "fold", "run", "row"]
    assert minimap(drawing.lines) == Minimap((1, 1, 1, 2, 1), {"error": (0,)})


@given(sound())
@settings(max_examples=50, deadline=None)
def test_a_folded_tree_is_no_deeper_than_an_open_one(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    open, shut = (minimap(draw(tree, folds).lines) for folds in ((), set(forks(tree))))
    assert max(shut.depths, default=0) <= max(open.depths, default=0)
    assert set(shut.depths) <= {1}, "where all is folded"
