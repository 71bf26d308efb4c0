"""Who else has edited what a form was opened on: edits that change it, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.history.marks import Mark, Marks
from studio.history.model import Checkpoint
from studio.history.rivals import of_message, of_state
from studio.history.tree import grow
from tests.history.trees import IDS, lived, name


def at(number: int, parent: int | None, source: str, **said: str) -> Checkpoint:
    """A checkpoint that holds these messages, by their ids."""
    marks = Marks(Mark(id, words) for id, words in said.items())
    return Checkpoint(name(number), None if parent is None else name(parent), source=source, messages=marks)


BEGINNING = [at(0, None, "input"), at(1, 0, "loop", a="one"), at(2, 1, "loop", a="one", b="two")]


def found(*later: Checkpoint, since: int = 2, selected: int = 2, message: str = "a") -> list[str]:
    return list(of_message(grow([*BEGINNING, *later]), name(since), name(selected), message))


def test_an_edit_of_the_message_is_found_wherever_it_was_written() -> None:
    assert found(at(3, 1, "update", a="other")) == [name(3)]
    assert found(at(3, 2, "update", a="other", b="two")) == [name(3)]
    assert found(at(3, 2, "update", b="two")) == [name(3)], "it was removed"


def test_of_several_edits_the_newest_comes_first() -> None:
    assert found(at(3, 1, "update", a="x"), at(4, 1, "update", a="y")) == [name(4), name(3)]


@pytest.mark.parametrize("source", ["loop", "input", "fork"])
def test_a_run_that_goes_on_is_nobody(source: str) -> None:
    assert found(at(3, 2, source, a="changed by a node", b="two")) == []


def test_an_edit_of_something_else_is_nobody() -> None:
    assert found(at(3, 2, "update", a="one", b="other")) == []
    assert found(at(3, 2, "update", a="one", b="two", c="put in")) == []


def test_what_was_known_when_the_form_was_opened_is_nobody() -> None:
    assert found(at(3, 1, "update", a="other"), since=3) == []


def test_an_edit_that_makes_it_what_it_is_here_is_nobody() -> None:
    older = at(3, 1, "update", a="other")
    assert found(older, at(4, 3, "update", a="one"), since=3) == []
    assert found(older, at(4, 3, "update", a="third"), since=3) == [name(4)]


def test_an_edit_beside_a_message_that_another_branch_changed_before_is_nobody() -> None:
    older = at(3, 1, "update", a="other", b="two")
    assert found(older, at(4, 3, "update", a="other", b="changed"), since=3) == []


def test_an_edit_whose_parent_is_not_read_counts_as_far_as_it_differs() -> None:
    assert found(at(5, 4, "update", a="other")) == [name(5)]
    assert found(at(5, 4, "update", a="one")) == []


def test_of_a_state_only_edits_of_that_very_checkpoint_count() -> None:
    later = [at(3, 2, "update"), at(4, 2, "loop"), at(5, 3, "update"), at(6, 2, "update"), at(7, 1, "update")]
    tree = grow([*BEGINNING, *later])
    assert [*of_state(tree, name(2), name(2))] == [name(6), name(3)]
    assert [*of_state(tree, name(3), name(2))] == [name(6)]
    assert [*of_state(tree, name(6), name(2))] == []


@given(lived(), st.integers(0, 25), st.integers(0, 25), st.sampled_from(IDS[1:]))
def test_every_rival_is_a_later_edit_after_which_the_message_differs(
    checkpoints: list[Checkpoint], since: int, selected: int, message: str
) -> None:
    tree = grow(checkpoints)
    rivals = [*of_message(tree, name(since), name(selected), message)]
    assert rivals == sorted(rivals, reverse=True)
    here = tree.nodes.get(name(selected))
    for rival in (tree.nodes[id] for id in rivals):
        assert (rival.id > name(since), rival.source) == (True, "update")
        assert held(rival, message) != (held(here, message) if here else None)
    calm = grow(replace(c, source="loop") if c.source == "update" else c for c in checkpoints)
    assert not any(of_message(calm, name(since), name(selected), message))


def held(checkpoint: Checkpoint, message: str) -> str | None:
    return next((mark.hash for mark in checkpoint.messages if mark.id == message), None)
