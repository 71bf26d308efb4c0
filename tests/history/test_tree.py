"""The tree holds whatever a deployment sends, and its paths end."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings

from studio.history.model import NOTHING, Checkpoint, Held, Shared, Snapshot, Task
from studio.history.tree import Tree, grow
from tests.history.trees import hostile, line, name, sound, spine
from tests.support.effort import growth

#: 0 ─ 1 ─ 2 ─ 5 with the branches 1 ─ 3 ─ 4 and 1 ─ 6
FORKED = grow(spine({0: None, 1: 0, 2: 1, 3: 1, 4: 3, 5: 2, 6: 1}))


@given(hostile())
@settings(max_examples=150)
def test_every_checkpoint_has_one_place_whatever_came(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    placed = Counter(child for children in tree.children.values() for child in children)
    assert placed == Counter({c.id: 1 for c in checkpoints})
    assert tree.nodes.keys() == tree.parents.keys() == placed.keys()
    for parent, children in tree.children.items():
        assert list(children) == sorted(children)
        assert all(tree.parents[child] == parent for child in children)


@given(hostile())
@settings(max_examples=150)
def test_every_path_begins_at_a_root_and_follows_the_parents(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id in tree.nodes:
        path = [c.id for c in tree.path(id)]
        assert path[-1] == id
        assert tree.parents[path[0]] is None
        assert all(tree.parents[below] == above for above, below in pairwise(path))
        assert len(set(path)) == len(path)


@given(hostile())
@settings(max_examples=100)
def test_a_checkpoint_keeps_its_known_parent_unless_that_closes_a_circle(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id, checkpoint in tree.nodes.items():
        if tree.parents[id] == checkpoint.parent_id:
            continue
        if checkpoint.parent_id in tree.nodes:
            circle = [c.id for c in tree.path(checkpoint.parent_id)]
            assert id == circle[0] == min(circle), "only the oldest member of a circle is cut loose"
        else:
            assert tree.parents[id] is None


@given(sound())
@settings(max_examples=100)
def test_the_order_of_arrival_does_not_matter(checkpoints: list[Checkpoint]) -> None:
    assert grow(checkpoints) == grow(sorted(checkpoints, key=lambda c: c.id))


@given(hostile())
@settings(max_examples=100)
def test_a_tip_is_the_newest_head_of_its_own_branch(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id in tree.nodes:
        heads = [h for h in tree.nodes if h not in tree.children and id in [c.id for c in tree.path(h)]]
        assert tree.tip(id) == max(heads)
    assert tree.leaves == len([h for h in tree.nodes if h not in tree.children])


@given(hostile())
@settings(max_examples=100)
def test_siblings_include_oneself_and_share_the_parent(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id in tree.nodes:
        assert id in tree.siblings(id)
        for other in tree.siblings(id):
            assert tree.parents[other] == tree.parents[id]
            assert tree.siblings(other) == tree.siblings(id)


def test_a_fork_has_its_branches_oldest_first() -> None:
    assert FORKED.siblings(name(3)) == (name(2), name(3), name(6))
    assert FORKED.leaves == 3
    assert FORKED.head == FORKED.nodes[name(6)]
    assert FORKED.tip(name(1)) == name(6)
    assert FORKED.tip(name(2)) == name(5)


def test_two_checkpoints_whose_parents_are_not_read_yet_are_no_siblings() -> None:
    tree = grow(spine({7: 3, 8: 4, 9: 3}))
    assert tree.siblings(name(7)) == (name(7), name(9))
    assert tree.siblings(name(8)) == (name(8),)


def test_two_first_checkpoints_are_siblings() -> None:
    tree = grow(spine({1: None, 2: None, 3: 0}))
    assert tree.siblings(name(1)) == (name(1), name(2))


def test_an_unknown_checkpoint_has_no_path_no_parent_no_siblings() -> None:
    assert FORKED.path("nobody") == []
    assert FORKED.parent("nobody") is None
    assert FORKED.siblings("nobody") == ()
    assert FORKED.ran("nobody") == ()


def test_an_empty_tree_has_no_head() -> None:
    assert grow([]) == Tree()
    assert Tree().head is None
    assert Tree().leaves == 0


def test_what_states_share_is_not_known_of_a_head_that_is_done_in_part() -> None:
    first, second, third = (replace(c, channels={"n": Held("x", 1)}) for c in line(3))
    tree, shared, tasks = grow([first, second, third]), Shared(frozenset({"n"})), (Task("1", "a", result={"n": 2}),)
    assert tree.shared(first.id, Snapshot(second, {}, tasks)) == shared, "told without what its tasks wrote"
    assert tree.shared(first.id, Snapshot(third, {})) == shared
    assert tree.shared(first.id, Snapshot(third, {}, tasks)) == NOTHING
    assert tree.shared(None, Snapshot(third, {})) == tree.shared("?", Snapshot(third, {})) == NOTHING
    assert tree.shared(first.id, Snapshot(Checkpoint("?"), {})) == NOTHING


def test_of_two_checkpoints_with_one_id_the_last_counts() -> None:
    first = Checkpoint("a", step=1)
    assert grow([first, replace(first, step=2)]).nodes["a"].step == 2


def test_a_checkpoint_that_is_its_own_parent_is_a_root() -> None:
    tree = grow([Checkpoint("a", "a"), Checkpoint("b", "a")])
    assert [c.id for c in tree.path("b")] == ["a", "b"]


def test_the_nodes_that_ran_are_those_the_parent_announced() -> None:
    parent = Checkpoint("a", next=("search", "search", "answer"))
    assert grow([parent, Checkpoint("b", "a", source="loop")]).ran("b") == ("search", "answer")
    assert grow([parent, Checkpoint("b", "a", source="update")]).ran("b") == ()
    assert grow([Checkpoint("b", "a", source="loop")]).ran("b") == ()


@pytest.mark.parametrize("direction", [1, -1])
def test_a_branch_of_twenty_thousand_checkpoints_is_no_matter_of_depth(direction: int) -> None:
    tree = grow(line(20_000)[::direction])
    assert len(tree.path(name(19_999))) == 20_000
    assert tree.tip(name(0)) == name(19_999)


@pytest.mark.parametrize("direction", [1, -1])
def test_what_growing_and_walking_cost_is_in_proportion_to_the_length(direction: int) -> None:
    def walking(length: int) -> Callable[[], object]:
        def walk() -> None:
            tree = grow(checkpoints)
            tree.path(name(length - 1))
            tree.tip(name(0))

        checkpoints = line(length)[::direction]
        return walk

    assert growth(walking, 1_000) < 2.2


def test_a_line_that_leads_into_a_circle_hangs_on_to_it() -> None:
    tree = grow(spine({0: 5, 5: 4, 4: 3, 3: 4}))
    assert tree.children[None] == (name(3),)
    assert [c.id for c in tree.path(name(0))] == [name(3), name(4), name(5), name(0)]


def test_a_circle_of_twenty_thousand_checkpoints_is_cut_once() -> None:
    tree = grow([*line(20_000)[1:], Checkpoint(name(0), name(19_999))])
    assert tree.children[None] == (name(0),)
