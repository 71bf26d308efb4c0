"""What was recorded of runs that are gone: nothing of it stays, in memory or in the database."""

import asyncio
import logging
from collections.abc import Iterable
from threading import Event as Signal
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import DatabaseError

from studio.deployments.runs import Event
from studio.live import recordings
from studio.live.recorder import Recorder
from studio.live.tape import Batch, Limits
from studio.models import EventBatch

pytestmark = pytest.mark.django_db(transaction=True)


def recorded(*runs: str, deployment: str = "local") -> Recorder:
    """A recorder with an event of each run."""
    mine = Recorder()
    for run in runs:
        mine.add(deployment, run, Event("1-0", "custom", "words"))
    return mine


async def left(mine: Recorder, *runs: str) -> list[str]:
    return [run for run in runs if await mine.find("local", run)]


async def test_in_memory_only_what_was_named_goes() -> None:
    mine = recorded("a", "b", "c")
    await mine.forget("local", "a", "c", "unheard-of")
    await mine.forget("other", "b")
    assert await left(mine, "a", "b", "c") == ["b"]
    await mine.forget("local", "b")
    assert mine._size == 0


async def test_in_the_database_it_goes_for_every_worker(settings: Any) -> None:
    settings.STUDIO_RECORDER = "database"
    mine, other = recorded("a", "b"), Recorder()
    await database_sync_to_async(mine.flush)()
    mine.add("local", "a", Event("2-0", "custom", "not written yet"))
    await mine.forget("local", "a")
    await database_sync_to_async(mine.flush)()
    assert await left(other, "a", "b") == ["b"]
    assert await database_sync_to_async(EventBatch.objects.count)() == 1


async def test_what_is_being_written_at_that_moment_does_not_come_again(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STUDIO_RECORDER = "database"
    mine, begun, go_on = recorded("a"), Signal(), Signal()
    order: list[str] = []

    def slow(batches: dict[tuple[str, str], Batch], limits: Limits) -> None:
        begun.set()
        assert go_on.wait(20)
        order.append("written")

    def erase(deployment: str, runs: Iterable[str]) -> None:
        order.append("erased")

    monkeypatch.setattr(recordings, "write", slow)
    monkeypatch.setattr(recordings, "forget", erase)
    writing = asyncio.create_task(asyncio.to_thread(mine.flush))
    assert await asyncio.to_thread(begun.wait, 20)
    erasing = asyncio.create_task(mine.forget("local", "a"))
    while mine._tapes:  # noqa: ASYNC110 – nothing tells
        await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(writing, erasing)
    assert order == ["written", "erased"]


async def test_a_database_that_fails_stops_nobody_and_is_logged(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STUDIO_RECORDER = "database"

    def fail(deployment: str, runs: Iterable[str]) -> None:
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(recordings, "forget", fail)
    with caplog.at_level(logging.ERROR):
        await recorded("a").forget("local", "a")
    assert "could not be removed" in caplog.text
