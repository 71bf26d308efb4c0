"""Rows, lanes and folds: against a naive drawing, and drawn row by row to see whether the lines meet."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.lanes import Drawing, Line, Row, draw, draw_by_time, draw_path, forks, rows
from studio.history.model import Checkpoint
from studio.history.tree import Tree, grow
from tests.history.trees import hostile, line, name, sound, spine
from tests.support.effort import growth

ANY = st.one_of(sound(), hostile())
Told = tuple[str, str, int, int, int, bool]


@st.composite
def folded(draw: st.DrawFn) -> tuple[Tree, set[str]]:
    """A tree of any kind, in which runs come and go, and some of its forks."""
    runs = draw(st.lists(st.sampled_from([None, "a", "b"]), min_size=1, max_size=8))
    checkpoints = [replace(c, run_id=runs[n % len(runs)]) for n, c in enumerate(draw(ANY))]
    tree = grow(checkpoints)
    places = sorted(forks(tree))
    return tree, draw(st.sets(st.sampled_from(places))) if places else set()


def heads(tree: Tree, id: str) -> int:
    return sum(heads(tree, child) for child in tree.children.get(id, ())) or 1


def below(tree: Tree, id: str) -> list[str]:
    """A checkpoint and all that came of it."""
    return [id, *(deep for child in tree.children.get(id, ()) for deep in below(tree, child))]


def main(tree: Tree, id: str) -> str:
    """The child that keeps the lane of a checkpoint with children."""
    path = tree.path(tree.head.id) if tree.head else []
    children = tree.children[id]
    on = next((child for child in children if tree.nodes[child] in path), None)
    return on or max(children, key=lambda child: (heads(tree, child), child))


def naive(tree: Tree, shut: set[str]) -> list[Told]:
    """The lines from top to bottom, said as the theory says it, by recursion and without a care for time."""

    def block(id: str, lane: int) -> list[Told]:
        drawn: list[Told] = [("row", id, lane, 0, 0, False)]
        if id not in tree.children:
            return drawn
        sides = [child for child in tree.children[id] if child != main(tree, id)]
        if sides:
            counts = sum(heads(tree, side) for side in sides), sum(len(below(tree, side)) for side in sides)
            drawn.insert(0, ("fold", id, lane, *counts, id in shut))
        for side in sides if id not in shut else []:  # the oldest is nearest to the fork
            drawn = block(side, lane + 1) + drawn
        return block(main(tree, id), lane) + drawn

    newest = tree.path(tree.head.id)[0].id if tree.head else ""
    roots = sorted(tree.children.get(None, ()), key=lambda id: (id == newest, id), reverse=True)
    return [line for root in roots for line in block(root, 0)]


def told(drawing: Drawing) -> list[Told]:
    return [
        (line.kind, line.row.checkpoint.id, line.row.lane, line.heads, line.checkpoints, line.shut)
        for line in drawing.lines
        if line.kind != "run"
    ]


def listed(drawing: Drawing) -> list[Row]:
    return [line.row for line in drawing.lines if line.kind == "row"]


@given(folded())
@settings(max_examples=200, deadline=None)
def test_lines_stand_where_the_naive_drawing_puts_them(given: tuple[Tree, set[str]]) -> None:
    tree, shut = given
    assert told(draw(tree, shut)) == naive(tree, shut)


@given(folded())
@settings(max_examples=150, deadline=None)
def test_folds_leave_out_their_side_branches_and_nothing_else(given: tuple[Tree, set[str]]) -> None:
    tree, shut = given
    drawing = draw(tree, shut)
    seen = [row.checkpoint.id for row in listed(drawing)]
    kept = {
        id
        for id in tree.nodes
        if not any(at.id in shut and main(tree, at.id) != on.id for at, on in pairwise(tree.path(id)))
    }
    assert len(seen) == len(kept)
    assert set(seen) == kept
    open = {row.checkpoint.id: row for row in rows(tree)}
    assert all(row == open[row.checkpoint.id] for row in listed(drawing)), "what stays is drawn as it was"


@given(folded())
@settings(max_examples=150, deadline=None)
def test_every_listed_fork_has_its_fold_line_above_it(given: tuple[Tree, set[str]]) -> None:
    tree, shut = given
    drawing = draw(tree, shut)
    folds = {line.row.checkpoint.id: place for place, line in enumerate(drawing.lines) if line.kind == "fold"}
    seen = {row.checkpoint.id for row in listed(drawing)}
    assert folds.keys() == {id for id in seen if len(tree.children.get(id, ())) > 1} == seen & set(forks(tree))
    for id, place in folds.items():
        fork = drawing.place(id)
        assert fork is not None
        assert {line.kind for line in drawing.lines[place + 1 : fork]} <= {"run"}, "but for the heading of its run"
        assert drawing.lines[place].shut == (id in shut)


@given(folded())
@settings(max_examples=150, deadline=None)
def test_what_the_folds_shut_away_is_all_that_is_not_listed(given: tuple[Tree, set[str]]) -> None:
    tree, shut = given
    drawing = draw(tree, shut)
    away = [line for line in drawing.lines if line.shut]
    assert sum(line.checkpoints for line in away) == len(tree.nodes) - len(listed(drawing))
    hidden_heads = set(tree.nodes) - {row.checkpoint.id for row in listed(drawing)} - tree.children.keys()
    assert sum(line.heads for line in away) == len(hidden_heads)


@given(ANY)
@settings(max_examples=100, deadline=None)
def test_every_checkpoint_has_one_row_above_its_parent(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    place = {row.checkpoint.id: i for i, row in enumerate(rows(tree))}
    assert place.keys() == tree.nodes.keys()
    assert len(rows(tree)) == len(tree.nodes)
    assert all(place[id] < place[parent] for id, parent in tree.parents.items() if parent is not None)


@given(sound())
@settings(max_examples=100, deadline=None)
def test_lane_zero_is_the_active_path_and_the_main_lines_of_other_roots(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    lines: dict[str, list[Checkpoint]] = {}
    for row in rows(tree):
        if row.lane == 0:
            lines.setdefault(tree.path(row.checkpoint.id)[0].id, []).append(row.checkpoint)
    assert lines.keys() == set(tree.children.get(None, ()))
    for line_on in lines.values():
        assert line_on[::-1] == tree.path(line_on[0].id)
    if tree.head:
        assert lines[tree.path(tree.head.id)[0].id][0] == tree.head


@given(ANY)
@settings(max_examples=100, deadline=None)
def test_few_lanes_are_enough(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for row in rows(tree):
        assert row.lane + 1 <= int(log2(tree.leaves)) + 2


@given(folded())
@settings(max_examples=200, deadline=None)
def test_each_row_drawn_from_its_own_facts_meets_its_neighbours(given: tuple[Tree, set[str]]) -> None:
    drawn = listed(draw(*given))
    for above, below in pairwise(drawn):
        assert _lines_at_bottom(above) == _lines_at_top(below)
    if drawn:
        assert _lines_at_top(drawn[0]) == set()
        assert _lines_at_bottom(drawn[-1]) == set()


@given(ANY)
@settings(max_examples=100, deadline=None)
def test_the_line_of_a_child_reaches_its_parent_and_nobody_else(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    drawn = rows(tree)
    for i, row in enumerate(drawn):
        parent = tree.parents[row.checkpoint.id]
        assert (row.falls or row.forks) == (parent is not None)
        assert not (row.falls and row.forks)
        assert row.rises == (row.checkpoint.id in tree.children)
        if parent is None:
            continue
        lane = row.lane - row.forks
        met = next(other for other in drawn[i + 1 :] if other.lane <= lane)
        assert met.checkpoint.id == parent
        assert met.lane == lane


def _lines_at_top(row: Row) -> set[int]:
    return {*range(row.lane), *([row.lane] if row.rises else [])}


def _lines_at_bottom(row: Row) -> set[int]:
    return {*range(row.lane), *([row.lane] if row.falls else []), *([row.lane - 1] if row.forks else [])}


def test_side_branches_stand_above_their_fork_the_newest_on_top() -> None:
    tree = grow(spine({0: None, 1: 0, 2: 0, 3: 2, 4: 0}))
    drawn = [(row.checkpoint.id, row.lane, row.forks) for row in rows(tree)]
    assert drawn == [
        (name(4), 0, False),
        (name(3), 1, False),
        (name(2), 1, True),
        (name(1), 1, True),
        (name(0), 0, False),
    ]


@given(folded())
@settings(max_examples=150, deadline=None)
def test_the_list_has_a_heading_wherever_a_run_begins(given: tuple[Tree, set[str]]) -> None:
    tree, shut = given
    some = sorted(tree.nodes)[:2]
    for drawing in (draw(tree, shut), *(draw_path(tree, id) for id in some), *(draw_by_time(tree) for _ in some)):
        above: str | None = None
        heading: Line | None = None
        for one in drawing.lines:
            run = one.row.checkpoint.run_id
            if heading:
                assert one == Line(heading.row), "a heading stands right above its row"
            heading = one if one.kind == "run" else None
            if heading:
                assert run
                assert run != above
            elif one.kind == "row":
                assert not run or run == above, "its heading or another row of the run stands above it"
            above = run if one.kind != "fold" else above
        assert heading is None


@given(folded())
@settings(max_examples=100, deadline=None)
def test_each_listed_checkpoint_is_found_at_its_place(given: tuple[Tree, set[str]]) -> None:
    tree, shut = given
    for drawing in (draw(tree), draw(tree, shut), *([draw_by_time(tree)] if tree.nodes else [])):
        places = {id: drawing.place(id) for id in tree.nodes if drawing.place(id) is not None}
        assert places == {
            line.row.checkpoint.id: place for place, line in enumerate(drawing.lines) if line.kind == "row"
        }
        assert drawing.place(None) is drawing.place("") is drawing.place("nobody") is None


@given(ANY)
@settings(max_examples=100, deadline=None)
def test_a_branch_is_drawn_alone_as_one_straight_line(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id in tree.nodes:
        drawn = listed(draw_path(tree, id))
        assert [row.checkpoint for row in drawn] == tree.path(tree.tip(id))[::-1]
        assert id in [row.checkpoint.id for row in drawn]
        assert {(row.lane, row.forks) for row in drawn} == {(0, False)}
        assert [row.rises for row in drawn] == [False] + [True] * (len(drawn) - 1)
        assert [row.falls for row in drawn] == [True] * (len(drawn) - 1) + [False]
        assert all(line.kind != "fold" for line in draw_path(tree, id).lines)


def test_the_branch_of_an_unknown_checkpoint_is_empty() -> None:
    assert draw_path(grow(line(3)), "nobody").lines == ()
    assert draw_path(Tree(), "nobody").lines == ()


@given(ANY.filter(bool))
@settings(max_examples=150, deadline=None)
def test_by_time_the_newest_stands_first_each_in_its_lane(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    drawing = draw_by_time(tree)
    assert [row.checkpoint.id for row in listed(drawing)] == sorted(tree.nodes, reverse=True)
    assert {row.checkpoint.id: row.lane for row in listed(drawing)} == {
        row.checkpoint.id: row.lane for row in rows(tree)
    }
    assert not any(row.forks for row in listed(drawing))
    assert not any(line.kind == "fold" for line in drawing.lines)


@given(sound().filter(bool))
@settings(max_examples=150, deadline=None)
def test_by_time_the_active_path_is_one_line_and_others_are_joined_to_their_parents_only(
    checkpoints: list[Checkpoint],
) -> None:
    tree = grow(checkpoints)
    tree = grow(tree.nodes[id] for id in below(tree, tree.path(max(tree.nodes))[0].id))  # one root: see below
    drawn = listed(draw_by_time(tree))
    joined = [
        tree.parents[above.checkpoint.id] == below.checkpoint.id and above.lane == below.lane
        for above, below in pairwise(drawn)
    ]
    active = {row.checkpoint.id: row for row in rows(tree) if row.lane == 0}
    for row, rises, falls in zip(drawn, [False, *joined], [*joined, False], strict=True):
        assert row == active.get(row.checkpoint.id, replace(row, rises=rises, falls=falls))


def test_by_time_two_roots_that_grew_in_turns_are_not_joined() -> None:
    tree = grow(spine({0: None, 1: None, 2: 0, 3: 1}))
    drawn = {row.checkpoint.id: row for row in listed(draw_by_time(tree))}
    assert not drawn[name(2)].falls, "below it stands a checkpoint of the other root"
    assert not drawn[name(0)].rises


def test_by_time_nothing_is_nothing() -> None:
    assert draw_by_time(Tree()).lines == ()


def test_a_head_that_came_before_its_child_by_name_is_not_added_to() -> None:
    """Clocks of two machines may differ: the child of a checkpoint can have an older id."""
    known = spine({1: None, 5: 1, 3: 5})
    made = Checkpoint(name(6), name(5))
    assert draw(grow(known)).followed_by(made) in (None, draw(grow([*known, made])))


def test_a_checkpoint_that_others_wait_for_is_not_just_added() -> None:
    known = spine({1: None, 3: 6, 5: 1})
    made = Checkpoint(name(6), name(5))
    assert draw(grow(known)).followed_by(made) in (None, draw(grow([*known, made])))


def test_by_time_a_branch_that_grew_in_turns_stands_beside_the_active_path() -> None:
    tree = grow(spine({0: None, 1: 0, 2: 0, 3: 1, 4: 3}))
    drawn = [(row.checkpoint.id, row.lane, row.rises, row.falls) for row in listed(draw_by_time(tree))]
    assert drawn == [
        (name(4), 0, False, True),
        (name(3), 0, True, True),  # the active path goes on behind the other branch
        (name(2), 1, False, False),
        (name(1), 0, True, True),
        (name(0), 0, True, False),
    ]


@given(folded(), st.sampled_from([None, "a", "b"]))
@settings(max_examples=150, deadline=None)
def test_what_comes_after_the_newest_head_is_drawn_as_if_it_were_drawn_anew(
    given: tuple[Tree, set[str]], run: str | None
) -> None:
    tree, shut = given
    if tree.head is None or tree.head.id in tree.children:
        return  # a head with a child that is older is none
    made = Checkpoint(name(99_999), tree.head.id, run_id=run)
    whole = grow([*tree.nodes.values(), made])
    assert draw(tree).followed_by(made) == draw(whole)
    assert draw(tree, shut).followed_by(made) == draw(whole, shut)
    assert draw_path(tree, tree.head.id).followed_by(made) == draw_path(whole, made.id)
    assert draw_by_time(tree).followed_by(made) == draw_by_time(whole)


@given(ANY, ANY)
@settings(max_examples=150, deadline=None)
def test_what_does_not_come_after_the_newest_head_is_not_added(
    checkpoints: list[Checkpoint], others: list[Checkpoint]
) -> None:
    tree = grow(checkpoints)
    drawing = draw(tree)
    head = tree.head.id if tree.head else ""
    for other in others:
        if other.parent_id != head or other.id <= head:
            assert drawing.followed_by(other) is None
    for id in tree.nodes.keys() - {head}:
        assert drawing.followed_by(Checkpoint(name(99_999), id)) is None
    assert drawing.followed_by(Checkpoint(name(99_999))) is None


def test_a_branch_without_the_newest_head_is_not_added_to() -> None:
    tree = grow(spine({0: None, 1: 0, 2: 1, 3: 0}))
    made = Checkpoint(name(4), name(3))
    assert draw_path(tree, name(1)).followed_by(made) is None
    assert draw_path(tree, name(0)).followed_by(made) is not None


def test_a_run_that_goes_on_moves_its_heading_up() -> None:
    tree = grow([Checkpoint("a", run_id="r"), Checkpoint("b", "a", run_id="r")])
    for run, kinds in (("r", ["run", "row", "row", "row"]), ("s", ["run", "row", "run", "row", "row"])):
        drawing = draw(tree).followed_by(Checkpoint("c", "b", run_id=run))
        assert drawing
        assert [line.kind for line in drawing.lines] == kinds
        assert {id: drawing.lines[drawing.place(id) or 0].row.checkpoint.id for id in "abc"} == {id: id for id in "abc"}


def test_no_checkpoints_make_no_rows() -> None:
    assert rows(grow([])) == []


def test_a_fold_says_how_much_it_hides() -> None:
    tree = grow(spine({0: None, 1: 0, 2: 1, 3: 1, 4: 0, 5: 4, 6: 0}))
    (fold,) = (line for line in draw(tree, {name(0)}).lines if line.kind == "fold")
    assert fold == Line(Row(tree.nodes[name(0)], 0, True, False, False), "fold", heads=3, checkpoints=5, shut=True)
    assert [row.checkpoint.id for row in listed(draw(tree, {name(0)}))] == [name(6), name(0)]
    assert sorted(forks(tree)) == [name(0), name(1)]


def test_folding_what_is_no_fork_changes_nothing() -> None:
    tree = grow(spine({0: None, 1: 0, 2: 0, 3: None}))
    assert draw(tree, {name(1), name(2), "nobody"}) == draw(tree)
    assert list(forks(tree)) == [name(0)], "two roots are no fork: nothing stands below them"


def bush(length: int) -> list[Checkpoint]:
    """Every checkpoint has two children."""
    return spine({n: n // 2 - 1 if n > 1 else (0 if n else None) for n in range(length)})


def comb(length: int) -> list[Checkpoint]:
    """Every other checkpoint is a head."""
    return spine({n: max(n - 2, 0) if n else None for n in range(length)})


@pytest.mark.parametrize("shape", [line, bush, comb])
def test_what_drawing_costs_is_in_proportion_to_the_length(shape: Callable[[int], list[Checkpoint]]) -> None:
    def drawing(length: int) -> Callable[[], object]:
        tree = grow(shape(length))
        return lambda: (rows(tree), draw(tree, set(forks(tree))), draw_by_time(tree))

    assert growth(drawing, 500) < 2.2


def test_long_branches_and_many_of_them_are_drawn() -> None:
    for checkpoints in (line(20_000), bush(20_000), comb(20_000)):
        tree = grow(checkpoints)
        drawn = rows(tree)
        shut = draw(tree, set(forks(tree)))
        assert len(drawn) == 20_000
        assert max(row.lane for row in drawn) + 1 <= log2(tree.leaves) + 2
        assert [row.checkpoint for row in listed(shut)] == tree.path(name(19_999))[::-1]
