"""Where the parts of a state come from: against an oracle that lays all states of a path side by side."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given, settings

from studio.history.marks import NONE, Mark, Marks
from studio.history.measures import total
from studio.history.model import Checkpoint, Held
from studio.history.provenance import Gone, Lineage, Origin, trace
from studio.history.tree import grow
from tests.history.trees import hostile, line, lived, marks, name
from tests.support.effort import growth

State = dict[str, str]
LONG = 10_000


def said(checkpoint: Checkpoint) -> State:
    """The words of each message, by its key."""
    return {mark.key: mark.hash for mark in checkpoint.messages}


def held(checkpoint: Checkpoint) -> State:
    """The content of each channel."""
    return {name: held.hash for name, held in checkpoint.channels.items()}


class Oracle:
    """A path and what comes after it, with every state laid out. Takes no care for time."""

    def __init__(self, path: Sequence[Checkpoint], onwards: Sequence[Checkpoint], of: Callable[[Checkpoint], State]):
        self.path, self.onwards = path, onwards
        self.states, self.later = [of(c) for c in path], [of(c) for c in onwards]

    def introduced(self, key: str, place: int) -> Checkpoint | None:
        """Where what is at a place of the path has been there ever since."""
        while place and key in self.states[place - 1]:
            place -= 1
        return None if place == 0 and self.path[0].parent_id is not None else self.path[place]

    def changed(self, key: str) -> Checkpoint | None:
        for place in range(len(self.path) - 1, 0, -1):
            if key not in self.states[place - 1]:
                return None
            if self.states[place][key] != self.states[place - 1][key]:
                return self.path[place]
        return None

    def removed(self, key: str) -> Checkpoint | None:
        return next((c for c, state in zip(self.onwards, self.later, strict=True) if key not in state), None)

    @property
    def origins(self) -> dict[str, Origin]:
        last = len(self.path) - 1
        return {
            key: Origin(self.introduced(key, last), self.changed(key), self.removed(key)) for key in self.states[last]
        }

    @property
    def gone(self) -> set[tuple[str, str, str]]:
        """The last end of each thing that is not there any more: its key, and the ids of its first and last moment."""
        found = {}
        for place, (before, after) in enumerate(pairwise(self.states)):
            for key in before.keys() - after.keys() - self.states[-1].keys():
                found[key] = (key, ids(self.introduced(key, place)), self.path[place + 1].id)
        return set(found.values())


def ids(checkpoint: Checkpoint | None) -> str:
    return checkpoint.id if checkpoint else "unread"


def check(checkpoints: Sequence[Checkpoint]) -> None:
    """Compare the lineage of every checkpoint with the oracle's."""
    tree = grow(checkpoints)
    for id in tree.nodes:
        path = tree.path(id)
        onwards = tree.path(tree.tip(id))[len(path) :]
        lineage, messages = trace(tree, id), Oracle(path, onwards, said)
        assert lineage.path == tuple(path)
        assert lineage.messages == messages.origins
        assert lineage.channels == Oracle(path, onwards, held).origins
        assert {(gone.name, ids(gone.introduced), gone.removed.id) for gone in lineage.gone} == messages.gone
        assert len(lineage.gone) == len(messages.gone)
        assert lineage.cost == total(path)


@given(lived())
@settings(max_examples=300, deadline=None)
def test_the_lineage_of_every_checkpoint_is_what_its_states_say(checkpoints: list[Checkpoint]) -> None:
    check(checkpoints)


