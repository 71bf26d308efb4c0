"""What has been read of a thread, against a plain set of unread ids."""

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.coverage import EVERYTHING, Gap, close, reopen
from tests.history.trees import name

LAST = 15
Page = tuple[int | None, int | None]
#: (before, last): None is the end of the world
PAGES = st.tuples(st.none() | st.integers(0, LAST), st.none() | st.integers(0, LAST)).filter(
    lambda page: page[0] is None or page[1] is None or page[1] <= page[0]
)


def unread(gaps: tuple[Gap, ...]) -> list[int]:
    """The numbers whose names lie in the gaps, gap by gap, each from its newest to its oldest."""
    found: list[int] = []
    for newer, older in gaps:
        below = [n for n in range(LAST, -1, -1) if newer is None or name(n) < newer]
        found += [n for n in below if older is None or name(n) > older]
    return found


def encoded(page: Page) -> tuple[str | None, str | None]:
    before, last = page
    return None if before is None else name(before), None if last is None else name(last)


def proven(page: Page) -> set[int]:
    """What a page proves: everything from where it began to where it ended."""
    before, last = page
    return {n for n in range(LAST + 1) if (before is None or n <= before) and (last is None or n >= last)}


@given(st.lists(PAGES, max_size=8))
@settings(max_examples=200)
def test_what_is_left_is_what_no_page_has_proven(pages: list[Page]) -> None:
    gaps, left = EVERYTHING, set(range(LAST + 1))
    for page in pages:
        gaps = close(gaps, *encoded(page))
        left -= proven(page)
        assert unread(gaps) == sorted(left, reverse=True), "the newest first, nothing twice"


@given(st.lists(PAGES, max_size=8))
@settings(max_examples=100)
def test_pages_may_come_twice_and_in_any_order(pages: list[Page]) -> None:
    gaps = again = EVERYTHING
    for page in pages:
        gaps = close(gaps, *encoded(page))
    for page in sorted(pages * 2, key=str):
        again = close(again, *encoded(page))
    assert unread(gaps) == unread(again)


@given(st.lists(PAGES | st.just("reopened"), max_size=10), st.data())
@settings(max_examples=150)
def test_reopening_adds_what_is_newer_and_forgets_nothing(steps: list[Page | str], data: st.DataObject) -> None:
    """The thread may have shrunk since, so that the newest known checkpoint is not the newest that was ever read."""
    gaps, left = EVERYTHING, set(range(LAST + 1))
    for step in steps:
        if isinstance(step, str):
            read = next((n for n in range(LAST, -1, -1) if n not in left), None)
            newest = None if read is None else data.draw(st.integers(0, read))
            gaps = reopen(gaps, None if newest is None else name(newest))
            left |= {n for n in range(LAST + 1) if newest is None or n > newest}
        else:
            gaps = close(gaps, *encoded(step))
            left -= proven(step)
        assert set(unread(gaps)) == left


def test_a_walk_in_pages_ends_with_nothing_unread() -> None:
    gaps = close(EVERYTHING, None, name(10))
    assert gaps == ((name(10), None),)
    gaps = close(gaps, name(10), name(4))
    assert gaps == ((name(4), None),)
    assert close(gaps, name(4), None) == ()


def test_a_walk_that_was_cut_off_goes_on_below_after_what_is_new() -> None:
    gaps = reopen(close(EVERYTHING, None, name(5)), name(9))
    assert gaps == ((None, name(9)), (name(5), None))
    assert close(gaps, None, name(8)) == ((name(5), None),)


def test_a_thread_of_which_nothing_is_known_is_all_unread() -> None:
    assert reopen((), None) == EVERYTHING


def test_an_empty_page_from_the_top_closes_everything() -> None:
    assert close(EVERYTHING, None, None) == ()
