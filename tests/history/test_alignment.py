"""What two lists do not have in common, against counting every item of both."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.alignment import ATTEMPTS, NEAR, align

LONG = 1000
ITEMS = st.integers(0, 8)


@st.composite
def edited(draw: st.DrawFn) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A list, and what a few changes made of it; some have an item twice."""
    old = draw(st.lists(ITEMS, max_size=12) | st.lists(st.integers(0, 60), min_size=30, max_size=60, unique=True))
    new = list(old)
    for kind, place, item in draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), ITEMS), max_size=6)):
        at = place % (len(new) + 1)
        moved = new[at : at + 1]
        if kind != 1:
            del new[at : at + 1]
        if kind == 2 and moved:
            new.insert(item % (len(new) + 1), moved[0])
        elif kind in (1, 3):
            new.insert(at, item)
    return tuple(old), tuple(new)


@given(edited() | st.tuples(*[st.lists(ITEMS, max_size=12).map(tuple)] * 2))
@settings(max_examples=600)
def test_what_is_gone_and_what_came_make_the_one_list_of_the_other(pair: tuple[tuple[int, ...], ...]) -> None:
    old, new = pair
    found = align(old, new)
    assert found.shared == new
    balance = Counter(old)
    balance.subtract(found.gone)
    balance.update(found.came)
    assert +balance == Counter(new)
    assert in_order(found.gone, old)
    assert in_order(found.came, new)


@given(st.lists(ITEMS, max_size=12).map(tuple))
def test_nothing_is_different_in_the_same_list(items: tuple[int, ...]) -> None:
    found = align(items, items)
    assert (found.gone, found.came) == ((), ())


def in_order(part: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    left = iter(whole)
    return all(item in left for item in part)


WAS = tuple(range(LONG))


@pytest.mark.parametrize(
    ("new", "gone", "came"),
    [
        ((*WAS[1:], -1), (0,), (-1,)),
        ((-1, *WAS), (), (-1,)),
        ((-1, *WAS[2:], -2), (0, 1), (-1, -2)),
        ((*WAS[: LONG // 2], -1, *WAS[LONG // 2 + 1 :]), (LONG // 2,), (-1,)),
        ((*WAS[2 * NEAR :], -1), WAS[: 2 * NEAR], (-1,)),
        ((WAS[-1], *WAS[:-1]), (WAS[-1],), (WAS[-1],)),
        ((*WAS[5:], *WAS[:5]), WAS[:5], WAS[:5]),
        (tuple(-item for item in WAS[1:]), WAS, tuple(-item for item in WAS[1:])),
        (tuple(item + item % 100 // 99 * LONG for item in WAS), WAS[99::100], tuple(n + LONG for n in WAS[99::100])),
    ],
    ids=[
        *("slides", "grows in front", "slides after a summary", "one edited", "slides far", "one moved", "turns"),
        *("all", f"more than {ATTEMPTS} places"),
    ],
)
def test_no_more_is_told_than_is_different(new: tuple[int, ...], gone: tuple[int, ...], came: tuple[int, ...]) -> None:
    found = align(WAS, new)
    assert (found.gone, found.came) == (gone, came)


def test_items_that_are_equal_are_those_of_the_first_list() -> None:
    old = tuple(f"item {n}" for n in range(100))
    new = tuple(f"item {n}" for n in range(1, 101))
    assert all(one is other for one, other in zip(old[1:], align(old, new).shared, strict=False))
