"""The recorder: what it keeps, what it lets go, and that a replay is not recorded twice."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from studio.deployments.gateway import gateway
from studio.deployments.runs import Event
from studio.live import feed as feed_module
from studio.live import recorder as module
from studio.live.hub import hub
from studio.live.recorder import Recorder, Recording, recorder, recording_of
from studio.testing import FakeDeployment, FakeRun, FakeThread

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def event(number: int, data: object = None) -> Event:
    return Event(f"{number}-0", "updates", number if data is None else data)


def numbers(recording: Recording | None) -> list[str]:
    assert recording is not None
    return [one.json for one in recording.events]


# What is kept


def test_an_event_is_kept_as_it_came() -> None:
    mine = Recorder()
    mine.add("local", "r", Event("7-0", "custom", {"text": "ü"}, ("inner:1",)), NOW)
    found = mine.find("local", "r")
    assert found is not None
    (one,) = found.events
    assert (one.place, one.at, one.mode, one.namespace, one.id) == (0, NOW, "custom", ("inner:1",), "7-0")
    assert one.json == '{"text": "ü"}'


def test_runs_and_deployments_are_kept_apart() -> None:
    mine = Recorder()
    for slug, run in (("a", "r"), ("b", "r"), ("a", "s")):
        mine.add(slug, run, event(1, f"{slug}{run}"))
    assert numbers(mine.find("b", "r")) == ['"br"']
    assert mine.find("b", "s") is None


def test_what_json_does_not_know_is_kept_as_text() -> None:
    assert numbers(recording_of([event(1, {"at": NOW})], NOW)) == ['{"at": "2026-01-05 09:00:00+00:00"}']


# Bounds


def test_of_a_long_run_the_newest_events_stay_in_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_KEPT", 3)
    mine = Recorder()
    for number in range(5):
        mine.add("local", "r", event(number))
    found = mine.find("local", "r")
    assert found is not None
    assert [one.place for one in found.events] == [2, 3, 4]
    assert numbers(found) == ["2", "3", "4"]
    assert (found.lost, found.size, mine.size) == (2, 3, 3)


def test_the_oldest_runs_go_when_there_are_too_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BYTES_KEPT", 100)
    mine = Recorder()
    for run in "abcde":
        mine.add("local", run, event(1, "x" * 38))
    assert [run for _, run in mine.recordings] == ["d", "e"]
    assert mine.size == sum(found.size for found in mine.recordings.values()) <= 100


def test_one_run_alone_stays_within_the_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BYTES_KEPT", 100)
    mine = Recorder()
    for number in range(10):
        mine.add("local", "r", event(number, str(number) * 38))
    found = mine.find("local", "r")
    assert found is not None
    assert mine.size == found.size <= 100
    assert numbers(found)[-1] == f'"{"9" * 38}"'
    assert found.lost == 10 - len(found.events)


def test_a_run_that_was_looked_at_outlives_one_that_was_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BYTES_KEPT", 100)
    mine = Recorder()
    for run in "ab":
        mine.add("local", run, event(1, "x" * 38))
    assert mine.find("local", "a")
    mine.add("local", "c", event(1, "x" * 38))
    assert [run for _, run in mine.recordings] == ["a", "c"]


def test_the_books_balance_whatever_comes_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BYTES_KEPT", 500)
    monkeypatch.setattr(module, "EVENTS_KEPT", 5)
    mine = Recorder()
    for number in range(200):
        mine.add("local", str(number * 7 % 11), event(number % 4, "x" * (number % 60)), first=number % 9 == 0)
        assert mine.size == sum(found.size for found in mine.recordings.values())
        for found in mine.recordings.values():
            assert found.size == sum(one.size for one in found.events)
            assert [one.place for one in found.events] == list(range(found.lost, found.lost + len(found.events)))


# Replays


def test_a_run_that_is_replayed_from_its_start_is_not_recorded_twice() -> None:
    mine = Recorder()
    for _ in range(3):
        for number in range(4):
            mine.add("local", "r", event(number), first=number == 0)
    assert numbers(mine.find("local", "r")) == ["0", "1", "2", "3"]
    assert mine.size == 4


def test_a_relay_that_begins_later_goes_on_with_the_recording() -> None:
    mine = Recorder()
    mine.add("local", "r", event(0), first=True)
    mine.add("local", "r", event(1), first=True)
    assert numbers(mine.find("local", "r")) == ["0", "1"]


def test_events_of_the_same_millisecond_share_an_id_and_are_all_kept() -> None:
    mine = Recorder()
    for number in range(3):
        mine.add("local", "r", Event("7-0", "updates", number), first=number == 0)
    assert numbers(mine.find("local", "r")) == ["0", "1", "2"]


def test_a_replay_is_known_although_its_first_events_were_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_KEPT", 2)
    mine = Recorder()
    for _ in range(2):
        for number in range(4):
            mine.add("local", "r", event(number), first=number == 0)
    found = mine.find("local", "r")
    assert numbers(found) == ["2", "3"]
    assert found is not None
    assert found.lost == 2


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
    async with asyncio.timeout(5):
        while True:
            if met():
                return
            await asyncio.sleep(0.002)


def recorded(run: FakeRun) -> bool:
    """Whether every event of a run so far is in its recording."""
    found = recorder.find("local", run.id)
    return found is not None and len(found.events) >= len(run.events)


async def until_recorded(run: FakeRun) -> None:
    await until(lambda: recorded(run))


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
    found = recorder.find("local", run.id)
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
    found = recorder.find("local", run.id)
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
    found = recorder.find("local", run.id)
    assert found is not None
    assert [one.mode for one in found.events] == sent(run)
