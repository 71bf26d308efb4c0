"""What a branch holds that another branch wrote first."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history import strangers as module
from studio.history.marks import Mark
from studio.history.model import Checkpoint
from studio.history.spine import Spine
from studio.history.strangers import Brought
from studio.history.tree import Tree, grow
from tests.history.trees import hostile, marks, name, oldest_first, sound
from tests.support.effort import growth


def strangers(tree: Tree, id: str) -> list[str]:
    return module.strangers(tree, id, Brought())


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


def test_every_fork_on_the_way_counts_not_only_the_last() -> None:
    tree = grow(
        [
            *(step(0, None), step(1, 0, "a"), step(2, 0, "x"), step(3, 2, "x", "a")),
            *(step(4, 3, "x", "a", "b"), step(5, 3, "x", "a", "c"), step(6, 5, "x", "a", "c", "b")),
        ]
    )
    assert strangers(tree, name(3)) == ["a"], "the first fork"
    assert strangers(tree, name(6)) == ["a", "b"], "both forks"
    assert strangers(tree, name(4)) == ["a"], "“b” was there first"


def test_what_follows_the_checkpoint_or_stands_in_another_tree_is_none_of_its_side_branches() -> None:
    tree = grow([step(0, None), step(1, 0, "a"), step(2, 0, "b"), step(3, 2, "b", "a"), step(4, 2, "b", "c")])
    assert strangers(tree, name(2)) == []
    apart = [step(7, None), step(8, 7, "a")]
    assert strangers(grow([step(0, None), step(1, 0, "a"), *apart]), name(8)) == []


@given(sound(), st.lists(st.integers(0, 5), min_size=40, max_size=40))
@settings(max_examples=200)
def test_a_stranger_is_what_somebody_beside_the_path_brought_before(
    checkpoints: list[Checkpoint], says: list[int]
) -> None:
    held: dict[str, tuple[str, ...]] = {}
    made = []
    for bare, said in zip(oldest_first(checkpoints), says, strict=False):
        before = held.get(bare.parent_id or "", ())
        held[bare.id] = tuple(dict.fromkeys((*before, "abcdef"[said])))
        made.append(replace(bare, source="loop", next=("n",), messages=marks(*held[bare.id])))
    tree = grow(made)
    brought = {id: set(held[id]) - set(held.get(tree.parents[id] or "", held[id])) for id in tree.nodes}
    for id in tree.nodes:
        path = [checkpoint.id for checkpoint in tree.path(id)]
        forked = [other for other in tree.nodes if other not in path and set(path[:-1]) & set(ids(tree.path(other)))]
        expected = {
            key for here in path for key in brought[here] for other in forked if other < here and key in brought[other]
        }
        assert set(strangers(tree, id)) == expected


def ids(checkpoints: list[Checkpoint]) -> list[str]:
    return [checkpoint.id for checkpoint in checkpoints]


def forking(length: int) -> Callable[[], object]:
    """A search in so many checkpoints, with a fork at every other one."""
    made = [step(0, None)]
    for number in range(1, length):
        parent = number - 1 if number % 2 else max(0, number - 3)
        base = made[parent].messages
        fresh = Mark(f"m{number // 50}", "words")
        held = base if fresh.key in {mark.key for mark in base.added} else base.with_more(len(base), [fresh])
        made.append(replace(step(number, parent), messages=held))
    return partial(strangers, grow(made), name(length - 1))


def test_what_searching_costs_is_in_proportion_to_the_length() -> None:
    assert growth(forking, 1_000) < 2.2
    forking(10_000)()


@given(sound(20), st.lists(st.integers(0, 3), min_size=20, max_size=20), st.integers(1, 4), st.booleans())
@settings(max_examples=100)
def test_what_is_remembered_while_a_thread_is_read_is_never_wrong(
    checkpoints: list[Checkpoint], says: list[int], pages: int, begun: bool
) -> None:
    made = [
        replace(c, source="loop", next=("__start__",) if begun else ("n",), messages=marks(*"abcd"[says[n] :]))
        for n, c in enumerate(checkpoints)
    ]
    spine = Spine()
    for news in (*(made[start::pages] for start in range(pages)), [replace(c, next=("n",)) for c in made]):
        spine = spine.with_news(news)
        for id in spine.tree.nodes:
            assert spine.strangers(id) == strangers(spine.tree, id)


def test_what_a_checkpoint_brought_is_looked_at_once_however_the_thread_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []
    brought = module._brought

    def counting(parent: Checkpoint | None, checkpoint: Checkpoint) -> tuple[str, ...]:
        looked.append(checkpoint.id)
        return brought(parent, checkpoint)

    monkeypatch.setattr(module, "_brought", counting)
    made = [step(0, None), step(1, 0, "a"), step(2, 0, "b"), step(3, 2, "b", "a"), step(4, 1, "a", "c")]
    spine = Spine().with_news(made)
    assert spine.strangers(name(3)) == ["a"]
    assert sorted(looked) == [name(n) for n in (0, 1, 2, 3)], "what is newer than the path cannot have been first"
    spine = spine.with_news([step(5, 4, "a", "c", "b")])
    assert spine.strangers(name(5)) == ["b"]
    assert sorted(looked) == [name(n) for n in range(6)]


@given(hostile())
@settings(max_examples=100)
def test_no_tree_is_too_hostile(checkpoints: list[Checkpoint]) -> None:
    ours = [replace(c, source="loop", next=("n",), messages=marks(*"abc"[: n % 4])) for n, c in enumerate(checkpoints)]
    tree = grow(ours)
    for id in tree.nodes:
        assert len(set(strangers(tree, id))) == len(strangers(tree, id))
