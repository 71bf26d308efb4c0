"""How far a run has come, as its checkpoints tell."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings

from studio.history.model import Checkpoint
from studio.history.progress import Progress, progress
from studio.history.tree import grow
from tests.history.trees import at, hostile, name


def worked(*nodes: tuple[str, ...], run: str = "r") -> list[Checkpoint]:
    """A run: its input, then one checkpoint a second for each super-step of these nodes, and nothing after."""
    following = [("__start__",), *nodes, ()]
    return [
        Checkpoint(
            name(n),
            name(n - 1) if n else None,
            step=n - 1,
            source="loop" if n else "input",
            next=then,
            created_at=at(n * n),
            run_id=run,
        )
        for n, then in enumerate(following)
    ]


def test_a_run_has_come_as_far_as_its_checkpoints() -> None:
    made = progress(grow(worked(("agent",), ("tools", "memory"), ("agent",))[:-1]), "r")
    assert [(step.nodes, step.number, step.seconds) for step in made.done] == [
        (("agent",), 1, 3.0),
        (("tools", "memory"), 2, 5.0),
    ]
    assert (made.next, made.since) == (("agent",), at(9))


def test_a_run_that_is_over_has_nothing_next() -> None:
    made = progress(grow(worked(("agent",))), "r")
    assert ([step.checkpoint_id for step in made.done], made.next) == ([name(2)], ())


def test_the_input_is_no_step() -> None:
    assert progress(grow(worked(("agent",))[:2]), "r").done == ()
    assert progress(grow(worked(("agent",))[:1]), "r").next == ()


def test_only_the_checkpoints_of_the_run_itself_count() -> None:
    before = worked(("agent",), run="earlier")
    after = [
        replace(c, id="d" + c.id, parent_id="d" + c.parent_id if c.parent_id else before[-1].id) for c in worked(("b",))
    ]
    assert [step.nodes for step in progress(grow([*before, *after]), "r").done] == [("b",)]
    assert progress(grow(before), "r") == Progress()


def test_times_that_are_not_known_are_not_made_up() -> None:
    some = [replace(c, created_at=None) for c in worked(("agent",))]
    assert [step.seconds for step in progress(grow(some), "r").done] == [None]


@given(hostile())
@settings(max_examples=100)
def test_no_tree_is_too_hostile(checkpoints: list[Checkpoint]) -> None:
    ours = [replace(c, run_id="r", source="loop", next=("n",), created_at=at(1)) for c in checkpoints]
    made = progress(grow(ours), "r")
    assert all(step.seconds == 0 for step in made.done)
    assert [a.checkpoint_id < b.checkpoint_id for a, b in pairwise(made.done)] == [True] * (
        len(made.done) - 1 if made.done else 0
    )
