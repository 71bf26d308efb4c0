"""Streams that are joined again, replayed, repeated and shuffled give every event once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.deployments.runs import Event
from studio.live import taken as taken_module
from studio.live.taken import Counted, Numbered, Taken, taken


def told(place: Taken, events: list[Event]) -> list[Event]:
    """What is handed on of one stream, joined and read to its end."""
    place.join()
    return [event for came in events for event in place.take(came)] + place.rest()


def event(number: int, id: str) -> Event:
    return Event(id, "messages", number)


@given(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=5), st.integers(1, 4))
@settings(max_examples=200)
def test_counting_gives_every_event_once_whatever_the_breaks(count: int, breaks: list[int], shared: int) -> None:
    """Events of one millisecond share an id; each break ends a stream after so many events."""
    run = [event(n, f"{n // shared}-0") for n in range(count)]
    place, got = Counted(), list[Event]()
    for length in [*breaks, count]:
        got += told(place, run[:length])
    assert got == run


def test_events_without_an_id_are_never_replayed_and_never_skipped() -> None:
    place = Counted()
    for _ in range(2):
        assert told(place, [event(0, ""), event(1, "")]) == [event(0, ""), event(1, "")]


def test_an_event_that_was_cut_within_its_id_waits_for_the_replay() -> None:
    place = Counted()
    assert told(place, [event(1, "5-0"), event(2, "")]) == [event(1, "5-0")]
    assert told(place, [event(1, "5-0"), event(2, "6-0")]) == [event(2, "6-0")]


@given(st.data())
@settings(max_examples=200)
def test_numbers_put_in_order_what_comes_late_and_leave_out_what_comes_twice(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 10))
    run = [event(n, f"run_event_{n}") for n in range(count)]
    later = data.draw(st.lists(st.sampled_from(run), max_size=8).map(lambda twice: [*run[1:], *twice]))
    shuffled = data.draw(st.permutations(later))
    cut = data.draw(st.integers(0, len(shuffled)))
    place = Numbered()
    got = told(place, [run[0], *shuffled[:cut]])
    got += told(place, shuffled)
    numbers = [one.data for one in got]
    assert numbers == sorted(set(numbers)), "in order, none twice"
    if cut == len(shuffled):
        assert got == run


@given(st.integers(2, 8), st.data())
@settings(max_examples=150)
def test_what_comes_again_where_a_replay_ends_is_left_out(count: int, data: st.DataObject) -> None:
    """Events some milliseconds apart, of which the last few come twice; the newest has only just happened."""
    gaps = data.draw(st.lists(st.integers(0, 400), min_size=count, max_size=count))
    times = [sum(gaps[: n + 1]) for n in range(count)]
    run = [event(n, f"{10**12 + time}-0") for n, time in enumerate(times)]
    twice = data.draw(st.integers(1, count))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taken_module, "now", lambda: 10**12 + times[-1])
        got = told(Counted(), [*run, *run[-twice:]])
    alone = twice == 1 and gaps[-1] >= taken_module.SLOW and times[-1] - times[0] >= taken_module.NEAR
    back = run[-twice].id != run[-1].id
    if alone or back:
        assert got == run


def test_tokens_alike_of_one_millisecond_stay_apart_in_a_run_that_is_watched_from_its_start() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taken_module, "now", lambda: 10**12 + 50)
        alike = [event(1, f"{10**12}-0"), event(2, f"{10**12 + 40}-0"), event(2, f"{10**12 + 40}-0")]
        assert told(Counted(), alike) == alike


def test_half_an_event_is_none() -> None:
    place = Counted()
    assert told(place, [event(1, "5-0"), Event("5-0", "m", None)]) == [event(1, "5-0")]
    assert told(place, [event(1, "5-0"), event(2, "6-0")]) == [event(2, "6-0")]


def test_an_error_counts_for_nothing() -> None:
    place, failure = Counted(), Event("5-0", "error", {"error": "x"})
    assert told(place, [event(1, "5-0"), failure]) == [event(1, "5-0"), failure]
    assert told(place, [event(1, "5-0"), event(2, "6-0")]) == [event(2, "6-0")]


def test_numbers_do_not_wait_for_ever_for_one_that_is_missing() -> None:
    place = Numbered()
    place.join()
    assert place.take(event(0, "r_event_0")) == [event(0, "r_event_0")]
    held = [event(n, f"r_event_{n}") for n in range(2, 1100)]
    assert [one for came in held for one in place.take(came)] == held[:1001] + held[1001:]


def test_each_server_has_its_way() -> None:
    assert [type(taken(flavour)) for flavour in ("official", "js", "aegra")] == [Counted, Counted, Numbered]
