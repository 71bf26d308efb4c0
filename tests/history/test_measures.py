"""What work cost: time and tokens, per checkpoint, run and path."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings

from studio.history.marks import Mark, Marks
from studio.history.measures import Measures, by_run, idle_before, measure, total
from studio.history.model import Checkpoint
from studio.history.tree import grow
from tests.history.trees import at, lived

#: a question that costs nothing, and an answer that cost 10 tokens in and 3 out
QUESTION = Mark("1", "hello")
ANSWER = Mark("2", "hi", 10, 3)


def sum_of(parts: list[Measures]) -> Measures:
    return Measures(
        sum(part.seconds for part in parts),
        sum(part.idle for part in parts),
        sum(part.input for part in parts),
        sum(part.output for part in parts),
        sum(part.checkpoints for part in parts),
    )


@pytest.mark.parametrize(
    ("source", "asked", "seconds", "idle"),
    [
        ("loop", False, 5, 0),
        ("loop", True, 0, 5),  # a person thought about the answer
        ("input", False, 0, 5),
        ("update", False, 0, 5),
        ("fork", False, 0, 5),
        ("", False, 0, 5),
    ],
)
def test_time_was_work_unless_nothing_ran(source: str, asked: bool, seconds: int, idle: int) -> None:
    before = Checkpoint("a", created_at=at(0), interrupted=asked)
    after = Checkpoint("b", "a", source=source, created_at=at(5))
    assert measure(after, before) == Measures(seconds, idle, 0, 0, 1)
    assert idle_before(after, before) == idle


def test_that_a_checkpoint_waits_itself_does_not_make_its_work_idle() -> None:
    asks = Checkpoint("b", "a", source="loop", created_at=at(5), interrupted=True)
    assert measure(asks, Checkpoint("a", created_at=at(0))).seconds == 5


@pytest.mark.parametrize("source", ["loop", "input"])
@pytest.mark.parametrize(
    ("before", "after"), [(None, at(5)), (at(5), None), (None, None), (at(5), at(0)), (at(5), at(5))]
)
def test_clocks_that_are_missing_or_go_backwards_count_for_nothing(
    before: datetime | None, after: datetime | None, source: str
) -> None:
    parent, child = Checkpoint("a", created_at=before), Checkpoint("b", "a", source=source, created_at=after)
    assert measure(child, parent) == Measures(checkpoints=1)
    assert idle_before(child, parent) == 0


def test_before_the_first_checkpoint_there_was_no_time() -> None:
    first = Checkpoint("a", source="input", created_at=at(5), messages=Marks([QUESTION]))
    assert measure(first, None) == Measures(checkpoints=1)
    assert idle_before(first, None) == 0


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize(
    ("before", "after", "tokens"),
    [
        ([], [QUESTION, ANSWER], (10, 3)),
        ([QUESTION], [QUESTION, ANSWER], (10, 3)),
        ([QUESTION, ANSWER], [QUESTION, ANSWER], (0, 0)),
        ([QUESTION, ANSWER], [QUESTION], (0, 0)),
        ([QUESTION, ANSWER], [QUESTION, ANSWER._replace(hash="edited")], (0, 0)),
        ([QUESTION, ANSWER], [QUESTION._replace(hash="edited"), ANSWER], (0, 0)),
        ([QUESTION, ANSWER], [ANSWER, QUESTION], (0, 0)),
        ([QUESTION, ANSWER], [ANSWER._replace(hash="edited"), Mark("3", "more", 7, 2)], (7, 2)),
        ([ANSWER], [ANSWER._replace(id="3"), ANSWER], (10, 3)),
        ([ANSWER._replace(id="")], [ANSWER._replace(id="", hash="other words")], (10, 3)),
        ([ANSWER._replace(id="")], [QUESTION, ANSWER._replace(id="")], (0, 0)),
    ],
)
def test_tokens_are_those_of_the_messages_that_are_new(
    before: list[Mark], after: list[Mark], tokens: tuple[int, int], told: bool
) -> None:
    parent = Checkpoint("a", messages=Marks(before))
    messages = Marks(after).after(parent.messages) if told else Marks(after)
    cost = measure(Checkpoint("b", "a", messages=messages), parent)
    assert (cost.input, cost.output) == tokens


def test_an_answer_that_is_edited_on_a_path_was_paid_once() -> None:
    path = [
        Checkpoint("a", messages=Marks([QUESTION])),
        Checkpoint("b", "a", source="loop", messages=Marks([QUESTION, ANSWER])),
        Checkpoint("c", "b", source="update", messages=Marks([QUESTION, ANSWER._replace(hash="edited")])),
        Checkpoint("d", "c", source="update", messages=Marks([QUESTION, ANSWER._replace(hash="again")])),
    ]
    assert total(path) == Measures(input=10, output=3, checkpoints=4)


@given(lived())
@settings(max_examples=150, deadline=None)
def test_each_checkpoint_pays_for_what_its_parent_does_not_have(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id, checkpoint in tree.nodes.items():
        parent = tree.parent(id)
        known = {mark.key for mark in parent.messages} if parent else set()
        unread = parent is None and checkpoint.parent_id is not None  # what was there before is not known
        fresh = [mark for mark in checkpoint.messages if mark.key not in known and not unread]
        cost = measure(checkpoint, parent)
        assert (cost.input, cost.output) == (sum(mark.input for mark in fresh), sum(mark.output for mark in fresh))
        assert cost.checkpoints == 1
        assert cost.seconds >= 0
        assert not cost.seconds or not cost.idle
        assert cost.idle == idle_before(checkpoint, parent)


@given(lived())
@settings(max_examples=100, deadline=None)
def test_a_path_costs_what_its_checkpoints_cost(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id in tree.nodes:
        path = tree.path(id)
        assert total(path) == sum_of([measure(c, tree.parent(c.id)) for c in path])
    assert total([]) == Measures()


@given(lived())
@settings(max_examples=100, deadline=None)
def test_all_time_of_a_path_is_either_work_or_idle(checkpoints: list[Checkpoint]) -> None:
    """With clocks that run, and run forwards."""
    tree = grow(replace(c, created_at=at(n * n)) for n, c in enumerate(checkpoints))
    for id in tree.nodes:
        path = tree.path(id)
        passed = sum(((b.created_at or at(0)) - (a.created_at or at(0)) for a, b in pairwise(path)), timedelta())
        cost = total(path)
        assert cost.seconds + cost.idle == passed.total_seconds()


@given(lived())
@settings(max_examples=100, deadline=None)
def test_a_run_costs_what_the_checkpoints_that_name_it_cost(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    runs = {c.run_id for c in checkpoints if c.run_id}
    assert by_run(tree) == {
        run: sum_of([measure(c, tree.parent(c.id)) for c in tree.nodes.values() if c.run_id == run]) for run in runs
    }


def test_branches_that_one_run_made_are_all_paid_for() -> None:
    tree = grow(
        [
            Checkpoint("a", run_id="r", created_at=at(0), source="input"),
            Checkpoint("b", "a", run_id="r", created_at=at(2), source="loop", messages=Marks([ANSWER])),
            Checkpoint("c", "a", run_id="r", created_at=at(5), source="loop", messages=Marks([ANSWER])),
            Checkpoint("d", "c", run_id="s", created_at=at(9), source="loop"),
            Checkpoint("e", "d", created_at=at(10), source="update"),
        ]
    )
    assert by_run(tree) == {"r": Measures(7, 0, 20, 6, 3), "s": Measures(4, 0, 0, 0, 1)}