@given(lived())
@settings(max_examples=60, deadline=None)
def test_it_does_not_matter_how_messages_are_told(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    plain = grow(replace(c, messages=Marks(c.messages)) for c in checkpoints)
    for id in tree.nodes:
        assert trace(tree, id) == trace(plain, id)


@given(lived())
@settings(max_examples=100, deadline=None)
def test_other_branches_do_not_leak_in(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id in tree.nodes:
        found = trace(tree, id)
        alone = trace(grow(tree.path(tree.tip(id))), id)
        assert replace(found, forks=()) == alone
        assert [found.path[fork].id for fork in found.forks] == [
            c.id for c in found.path if len(tree.siblings(c.id)) > 1
        ]


@given(lived())
@settings(max_examples=60, deadline=None)
def test_what_comes_later_changes_the_removals_only(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id in tree.nodes:
        found, alone = trace(tree, id), trace(grow(tree.path(id)), id)
        assert found.gone == alone.gone
        for these, those in ((found.messages, alone.messages), (found.channels, alone.channels)):
            assert {key: replace(origin, removed=None) for key, origin in these.items()} == those


@given(hostile())
@settings(max_examples=100, deadline=None)
def test_circles_and_unknown_parents_are_followed_as_far_as_the_tree_goes(checkpoints: list[Checkpoint]) -> None:
    check([replace(c, messages=marks(c.id[-1], "x"), channels={c.id[-1]: Held("1", 1)}) for c in checkpoints])


def walk(*states: str, parent: str | None = None) -> list[Checkpoint]:
    """A path on which each checkpoint holds the messages named by these letters; a capital has new words."""
    found: list[Checkpoint] = []
    for number, letters in enumerate(states):
        messages = Marks(Mark(letter.lower(), letter) for letter in letters)
        before = found[-1] if found else None
        told = messages.after(before.messages) if before else messages
        found.append(Checkpoint(name(number), before.id if before else parent, messages=told))
    return found


@pytest.mark.parametrize(
    ("states", "at", "key", "introduced", "changed", "removed"),
    [
        (["", "a", "ab", "abc"], 3, "a", 1, None, None),
        (["", "a", "ab", "abc"], 3, "c", 3, None, None),
        (["a", "", "a", "ab"], 3, "a", 2, None, None),
        (["a", "ab", "Ab", "Abc"], 3, "a", 0, 2, None),
        (["a", "A", "a", "ab"], 3, "a", 0, 2, None),
        (["a", "A", "", "a"], 3, "a", 3, None, None),
        (["ab", "ba", "bac"], 2, "a", 0, None, None),
        (["a", "ab", "b", "ab"], 1, "a", 0, None, 2),
        (["a", "ab", "Ab", "b"], 1, "a", 0, None, 3),
    ],
)
def test_a_message_has_been_there_since_it_last_came(
    states: list[str], at: int, key: str, introduced: int, changed: int | None, removed: int | None
) -> None:
    path = walk(*states)
    assert trace(grow(path), name(at)).messages[key] == Origin(
        path[introduced],
        None if changed is None else path[changed],
        None if removed is None else path[removed],
    )


def test_a_message_that_is_not_there_has_no_origin() -> None:
    assert trace(grow(walk("a", "b")), name(1)).messages.keys() == {"b"}


def test_what_was_there_before_the_oldest_known_checkpoint_has_no_known_beginning() -> None:
    path = walk("ab", "Abc", "c", parent="unread")
    lineage = trace(grow(path), name(1))
    assert lineage.messages == {
        "a": Origin(None, path[1], path[2]),
        "b": Origin(None, None, path[2]),
        "c": Origin(path[1]),
    }
    assert not lineage.whole
    assert [(gone.name, gone.introduced) for gone in trace(grow(path), name(2)).gone] == [("a", None), ("b", None)]
    assert trace(grow(walk("ab", "abc")), name(1)).whole


def test_a_branch_point_is_where_a_checkpoint_has_siblings() -> None:
    tree = grow([*line(4), Checkpoint(name(4), name(1)), Checkpoint(name(5), name(1))])
    assert trace(tree, name(3)).forks == (2,)
    assert trace(tree, name(4)).forks == (2,)
    assert trace(tree, name(1)).forks == ()
    assert trace(tree, name(3)).order == {name(n): n for n in range(4)}


def test_the_removal_is_looked_for_on_the_branch_that_goes_on() -> None:
    path = walk("a", "ab", "b")
    beside = Checkpoint(name(9), name(1), messages=marks("a", "b"))
    assert trace(grow(path), name(1)).messages["a"].removed == path[2]
    assert trace(grow([*path, beside]), name(1)).messages["a"].removed is None


def test_an_unknown_checkpoint_has_no_lineage() -> None:
    assert trace(grow(walk("a")), "nobody") == Lineage()
    assert not Lineage().whole


def test_a_channel_called_like_a_message_is_no_message() -> None:
    path = [
        Checkpoint(name(0), messages=marks("x"), channels={"x": Held("1", 1)}),
        Checkpoint(name(1), name(0), messages=marks("x")),
        Checkpoint(name(2), name(1)),
    ]
    lineage = trace(grow(path), name(0))
    assert lineage.messages["x"].removed == path[2]
    assert lineage.channels["x"].removed == path[1]


def test_a_message_that_is_there_twice_and_then_once_is_still_there() -> None:
    """As it is when two channels hold it and one is cleared, or when somebody without ids says the same again."""
    twice = Checkpoint(name(0), messages=marks("a", "a"))
    once = Checkpoint(name(1), name(0), messages=marks("a"))
    lineage = trace(grow([twice, once]), name(1))
    assert lineage.messages == {"a": Origin(twice)}
    assert lineage.gone == ()


def test_a_message_that_is_there_twice_and_then_not_at_all_is_gone_once() -> None:
    twice = Checkpoint(name(0), messages=marks("a", "b", "a"))
    gone = Checkpoint(name(1), name(0), messages=marks("b"))
    later = Checkpoint(name(2), name(1), messages=marks("a", "b", "a"))
    tree = grow([twice, gone, later])
    assert trace(tree, name(1)).gone == (Gone("a", twice, gone),)
    assert trace(tree, name(0)).messages["a"] == Origin(twice, None, gone)
    assert trace(tree, name(2)).messages == {"a": Origin(later), "b": Origin(twice)}


def test_a_message_that_will_be_there_once_instead_of_twice_is_not_removed() -> None:
    twice = Checkpoint(name(0), messages=marks("a", "a"))
    once = Checkpoint(name(1), name(0), messages=marks("a"))
    assert trace(grow([twice, once]), name(0)).messages["a"].removed is None


def talk(length: int) -> list[Checkpoint]:
    """Each checkpoint brings a message, but for the last, which removes them all."""
    path: list[Checkpoint] = []
    messages = NONE
    for checkpoint in line(length):
        messages = messages.with_more(len(path), marks(checkpoint.id))
        path.append(replace(checkpoint, messages=messages, channels={"n": Held(checkpoint.id, 1)}))
    path[-1] = replace(path[-1], messages=NONE)
    return path


@pytest.mark.parametrize("part", [1, 2])
def test_what_tracing_costs_is_in_proportion_to_the_length(part: int) -> None:
    def tracing(length: int) -> Callable[[], object]:
        return partial(trace, grow(talk(length)), name(length // part - 1))

    assert growth(tracing, 500) < 2.2


def test_ten_thousand_checkpoints_are_no_matter_of_depth() -> None:
    path = talk(LONG)
    tree = grow(path)
    for end in (0, LONG // 2, LONG - 2, LONG - 1):
        lineage = trace(tree, name(end))
        assert len(lineage.path) == end + 1
        assert len(lineage.messages) + len(lineage.gone) == (end + 1 if end < LONG - 1 else end)
        assert all(origin.removed == path[-1] for origin in lineage.messages.values())
        assert lineage.channels["n"].changed == (path[end] if end else None)
