"""Each viewer reads every frame once, at its own pace, or is told to start over."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.live.log import Frame, Log


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(0, 3))
@settings(max_examples=150)
def test_viewers_see_each_frame_once_whatever_their_pace(reads: list[int], also: int) -> None:
    """A number is a viewer who reads now; the last number of all is a frame that is written."""
    log, written = Log(), 0
    cursors, seen = dict.fromkeys(range(3), 0), {viewer: list[Frame]() for viewer in range(3)}
    for viewer in [*reads, *range(3)]:
        if viewer == 3:
            written += 1
            log.append(f"<p>{written}</p>")
            continue
        for frame in log.since(cursors[viewer]) or ():
            seen[viewer].append(frame)
            cursors[viewer] = frame.seq
    for frames in seen.values():
        assert frames == [Frame(n, f"<p>{n}</p>") for n in range(1, written + 1)]


@given(
    st.integers(1, 400),
    st.lists(st.one_of(st.integers(0, 30).map("x".__mul__), st.just("é" * 9), st.none()), max_size=50),
)
@settings(max_examples=150)
def test_a_small_log_gives_whole_frames_or_none_and_never_too_few(kept: int, steps: list[str | None]) -> None:
    log, frames, cursor = Log(kept_bytes=kept), list[Frame](), 0
    for step in steps:
        if step is not None:
            frames.append(log.append(step))
            held = log.since(log.last - 1)
            assert held == frames[-1:], "the newest frame is always there"
            continue
        told = log.since(cursor)
        if told is not None:
            assert told == frames[cursor:]
        else:
            assert sum(frame.size for frame in frames[cursor:]) > kept
        cursor = log.last
    kept_frames = next(f for n in range(len(frames) + 1) if (f := log.since(n)) is not None)
    assert len(kept_frames) <= 1 or sum(frame.size for frame in kept_frames) <= kept


def test_a_viewer_that_fell_behind_starts_over() -> None:
    log = Log(kept_bytes=2 * Frame(1, "12345").size)
    for _ in range(4):
        log.append("12345")
    assert log.since(1) is None
    assert [frame.seq for frame in log.since(2) or ()] == [3, 4]
    assert log.since(4) == []


def test_a_frame_of_any_size_can_be_sent() -> None:
    log = Log(kept_bytes=10)
    frame = log.append("x" * 1000)
    assert log.since(0) == [frame]
    log.append("y")
    assert log.since(0) is None
    assert log.since(1) == [Frame(2, "y")]


def test_sizes_are_bytes_on_the_wire() -> None:
    assert Frame(1, "é€").size == len(Frame(1, "").message) + 5
    assert Frame(1, "\ud83d").size > 0, "half of a surrogate pair must not stop the feed"


def test_a_frame_is_told_with_its_facts() -> None:
    told = json.loads(Log().append("<p>é</p>", tokens=3).message)
    assert told == {"type": "frame", "seq": 1, "html": "<p>é</p>", "tokens": 3}


def test_a_place_in_the_future_is_no_place() -> None:
    log = Log()
    assert log.since(0) == []
    assert log.since(1) is None
    log.append("a")
    assert log.since(1) == []
    assert log.since(2) is None


def test_the_cursor_of_this_log_has_a_place_in_it() -> None:
    log = Log(token="abc")
    assert log.place("abc.0") == 0
    assert log.place("abc.12") == 12


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "abc",
        "abc.",
        "abc.x",
        "abc.-1",
        "abc.1.2",
        "abc.1 ",
        "abd.1",
        ".1",
        "abc.²",
        f"abc.{'9' * 5000}",
        "ABC.1",
        "1",
    ],
)
def test_any_other_cursor_has_none(cursor: str) -> None:
    assert Log(token="abc").place(cursor) is None


def test_two_logs_have_different_tokens() -> None:
    assert Log().token != Log().token
    assert "." not in Log().token
