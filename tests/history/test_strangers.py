"""What a branch holds that another branch wrote first."""

from dataclasses import replace

from hypothesis import given, settings

from studio.history.model import Checkpoint
from studio.history.strangers import strangers
from studio.history.tree import grow
from tests.history.trees import hostile, marks, name


def step(number: int, parent: int | None, *messages: str, source: str = "loop") -> Checkpoint:
    """A checkpoint that a node `agent` made, with these messages, which another step follows."""
    before = None if parent is None else name(parent)
    return Checkpoint(name(number), before, source=source, next=("agent",), messages=marks(*messages))


def test_a_message_that_the_other_branch_wrote_first_is_a_stranger() -> None:
    tree = grow([step(0, None), step(1, 0, "a"), step(2, 1, "a", "b"), step(3, 0, "c"), step(4, 3, "c", "b")])
    assert strangers(tree, name(4)) == ["b"]
    assert strangers(tree, name(3)) == []
    assert strangers(tree, name(2)) == [], "it was there first"


def test_what_was_there_before_the_fork_is_none() -> None:
    tree = grow([step(0, None, "a"), step(1, 0, "a", "b"), step(2, 0, "a", "c")])
    assert strangers(tree, name(2)) == []


def test_what_a_person_writes_or_a_run_reads_is_none() -> None:
    begun = Checkpoint(name(0), None, source="input", next=("__start__",))
    again = [step(n, 0, "question") for n in (1, 2)]
    assert strangers(grow([begun, *again]), name(2)) == []
    edited = [step(0, None), step(1, 0, "a"), step(2, 0, "a", source="update")]
    assert strangers(grow(edited), name(2)) == []


def test_a_message_that_is_only_changed_is_no_new_one() -> None:
    changed = replace(step(3, 2, "a"), messages=marks("a"))
    tree = grow([step(0, None), step(1, 0, "a"), step(2, 0, "a", source="update"), changed])
    assert strangers(tree, name(3)) == []


def test_a_thread_without_forks_has_none() -> None:
    assert strangers(grow([step(0, None, "a"), step(1, 0, "a", "b")]), name(1)) == []


@given(hostile())
@settings(max_examples=100)
def test_no_tree_is_too_hostile(checkpoints: list[Checkpoint]) -> None:
    ours = [replace(c, source="loop", next=("n",), messages=marks(*"abc"[: n % 4])) for n, c in enumerate(checkpoints)]
    tree = grow(ours)
    for id in tree.nodes:
        assert len(set(strangers(tree, id))) == len(strangers(tree, id))
