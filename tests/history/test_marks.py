"""Lists of marks told as additions to others, against the plain lists that they stand for."""

import gc
from collections import Counter
from itertools import takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.marks import NONE, Mark, Marks
from tests.history.trees import marks

LONG = 20_000
Made = list[tuple[Marks, list[Mark]]]
#: few of them, so that lists often go on alike
MARKS = st.builds(Mark, st.sampled_from(["", "1", "2"]), st.sampled_from("ab"))
STEPS = st.tuples(st.booleans(), st.integers(0, 50), st.integers(0, 8), st.lists(MARKS, max_size=4))


@st.composite
def chains(draw: st.DrawFn) -> tuple[Made, set[tuple[int, int]]]:
    """Lists that grow out of one another, each beside the plain list that it stands for; and which of them (first) were
    told by `after` as an addition to which (second)."""
    made: Made = [(NONE, [])]
    told: set[tuple[int, int]] = set()
    for compared, which, kept, added in draw(st.lists(STEPS, max_size=12)):
        which %= len(made)
        base, plain = made[which]
        kept = min(kept, len(plain))
        both = plain[:kept] + added
        if compared:
            told.add((len(made), which))
        made.append((Marks(both).after(base) if compared else base.with_more(kept, added), both))
    return made, told


def common(a: list[Mark], b: list[Mark]) -> int:
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))))


@given(chains())
@settings(max_examples=300, deadline=None)
def test_marks_are_the_plain_list_however_they_are_told(chain: tuple[Made, set[tuple[int, int]]]) -> None:
    made, _ = chain
    for told, plain in made:
        assert list(told) == plain
        assert len(told) == len(plain)
        assert repr(told) == f"Marks({plain!r})"
        for other, others in made:
            assert (told == other) == (plain == others)
            assert told != other or hash(told) == hash(other)


@given(chains())
@settings(max_examples=300, deadline=None)
def test_what_came_since_another_list_makes_this_one_of_it(chain: tuple[Made, set[tuple[int, int]]]) -> None:
    made, _ = chain
    for told, plain in made:
        for other, others in made:
            kept, added = told.since(other)
            assert others[:kept] + list(added) == plain
            assert told.base is other or kept == common(plain, others)


@given(chains())
@settings(max_examples=300, deadline=None)
def test_what_changed_since_another_list_makes_this_one_of_it(chain: tuple[Made, set[tuple[int, int]]]) -> None:
    made, _ = chain
    for _ in range(2):  # the second time it is remembered
        for told, plain in made:
            for other, others in made:
                gone, came = told.changes(other)
                left = Counter(others)
                left.subtract(gone)
                left.update(came)
                assert +left == Counter(plain)
                assert told is not other or (gone, came) == ((), ())


@given(chains(), st.integers(0, 12))
@settings(max_examples=100)
def test_the_end_of_a_list_is_that_of_the_plain_one(chain: tuple[Made, set[tuple[int, int]]], start: int) -> None:
    for told, plain in chain[0]:
        assert told.tail(start) == tuple(plain[start:])


def test_a_window_that_slides_holds_every_message_once() -> None:
    told = NONE
    for n in range(100):
        told = told.with_more(0, [Mark(f"{m}", f"words of {m}") for m in range(max(0, n - 9), n + 1)])
        if n == 50:
            before = {mark.id: mark for mark in told}
        if n == 55:
            assert all(before[mark.id] is mark for mark in told if mark.id in before)


@given(chains())
@settings(max_examples=300, deadline=None)
def test_a_list_that_was_compared_keeps_all_that_it_has_in_common(chain: tuple[Made, set[tuple[int, int]]]) -> None:
    made, pairs = chain
    for one, other in pairs:
        (told, plain), (base, before) = made[one], made[other]
        assert told.since(base)[0] == common(plain, before)
        assert plain != before or told is base, "the very same list when nothing was added"


@given(chains())
@settings(max_examples=150, deadline=None)
def test_no_list_leads_back_to_one_of_which_it_keeps_nothing(chain: tuple[Made, set[tuple[int, int]]]) -> None:
    for told, _ in chain[0]:
        step = told
        while step.base is not None:
            assert step.base.kept < step.kept <= len(step.base)
            step = step.base
        assert step.kept == 0


def test_equal_lists_are_one_key_and_other_things_are_no_lists_of_marks() -> None:
    one, other = marks("1", "2"), marks("1").with_more(1, marks("2"))
    assert {one: "found"}[other] == "found"
    assert one != [*one]
    assert Marks(()) == NONE
    assert list(NONE) == []


def test_a_mark_is_recognised_by_its_id_and_without_one_by_its_words() -> None:
    assert Mark("1", "ab").key == Mark("1", "cd").key == "1"
    assert Mark("", "ab").key == "#ab"


def test_a_short_list_says_what_it_holds() -> None:
    assert repr(Marks([Mark("1", "a")]).with_more(1, [Mark("2", "b", 3, 4)])) == (
        "Marks([Mark(id='1', hash='a', input=0, output=0), Mark(id='2', hash='b', input=3, output=4)])"
    )


@pytest.fixture(scope="module")
def long() -> list[Marks]:
    """A conversation of 20,000 messages at each of its moments."""
    moments = [NONE]
    for n in range(LONG):
        moments.append(moments[-1].with_more(n, [Mark(f"{n}", f"{n}")]))
    return moments


def test_a_chain_of_twenty_thousand_is_no_matter_of_depth(long: list[Marks]) -> None:
    plain = [Mark(f"{n}", f"{n}") for n in range(LONG)]
    assert list(long[-1]) == plain
    assert long[-1] == Marks(plain)
    assert hash(long[-1]) == hash(Marks(plain))
    assert long[-1] != Marks(reversed(plain))
    assert long[-1].since(long[0]) == (0, tuple(plain))
    assert long[-1].since(long[LONG // 2])[0] == LONG // 2
    assert len(Marks(plain).after(long[-2]).added) == 1


def test_what_a_long_conversation_takes_is_one_mark_a_moment(long: list[Marks]) -> None:
    assert sum(len(moment.added) for moment in long) == LONG


def test_a_long_chain_is_let_go_of_without_recursion() -> None:
    chain = NONE
    for n in range(LONG * 5):
        chain = chain.with_more(n, [Mark(f"{n}", f"{n}")])
    del chain
    gc.collect()


def test_a_message_that_is_edited_over_and_over_leaves_no_trail() -> None:
    told = marks("1", "2", "3")
    for n in range(LONG):
        told = told.with_more(2, [Mark("3", f"{n}")])
    assert [mark.hash for mark in told] == ["words of 1", "words of 2", f"{LONG - 1}"]
    assert told.base is not None
    assert told.base.base is None
