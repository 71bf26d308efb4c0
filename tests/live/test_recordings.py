"""Recordings in the database: written beside the relay, read by any worker, within their bounds."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import DatabaseError
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from studio.deployments.gateway import gateway
from studio.deployments.runs import Event
from studio.live import feed as feed_module
from studio.live import recorder as module
from studio.live import recordings
from studio.live.hub import hub
from studio.live.recorder import Recorder, recorder
from studio.live.recording import AROUND, Recording
from studio.live.tape import Batch, Limits, Tape
from studio.models import EventBatch, RecordedRun
from studio.testing import FakeDeployment

ROOT = Path(__file__).parents[2]
NOW = datetime.now(UTC)
ROOMY = Limits(1000, 10_000_000, NOW - timedelta(hours=1))
LARGE = 400

in_one = pytest.mark.django_db
by_threads = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _in_the_database(settings: Any) -> None:
    settings.STUDIO_RECORDER = "database"
    recorder.clear()


def event(number: int) -> Event:
    return Event(f"{number}-0", "custom", number)


def numbers(recording: Recording | None) -> list[Any]:
    assert recording is not None
    return [one.event.data for one in recording.events]


def batch(tape: Tape, *data: Any, at: datetime = NOW, ended: bool = False) -> Batch:
    """What is to be written when these events have come."""
    for one in data:
        tape.add(Event("", "custom", one), at, False)
    tape.ended = ended
    return tape.take()


def write(tape: Tape, *data: Any, run: str = "r", limits: Limits = ROOMY, **facts: Any) -> None:
    recordings.write({("local", run): batch(tape, *data, **facts)}, limits)


def read(run: str = "r", limits: Limits = ROOMY) -> Recording | None:
    return recordings.read(("local", run), limits)


async def written(mine: Recorder) -> None:
    await database_sync_to_async(mine.flush)()


# Any worker reads what one has written


@by_threads
async def test_what_one_worker_recorded_another_reads() -> None:
    mine, other = Recorder(), Recorder()
    mine.add("local", "r", Event("7-0", "custom", {"text": "ü\n\0"}, ("inner:1", "x")), NOW, first=True)
    mine.add("local", "r", Event("", "error", None))
    mine.end("local", "r")
    await written(mine)
    found = await other.find("local", "r")
    assert found is not None
    assert (found.whole, found.lost, found.timed) == (True, 0, True)
    assert [one.event for one in found.events] == [
        Event("7-0", "custom", {"text": "ü\n\0"}, ("inner:1", "x")),
        Event("", "error", None),
    ]
    assert (found.events[0].at, found.events[1].place) == (NOW, 1)
    assert await other.find("other", "r") is await other.find("local", "s") is None


@by_threads
async def test_who_looks_sees_what_is_not_written_yet() -> None:
    mine = Recorder()
    for number in range(3):
        mine.add("local", "r", event(number), first=not number)
        assert numbers(await mine.find("local", "r")) == list(range(number + 1))
    assert not (await mine.find("local", "r")).whole  # type: ignore[union-attr]


@by_threads
async def test_no_text_stays_in_memory_once_it_is_written() -> None:
    mine = Recorder()
    mine.add("local", "r", event(1))
    await written(mine)
    assert all(not tape.events and not tape.size for tape in mine._tapes.values())
    assert mine._size == 0


@by_threads
async def test_a_replay_of_what_was_written_is_not_recorded_twice() -> None:
    mine = Recorder()
    for events in (2, 4):
        for number in range(events):
            mine.add("local", "r", event(number), first=not number)
        await written(mine)
    assert numbers(await mine.find("local", "r")) == [0, 1, 2, 3]


@by_threads
async def test_a_run_is_written_by_itself_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 1000)
    mine, other = Recorder(), Recorder()
    mine.add("local", "r", event(1))
    assert await other.find("local", "r") is None
    mine.end("local", "r")
    async with asyncio.timeout(20):
        while True:
            found = await other.find("local", "r")
            if found and found.whole:
                break
            await asyncio.sleep(0.002)
    assert numbers(found) == [1]


@by_threads
async def test_what_a_feed_relays_is_written_while_the_run_works(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY", 0.01)
    monkeypatch.setattr(feed_module, "IDLE", 0.01)
    monkeypatch.setattr(feed_module, "REJOIN", 0.01)
    other = Recorder()
    fake_deployment.reply("one two three")
    fake_deployment.hold()
    thread = fake_deployment.add_thread()
    asked = {"assistant_id": "chat", "input": {"messages": []}, "stream_resumable": True}
    run = fake_deployment.start_run(thread, asked)

    async def until(met: Callable[[Recording | None], bool]) -> None:
        async with asyncio.timeout(20):
            while True:
                if met(await other.find("local", run.id)):
                    return
                await asyncio.sleep(0.002)

    mine = await gateway(fake_deployment.deployment)
    feed = hub.join(mine, thread.id)
    try:
        run.advance(3)
        await until(lambda found: found is not None and len(found.events) == len(run.events))
        fake_deployment.release()
        await until(lambda found: found is not None and found.whole)
    finally:
        await hub.leave(mine, thread.id, feed)
    found = await other.find("local", run.id)
    assert found is not None
    assert [one.id for one in found.events] == [event.id for event in run.events]


@by_threads
async def test_what_cannot_be_written_is_kept_and_written_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*_: Any) -> None:
        raise DatabaseError("database is locked")

    mine = Recorder()
    with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL, module.__name__):
        patch.setattr(recordings, "write", locked)
        mine.add("local", "r", event(1))
        assert await mine.find("local", "r") is None
        mine.add("local", "r", event(2))
        mine.end("local", "r")
        with pytest.raises(DatabaseError):
            await written(mine)
    found = await mine.find("local", "r")
    assert numbers(found) == [1, 2]
    assert found is not None
    assert found.whole


@by_threads
async def test_an_end_that_cannot_be_written_is_written_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: Any) -> None:
        raise DatabaseError("database is locked")

    mine = Recorder()
    mine.add("local", "r", event(1))
    await written(mine)
    mine.end("local", "r")
    with monkeypatch.context() as patch:
        patch.setattr(recordings, "write", locked)
        with pytest.raises(DatabaseError):
            await written(mine)
    found = await mine.find("local", "r")
    assert found is not None
    assert found.whole


@in_one
@pytest.mark.parametrize("place", ["memory", "off"])
async def test_without_a_word_the_database_is_not_touched(place: str, settings: Any) -> None:
    settings.STUDIO_RECORDER = place
    mine = Recorder()
    mine.add("local", "r", event(1))
    mine.end("local", "r")
    await mine.find("local", "r")
    mine.leave()
    assert not mine._due
    assert not mine._tasks
    assert not await RecordedRun.objects.aexists()


# Several relays of one run


@in_one
def test_two_relays_of_a_run_do_not_get_mixed_up() -> None:
    first, second = Tape(), Tape()
    write(first, 0, 1)
    write(second, 0)
    write(first, 2)
    write(second, 1, 2, 3)
    assert numbers(read()) == [0, 1, 2, 3]


@in_one
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_whole_relays_the_longer_one_stays(order: tuple[int, int]) -> None:
    relays = [Tape(), Tape()]
    whole = [range(3), range(1, 3)]
    for number in order:
        write(relays[number], *whole[number], ended=True)
    assert numbers(read()) == [0, 1, 2]
    assert RecordedRun.objects.count() == 1


@in_one
def test_a_whole_relay_is_preferred_to_a_longer_one_that_was_broken_off() -> None:
    write(Tape(), 0, 1, ended=True)
    write(Tape(), 0, 1, 2)
    assert numbers(read()) == [0, 1]


@in_one
def test_what_could_not_be_written_leaves_no_gap_in_what_is_kept() -> None:
    tape = Tape()
    write(tape, 0, 1)
    batch(tape, 2)  # lost
    write(tape, 3, ended=True)
    found = read()
    assert numbers(found) == [3]
    assert found is not None
    assert (found.lost, found.events[0].place) == (3, 3)


@in_one
@pytest.mark.parametrize("id", ["x" * 101, "a\0b"])
def test_a_run_that_nobody_can_ask_for_does_not_hinder_the_others(id: str) -> None:
    recordings.write({("local", id): batch(Tape(), 1), ("local", "r"): batch(Tape(), 2)}, ROOMY)
    assert numbers(read()) == [2]
    assert RecordedRun.objects.count() == 1


@in_one
def test_hostile_names_are_stored() -> None:
    tape = Tape()
    tape.add(Event("\ud800", "\ud800", "\ud800", ("\ud800",)), NOW, False)
    recordings.write({("local", "r"): tape.take()}, ROOMY)
    (one,) = read().events  # type: ignore[union-attr]
    assert one.event == Event("?", "?", "?", ("?",))


# Bounds


@in_one
def test_runs_that_are_too_old_are_pruned() -> None:
    for run in "ab":
        write(Tape(), 1, run=run, ended=True)
    RecordedRun.objects.filter(run_id="a").update(written_at=NOW - timedelta(hours=2))
    recordings.prune(ROOMY)
    assert [run.run_id for run in RecordedRun.objects.all()] == ["b"]
    assert EventBatch.objects.count() == 1


@in_one
def test_the_runs_written_longest_ago_go_when_there_are_too_many_bytes() -> None:
    for run in "abcd":
        write(Tape(), "x" * (LARGE - 2), run=run, ended=True)
    recordings.prune(ROOMY._replace(bytes=2 * (LARGE + AROUND)))
    assert sorted(run.run_id for run in RecordedRun.objects.all()) == ["c", "d"]


@in_one
def test_old_events_of_a_run_that_goes_on_are_not_shown() -> None:
    tape = Tape()
    write(tape, 0, at=NOW - timedelta(hours=2))
    write(tape, 1)
    found = read()
    assert numbers(found) == [1]
    assert found is not None
    assert found.lost == 1


@by_threads
async def test_a_run_that_ends_prunes(settings: Any) -> None:
    settings.STUDIO_RECORDER_MB = 1.5 * (LARGE + AROUND) / 1_000_000
    mine = Recorder()
    for run in "ab":
        mine.add("local", run, Event("", "custom", "x" * (LARGE - 2)))
        mine.end("local", run)
        await written(mine)
    assert [run.run_id async for run in RecordedRun.objects.all()] == ["b"]


WRITES = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.lists(st.integers(0, 3 * LARGE), max_size=12),
        st.sampled_from(["written", "written", "written", "lost", "ended"]),
    ),
    max_size=8,
)


class Bounds(TestCase):
    """Hypothesis needs a transaction for each of its examples."""

    @examples(max_examples=100, deadline=None)
    @given(WRITES, st.integers(1, 12), st.integers(1, 8))
    def test_no_bound_is_ever_exceeded_and_what_is_kept_is_the_end_of_what_came(
        self, writes: list[tuple[str, list[int], str]], events: int, large: int
    ) -> None:
        limits = Limits(events, large * (LARGE + AROUND), NOW - timedelta(hours=1))
        tapes = {run: Tape() for run in "ab"}
        came: dict[str, list[int]] = {run: [] for run in "ab"}
        for number, (run, sizes, fate) in enumerate(writes):
            tape = tapes[run]
            places = [100 * number + place for place in range(len(sizes))]
            data = [[place, "x" * size] for place, size in zip(places, sizes, strict=True)]
            came[run] += places
            taken = batch(tape, *data, ended=fate == "ended")
            if fate != "lost":
                recordings.write({("local", run): taken}, limits)
            for row in RecordedRun.objects.all():
                held = list(row.batches.order_by("place"))
                assert row.count == sum(one.count for one in held) <= events
                assert row.size == sum(one.size for one in held) <= limits.bytes
                found = read(row.run_id, limits)
                assert found is not None
                assert len(found.events) == row.count
                ours = [one.event.data[0] for one in found.events]
                assert [one.place for one in found.events] == list(range(found.lost, row.next))
                assert ours == came[row.run_id][found.lost : row.next]
            if fate == "ended":
                recordings.prune(limits)
                assert sum(row.size for row in RecordedRun.objects.all()) <= limits.bytes


# Other processes


CHILD = """
import asyncio, sys
import django
django.setup()
from studio.deployments.runs import Event
from studio.live.recorder import recorder

