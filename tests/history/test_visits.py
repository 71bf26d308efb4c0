"""What ran on the way to a checkpoint."""

from studio.history.model import Checkpoint
from studio.history.tree import Tree, grow
from studio.history.visits import visits


def path(*steps: tuple[str, str]) -> Tree:
    """Checkpoints one after the other: the source of each, and the nodes that follow it, a letter each."""
    made = []
    for place, (source, following) in enumerate(steps):
        names = ("__start__",) if following == "^" else tuple(following)
        made.append(Checkpoint(str(place), str(place - 1) if place else None, source=source, next=names))
    return grow(made)


def test_nodes_are_counted_with_the_last_checkpoint_that_each_made() -> None:
    tree = path(("input", "^"), ("loop", "a"), ("loop", "bb"), ("loop", "a"), ("loop", ""))
    found = visits(tree, "4")
    assert found.counts == {"__start__": 1, "a": 2, "b": 1}
    assert found.newest == {"__start__": "1", "a": "4", "b": "3"}
    assert visits(tree, "2").counts == {"__start__": 1, "a": 1}


def test_the_way_goes_from_the_start_to_the_end_and_begins_anew_with_each_input() -> None:
    tree = path(("input", "^"), ("loop", "a"), ("loop", ""), ("input", "^"), ("loop", "a"), ("loop", "b"), ("loop", ""))
    once = {("__start__", "a"), ("a", "__end__")}
    assert visits(tree, "2").ways == once
    assert visits(tree, "4").ways == once
    assert visits(tree, "6").ways == once | {("a", "b"), ("b", "__end__")}


def test_what_a_person_changed_is_no_step_of_the_way() -> None:
    tree = path(("input", "^"), ("loop", "a"), ("loop", "b"), ("update", "b"), ("fork", "b"), ("loop", ""))
    found = visits(tree, "5")
    assert found.counts == {"__start__": 1, "a": 1, "b": 1}
    assert found.ways == {("__start__", "a"), ("a", "b"), ("b", "__end__")}


def test_only_the_branch_counts_that_the_checkpoint_is_on() -> None:
    tree = path(("input", "^"), ("loop", "a"), ("loop", "b"))
    aside = Checkpoint("9", "1", source="loop", next=())
    assert visits(tree.followed_by(aside), "9").ways == {("__start__", "a"), ("a", "__end__")}
    assert visits(tree, "nowhere").counts == {}
