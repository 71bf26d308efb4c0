"""The recorder: what it keeps, what it lets go, and that a replay is not recorded twice."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.deployments.gateway import gateway
from studio.deployments.runs import Event
from studio.live import feed as feed_module
from studio.live.hub import hub
from studio.live.recorder import Recorder, recorder
from studio.live.recording import AROUND, Recording, recording_of, to_json
from studio.live.recordings import limits_at
from studio.live.tape import Tape
from studio.testing import FakeDeployment, FakeRun, FakeThread

NOW = datetime.now(UTC)
LARGE = 400
"""Characters of the data of an event that is worth counting in bytes."""


@pytest.fixture(autouse=True)
def _fresh() -> None:
    recorder.clear()


def event(number: int, data: object = None) -> Event:
    return Event(f"{number}-0", "updates", number if data is None else data)


def numbers(recording: Recording | None) -> list[str]:
    assert recording is not None
    return [one.json for one in recording.events]


async def kept(mine: Recorder, *runs: str) -> list[str]:
    """Those of the runs of which something is kept, without looking at any but these, in this order."""
    return [run for run in runs if (found := await mine.find("local", run)) and found.events]


def room(settings: Any, events: int) -> None:
    """Room for so many large events, and not for one more."""
    settings.STUDIO_RECORDER_MB = (events + 0.5) * (LARGE + AROUND) / 1_000_000


# What is kept


async def test_an_event_is_kept_as_it_came() -> None:
    mine = Recorder()
    mine.add("local", "r", Event("7-0", "custom", {"text": "ü"}, ("inner:1",)), NOW)
    found = await mine.find("local", "r")
    assert found is not None
    (one,) = found.events
    assert (one.place, one.at, one.mode, one.namespace, one.id) == (0, NOW, "custom", ("inner:1",), "7-0")
    assert one.json == '{"text":"ü"}'
    assert one.size == len('{"text":"ü"}'.encode())
    assert one.event == Event("7-0", "custom", {"text": "ü"}, ("inner:1",))


async def test_runs_and_deployments_are_kept_apart() -> None:
    mine = Recorder()
    for slug, run in (("a", "r"), ("b", "r"), ("a", "s")):
        mine.add(slug, run, event(1, f"{slug}{run}"))
    assert numbers(await mine.find("b", "r")) == ['"br"']
    assert await mine.find("b", "s") is None


async def test_what_was_found_does_not_change_any_more() -> None:
    mine = Recorder()
    mine.add("local", "r", event(0))
    found = await mine.find("local", "r")
    mine.add("local", "r", event(1))
    assert numbers(found) == ["0"]


def nested(depth: int) -> Any:
    made: Any = []
    for _ in range(depth):
        made = [made]
    return made


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"at": datetime(2026, 1, 5, tzinfo=UTC)}, '{"at":"2026-01-05T00:00:00Z"}'),
        ({"a": "\ud800"}, '{"a": "?"}'),
        ({"a": complex(1, 2)}, '{"a":"(1+2j)"}'),
        (2**80, str(2**80)),
        ({1: "a"}, '{"1":"a"}'),
        (nested(1010), '"(nested too deeply to be recorded)"'),
    ],
    ids=["time", "surrogate", "object", "large", "key", "deep"],
)
def test_whatever_data_holds_becomes_json(data: Any, told: str) -> None:
    assert to_json(data).decode() == told


def test_an_event_that_can_hardly_be_read_again_does_not_stop_anybody() -> None:
    (one,) = recording_of([Event("", "custom", nested(900))], NOW).events
    assert one.event.mode == "custom"  # with its data or without, as far as there is room for it


async def test_a_recorder_that_is_off_keeps_nothing(settings: Any) -> None:
    settings.STUDIO_RECORDER = "off"
    mine = Recorder()
    mine.add("local", "r", event(1))
    mine.end("local", "r")
    assert await mine.find("local", "r") is None


async def test_a_run_is_whole_once_it_was_relayed_to_its_end() -> None:
    mine = Recorder()
    mine.add("local", "r", event(1), first=True)
    assert not (await mine.find("local", "r")).whole  # type: ignore[union-attr]
    mine.end("local", "r")
    assert (await mine.find("local", "r")).whole  # type: ignore[union-attr]


async def test_a_run_of_which_something_between_may_be_missing_is_not_whole() -> None:
    mine = Recorder()
    mine.add("local", "r", event(1), first=True)
    mine.add("local", "r", event(5), first=True)  # a server that does not replay: nobody saw what came between
    mine.end("local", "r")
    found = await mine.find("local", "r")
    assert numbers(found) == ["1", "5"]
    assert found is not None
    assert not found.whole


# Bounds


async def test_of_a_long_run_the_newest_events_stay_in_their_places(settings: Any) -> None:
    settings.STUDIO_RECORDER_EVENTS = 3
    mine = Recorder()
    for number in range(5):
        mine.add("local", "r", event(number))
    found = await mine.find("local", "r")
    assert found is not None
    assert [one.place for one in found.events] == [2, 3, 4]
    assert numbers(found) == ["2", "3", "4"]
    assert found.lost == 2


async def test_the_oldest_runs_go_when_there_are_too_many_bytes(settings: Any) -> None:
    room(settings, 2)
    mine = Recorder()
    for run in "abcde":
        mine.add("local", run, event(1, "x" * (LARGE - 2)))
    assert await kept(mine, *"abcde") == ["d", "e"]


async def test_one_run_alone_stays_within_the_bytes_too(settings: Any) -> None:
    room(settings, 2)
    mine = Recorder()
    for number in range(10):
        mine.add("local", "r", event(number, str(number) * (LARGE - 2)))
    found = await mine.find("local", "r")
    assert [one[1] for one in numbers(found)] == ["8", "9"]
    assert found is not None
    assert found.lost == 8


async def test_an_event_that_has_no_room_at_all_is_not_kept(settings: Any) -> None:
    room(settings, 2)
    mine = Recorder()
    mine.add("local", "r", event(1, "x" * 10 * LARGE))
    found = await mine.find("local", "r")
    assert found is not None
    assert (found.events, found.lost) == ([], 1)


async def test_a_run_that_was_looked_at_outlives_one_that_was_not(settings: Any) -> None:
    room(settings, 2)
    mine = Recorder()
    for run in "ab":
        mine.add("local", run, event(1, "x" * (LARGE - 2)))
    assert await kept(mine, "a")
    mine.add("local", "c", event(1, "x" * (LARGE - 2)))
    assert await kept(mine, *"abc") == ["a", "c"]


async def test_what_is_too_old_goes(settings: Any) -> None:
    settings.STUDIO_RECORDER_HOURS = 2
    mine = Recorder()
    mine.add("local", "r", event(0), NOW - timedelta(hours=2.5))
    mine.add("local", "r", event(1), NOW)
    mine.add("local", "s", event(2), NOW - timedelta(hours=1))
    found = await mine.find("local", "r")
    assert numbers(found) == ["1"]
    assert found is not None
    assert found.lost == 1
    settings.STUDIO_RECORDER_HOURS = 0.5
    assert numbers(await mine.find("local", "s")) == []


@contextmanager
def told(**values: float) -> Iterator[None]:
    """Settings for a moment, within an example."""
    before = {name: getattr(configured, f"STUDIO_RECORDER_{name}") for name in values}
    try:
        for name, value in values.items():
            setattr(configured, f"STUDIO_RECORDER_{name}", value)
        yield
    finally:
        for name, value in before.items():
            setattr(configured, f"STUDIO_RECORDER_{name}", value)


STEPS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(["add", "add", "add", "end", "look"]),
        st.integers(0, 3 * LARGE),  # bytes
        st.integers(0, 40),  # minutes since the step before
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.integers(1, 6), st.integers(1, 8))
def test_no_bound_is_ever_exceeded_and_what_is_kept_is_the_end_of_what_came(
    steps: list[tuple[str, str, int, int]], events: int, large: int
) -> None:
    mine = Recorder()
    came: dict[str, list[int]] = {run: [] for run in "abc"}
    at = NOW - timedelta(minutes=sum(minutes for *_, minutes in steps))
    with told(EVENTS=events, MB=large * (LARGE + AROUND) / 1_000_000, HOURS=1):
        for number, (run, step, size, minutes) in enumerate(steps):
            at += timedelta(minutes=minutes)
            if step == "add":
                came[run].append(number)
                mine.add("local", run, Event("", "custom", [number, "x" * size]), at)
            elif step == "end":
                mine.end("local", run)
            limits = limits_at(NOW)
            all_kept = {run: tape.recording for (_, run), tape in mine._tapes.items()}
            weights = [one.weight for found in all_kept.values() for one in found.events]
            assert sum(weights) == mine._size <= limits.bytes
            for name, found in all_kept.items():
                assert len(found.events) <= events
                ours = [one.event.data[0] for one in found.events]
                assert ours == came[name][len(came[name]) - len(ours) :]
                assert [one.place for one in found.events] == list(range(found.lost, found.lost + len(ours)))
            if step == "look" and (looked := asyncio.run(mine.find("local", run))):
                assert all(one.at >= limits.oldest for one in looked.events)


@settings(max_examples=150)
@given(st.lists(st.sampled_from(["event", "silent", "viewer", "end"]), max_size=40), st.integers(1, 30))
def test_however_often_a_run_is_replayed_each_event_is_recorded_once(steps: list[str], most: int) -> None:
    """A server that replays every event with an id to whoever joins, and Studio that joins again and again."""
    tape = Tape()
    sent: list[Event] = []
    seen: list[Event] = []
    joined = False

    def relay(event: Event, first: bool) -> None:
        seen.append(event)
        tape.add(event, NOW, first)
        tape.shrink(limits_at(NOW)._replace(events=most))

    for number, step in enumerate(["viewer", *steps]):
        if step == "viewer":
            joined = True
            for place, event in enumerate(event for event in sent if event.id):
                relay(event, not place)
        elif step == "end":
            joined = False
        elif joined:
            numbered = step == "event"
            sent.append(Event(f"{number // 3}-0" if numbered or not sent else "", "custom", number))
            relay(sent[-1], len(sent) == 1)
        else:
            sent.append(Event(f"{number // 3}-0", "custom", number))
    expected = list(dict.fromkeys(event.data for event in seen))
    assert [one.event.data for one in tape.recording.events] == expected[-most:]
    assert not tape.torn


# Replays


async def test_a_run_that_is_replayed_from_its_start_is_not_recorded_twice() -> None:
    mine = Recorder()
    for times in range(3):
        for number in range(4):
            mine.add("local", "r", event(number), NOW + timedelta(seconds=10 * times + number), first=number == 0)
    found = await mine.find("local", "r")
    assert numbers(found) == ["0", "1", "2", "3"]
    assert found is not None
    assert [(one.at - NOW).seconds for one in found.events] == [
        0,
        1,
        2,
        3,
    ]  # when they came, not when they were replayed


async def test_a_relay_that_begins_later_goes_on_with_the_recording() -> None:
    mine = Recorder()
    mine.add("local", "r", event(0), first=True)
    mine.add("local", "r", event(1), first=True)
    assert numbers(await mine.find("local", "r")) == ["0", "1"]


async def test_events_of_the_same_millisecond_share_an_id_and_are_all_kept() -> None:
    mine = Recorder()
    for number in range(3):
        mine.add("local", "r", Event("7-0", "updates", number), first=number == 0)
    assert numbers(await mine.find("local", "r")) == ["0", "1", "2"]


async def test_a_replay_is_known_although_its_first_events_were_let_go(settings: Any) -> None:
    settings.STUDIO_RECORDER_EVENTS = 2
    mine = Recorder()
    for _ in range(2):
        for number in range(4):
            mine.add("local", "r", event(number), first=number == 0)
    found = await mine.find("local", "r")
    assert numbers(found) == ["2", "3"]
    assert found is not None
    assert found.lost == 2


async def test_a_replay_that_was_broken_off_begins_anew_with_the_next() -> None:
    mine = Recorder()
    for events in (4, 2, 5):
        for number in range(events):
            mine.add("local", "r", event(number), first=number == 0)
    assert numbers(await mine.find("local", "r")) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("both", [True, False])
async def test_the_head_of_a_stream_without_an_id_is_recorded_once(both: bool) -> None:
    mine = Recorder()
    for _ in range(2):
        mine.add("local", "r", Event("", "metadata", {}), first=True)
        mine.add("local", "r", event(1), first=both)
        mine.add("local", "r", event(2))
    found = await mine.find("local", "r")
    assert found is not None
    assert [one.mode for one in found.events] == ["metadata", "updates", "updates"]


# On a feed


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "IDLE", 0.01)
    monkeypatch.setattr(feed_module, "REJOIN", 0.01)
    monkeypatch.setattr(feed_module, "COALESCE", 0.005)


def held(fake: FakeDeployment, **asked: object) -> tuple[FakeThread, FakeRun]:
    fake.reply("one two three four five six")
    fake.hold()
    thread = fake.add_thread()
    return thread, fake.start_run(thread, {"assistant_id": "chat", "input": {"messages": []}} | asked)


def sent(run: FakeRun) -> list[str]:
    return [event.name for event in run.events]


async def until(met: Callable[[], bool]) -> None:
    """Wait for something that the fake or a feed will have done in a moment."""
    async with asyncio.timeout(20):
        while True:
            if met():
                return
            await asyncio.sleep(0.002)


async def until_recorded(run: FakeRun) -> None:
    """Wait until every event of a run so far is in its recording."""
    async with asyncio.timeout(20):
        while True:
            found = await recorder.find("local", run.id)
            if found and len(found.events) >= len(run.events):
                return
            await asyncio.sleep(0.002)


async def watched(fake: FakeDeployment, run: FakeRun, events: int = 0) -> None:
    """One viewer, who comes, sees so many events more and goes."""
    mine = await gateway(fake.deployment)
    feed = hub.join(mine, run.thread_id)
    try:
        run.advance(events)
        await until_recorded(run)
    finally:
        await hub.leave(mine, run.thread_id, feed)


@pytest.mark.usefixtures("_impatient")
async def test_what_a_feed_relays_is_recorded_once_however_often_somebody_looks(
    fake_deployment: FakeDeployment,
) -> None:
    _, run = held(fake_deployment, stream_resumable=True)
    for events in (3, 0, 2):
        await watched(fake_deployment, run, events)
    found = await recorder.find("local", run.id)
    assert found is not None
    assert [one.mode for one in found.events] == sent(run)


@pytest.mark.usefixtures("_impatient")
async def test_a_stream_that_breaks_is_recorded_without_gaps_and_without_doubles(
    fake_deployment: FakeDeployment,
) -> None:
    _, run = held(fake_deployment, stream_resumable=True)
    fake_deployment.faults.cut_stream(after=2, times=3)
    mine = await gateway(fake_deployment.deployment)
    feed = hub.join(mine, run.thread_id)
    try:
        for _ in range(4):
            run.advance(1)
            await until_recorded(run)
        fake_deployment.release()
        await until(lambda: not run.active and feed.run_id is None)
    finally:
        await hub.leave(mine, run.thread_id, feed)
    found = await recorder.find("local", run.id)
    assert found is not None
    assert [one.id for one in found.events] == [event.id for event in run.events]


@pytest.mark.usefixtures("_impatient")
async def test_a_run_that_cannot_be_replayed_is_recorded_as_far_as_it_was_seen(
    fake_deployment: FakeDeployment,
) -> None:
    _, run = held(fake_deployment)
    mine = await gateway(fake_deployment.deployment)
    feed = hub.join(mine, run.thread_id)
    try:
        stream = f"GET /threads/{run.thread_id}/runs/{run.id}/stream"
        await until(lambda: bool(fake_deployment.seen(stream)))
        run.advance(3)
        await until_recorded(run)
    finally:
        await hub.leave(mine, run.thread_id, feed)
    found = await recorder.find("local", run.id)
    assert found is not None
    assert [one.mode for one in found.events] == sent(run)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("erased", [True, False])
async def test_with_a_run_that_is_erased_goes_what_was_recorded_of_it(
    erased: bool, fake_deployment: FakeDeployment
) -> None:
    thread, run = held(fake_deployment, stream_resumable=True)
    mine = await gateway(fake_deployment.deployment)
    feed = hub.join(mine, run.thread_id)
    try:
        run.advance(3)
        await until_recorded(run)
        if erased:
            thread.remove_run(run)
        else:
            run.stop("interrupted")
        await until(lambda: feed.run_id is None)
    finally:
        await hub.leave(mine, run.thread_id, feed)
    assert (await recorder.find("local", run.id) is None) is erased