async def write(how):
    for number in range(3):
        recorder.add("local", "r", Event(f"{number}-0", "custom", number), first=not number)
    if how == "waits":
        print("ready", flush=True)
        await asyncio.Event().wait()

async def read():
    found = await recorder.find("local", "r")
    print([one.event.data for one in found.events] if found else None)

asyncio.run(read() if sys.argv[1] == "read" else write(sys.argv[1]))
"""


@contextmanager
def child(home: Path, what: str) -> Iterator["subprocess.Popen[str]"]:
    own = {
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "STUDIO_RECORDER": "database",
        "DATABASE_URL": f"sqlite:///{home / 'studio.sqlite3'}",
    }
    command = [sys.executable, "-c", CHILD, what] if what != "migrate" else [sys.executable, "manage.py", "migrate"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def told(home: Path, what: str) -> str:
    with child(home, what) as process:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        return out.strip()


def test_another_process_reads_what_one_wrote_that_ended(tmp_path: Path) -> None:
    told(tmp_path, "migrate")
    assert told(tmp_path, "read") == "None"
    assert told(tmp_path, "leaves") == ""  # at once, before anything was due
    assert json.loads(told(tmp_path, "read")) == [0, 1, 2]


def test_another_process_reads_what_one_wrote_that_was_killed(tmp_path: Path) -> None:
    told(tmp_path, "migrate")
    with child(tmp_path, "waits") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        while told(tmp_path, "read") == "None":  # it is there after a second
            assert process.poll() is None
        process.kill()
        process.wait()
    assert json.loads(told(tmp_path, "read")) == [0, 1, 2]


# Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STUDIO_RECORDER", "tape"),
        ("STUDIO_RECORDER_HOURS", "0"),
        ("STUDIO_RECORDER_MB", "-1"),
        ("STUDIO_RECORDER_EVENTS", "many"),
        ("STUDIO_ORIGINS", "studio.example.com"),
        ("STUDIO_ORIGINS", "https://studio.example.com/"),
        ("STUDIO_ORIGINS", "https://studio.example.com:443"),
        ("STUDIO_ORIGINS", "https://*.example.com"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told(name: str, value: str) -> None:
    command = [sys.executable, "-c", "import studio.settings"]
    answer = subprocess.run(
        command, cwd=ROOT, env=os.environ | {name: value}, capture_output=True, text=True, check=False
    )
    assert answer.returncode != 0
    assert answer.stderr.splitlines()[-1].startswith(f"studio.deployments.config.ConfigurationError: {name}: ")
