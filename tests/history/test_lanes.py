"""Rows and lanes: against a naive drawing, and drawn row by row to see whether the lines meet."""

import time
from dataclasses import replace
from itertools import pairwise
from math import log2

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.lanes import Row, draw, rows
from studio.history.model import Checkpoint
from studio.history.tree import Tree, grow
from tests.history.trees import hostile, line, name, sound, spine

ANY = st.one_of(sound(), hostile())


def naive(tree: Tree, active: str) -> list[tuple[str, int]]:
    """(id, lane) from top to bottom, said as the theory says it, by recursion and without a care for time."""
    path = {c.id for c in tree.path(active)}

    def heads(id: str) -> int:
        return sum(map(heads, tree.children.get(id, ()))) or 1

    def block(id: str, lane: int) -> list[tuple[str, int]]:
        sides = list(tree.children.get(id, ()))
        drawn = [(id, lane)]
        if not sides:
            return drawn
        line_on = next((c for c in sides if c in path), None) or max(sides, key=lambda c: (heads(c), c))
        sides.remove(line_on)
        for side in sides:  # the oldest is nearest to the fork
            drawn = block(side, lane + 1) + drawn
        return block(line_on, lane) + drawn

    roots = sorted(tree.children.get(None, ()), key=lambda id: (id not in path, id))
    others = [block(id, 0) for id in roots if id not in path][::-1]
    mine = [block(id, 0) for id in roots if id in path]
    return [row for part in mine + others for row in part]


@given(ANY)
@settings(max_examples=200)
def test_rows_stand_where_the_naive_drawing_puts_them(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    drawn = [(row.checkpoint.id, row.lane) for row in rows(tree)]
    assert drawn == (naive(tree, tree.head.id) if tree.head else [])


@given(sound(), st.data())
@settings(max_examples=60)
def test_any_branch_can_be_the_active_one(checkpoints: list[Checkpoint], data: st.DataObject) -> None:
    tree = grow(checkpoints)
    if not tree.nodes:
        return
    active = data.draw(st.sampled_from(sorted(tree.nodes)))
    assert [(row.checkpoint.id, row.lane) for row in rows(tree, active)] == naive(tree, active)


@given(ANY)
@settings(max_examples=100)
def test_every_checkpoint_has_one_row_above_its_parent(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    place = {row.checkpoint.id: i for i, row in enumerate(rows(tree))}
    assert place.keys() == tree.nodes.keys()
    assert len(rows(tree)) == len(tree.nodes)
    assert all(place[id] < place[parent] for id, parent in tree.parents.items() if parent is not None)


@given(sound())
@settings(max_examples=100)
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
@settings(max_examples=100)
def test_few_lanes_are_enough(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for row in rows(tree):
        assert row.lane + 1 <= int(log2(tree.leaves)) + 2


@given(ANY)
@settings(max_examples=200)
def test_each_row_drawn_from_its_own_facts_meets_its_neighbours(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    drawn = rows(tree)
    for above, below in pairwise(drawn):
        assert _lines_at_bottom(above) == _lines_at_top(below)
    if drawn:
        assert _lines_at_top(drawn[0]) == set()
        assert _lines_at_bottom(drawn[-1]) == set()


@given(ANY)
@settings(max_examples=100)
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


@given(sound(), st.data())
@settings(max_examples=80)
def test_the_list_has_every_row_and_a_heading_wherever_a_run_begins(
    checkpoints: list[Checkpoint], data: st.DataObject
) -> None:
    runs = st.sampled_from(["", "a", "b", "c"])
    tree = grow(replace(checkpoint, run_id=data.draw(runs) or None) for checkpoint in checkpoints)
    drawing = draw(tree)
    assert [line.row for line in drawing.lines if not line.heading] == rows(tree)
    assert {id: drawing.lines[place].row.checkpoint.id for id, place in drawing.places.items()} == {
        id: id for id in tree.nodes
    }
    for before, below in pairwise((None, *drawing.lines)):
        assert below is not None
        run, above = below.row.checkpoint.run_id, before.row.checkpoint.run_id if before else None
        if below.heading:
            assert run
            assert run != above
        elif run:
            assert run == above, "its heading or another row of the run stands above it"


def test_no_checkpoints_make_no_rows() -> None:
    assert rows(grow([])) == []


def test_an_active_checkpoint_that_is_gone_leaves_the_head_active() -> None:
    tree = grow(spine({0: None, 1: 0, 2: 0}))
    assert rows(tree, "gone") == rows(tree)


def test_long_branches_and_many_of_them_are_drawn_at_once() -> None:
    bush = {n: n // 2 - 1 if n > 1 else (0 if n else None) for n in range(20_000)}
    comb = {n: max(n - 2, 0) if n else None for n in range(20_000)}
    for checkpoints in (line(20_000), spine(bush), spine(comb)):
        tree = grow(checkpoints)
        began = time.perf_counter()
        drawn = rows(tree)
        assert time.perf_counter() - began < 2
        assert len(drawn) == 20_000
        assert max(row.lane for row in drawn) + 1 <= log2(tree.leaves) + 2
