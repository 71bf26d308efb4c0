"""The events of runs as Studio relayed them, kept for a while: so that a run can be looked at again, and replayed, even
where the deployment keeps nothing. In the memory of this process or, where `STUDIO_RECORDER` says so, in the database,
for any worker to read.

A relay only ever puts events on a tape in memory. What goes to the database is taken off the tapes about every second
and when a run ends, in a thread; so the last second may be lost when the process is killed.
"""

import asyncio
import atexit
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from weakref import WeakSet

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError

from studio.deployments.runs import Event
from studio.live import recordings
from studio.live.recording import Recording
from studio.live.recordings import limits_at
from studio.live.tape import Batch, Tape

EVERY = 1.0
"""Seconds between two writes to the database."""
TAPES = 10_000
"""Runs that are known at once; of those in the database there is next to nothing in memory."""

Key = tuple[str, str]
"""A deployment's slug and a run id."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Recorder:
    """The tapes of this process. Events come from the event loop, what goes to the database is taken in threads."""

    _tapes: OrderedDict[Key, Tape] = field(default_factory=OrderedDict)
    _size: int = 0
    _keeping: Lock = field(default_factory=Lock)
    """Held for moments only: relays wait for it."""
    _writing: Lock = field(default_factory=Lock)
    _due: "WeakSet[asyncio.AbstractEventLoop]" = field(default_factory=WeakSet)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def add(
        self, deployment: str, run_id: str, event: Event, at: datetime | None = None, *, first: bool = False
    ) -> None:
        """Keep an event of a run, which came now or `at` a time. `first`: a relay begins with it; when it is the one
        that the recording begins with, the run is replayed, and what is known of it is not recorded twice."""
        if settings.STUDIO_RECORDER == "off":
            return
        key, at = (deployment, run_id), at or datetime.now(UTC)
        limits = limits_at(at)
        with self._keeping:
            tape = self._tapes.get(key)
            if tape is None:
                tape = self._tapes[key] = Tape()
            self._tapes.move_to_end(key)
            before = tape.size
            tape.add(event, at, first)
            tape.shrink(limits)
            self._size += tape.size - before
            while self._size > limits.bytes or len(self._tapes) > TAPES:
                self._size -= self._tapes.popitem(last=False)[1].size
        if settings.STUDIO_RECORDER == "database":
            self._write_in(EVERY)

    def end(self, deployment: str, run_id: str) -> None:
        """A run was relayed to its end: there is nothing more to come."""
        limits = limits_at(datetime.now(UTC))
        with self._keeping:
            if tape := self._tapes.get((deployment, run_id)):
                tape.ended = True
            for tape in self._tapes.values():
                tape.shrink(limits)
            self._size = sum(tape.size for tape in self._tapes.values())
        if settings.STUDIO_RECORDER == "database":
            self._write_in(0)

    async def find(self, deployment: str, run_id: str) -> Recording | None:
        """What was recorded of a run, which is being looked at; None when that is nothing. From the database this
        includes what other workers have relayed, but for their last second."""
        key = (deployment, run_id)
        if settings.STUDIO_RECORDER == "database":
            return await database_sync_to_async(self._read)(key)
        limits = limits_at(datetime.now(UTC))
        with self._keeping:
            tape = self._tapes.get(key)
            if tape is None:
                return None
            self._tapes.move_to_end(key)
            self._size -= tape.size
            tape.shrink(limits)
            self._size += tape.size
            return tape.recording

    def flush(self) -> None:
        """Write what is only in memory to the database; where nothing is to be written, it is not touched. What could
        not be written stays in memory, and the error is raised."""
        with self._writing:
            taken = self._take()
            if not taken:
                return
            limits = limits_at(datetime.now(UTC))
            try:
                recordings.write({key: batch for key, _, batch in taken}, limits)
            except DatabaseError:
                with self._keeping:
                    for _, tape, batch in taken:
                        tape.put_back(batch)
                        tape.shrink(limits)
                    self._size = sum(tape.size for tape in self._tapes.values())
                raise
            if any(tape.ended for _, tape, _ in taken):
                recordings.prune(limits)

    async def forget(self, deployment: str, *runs: str) -> None:
        """Let go of all that was recorded of runs that are gone; when the database does not, that is only logged."""
        with self._keeping:
            for run in runs:
                if tape := self._tapes.pop((deployment, run), None):
                    self._size -= tape.size
        if settings.STUDIO_RECORDER == "database":
            try:
                await database_sync_to_async(self._erase)(deployment, runs)
            except DatabaseError:
                logger.exception("recordings of runs that are gone could not be removed")

    def clear(self) -> None:
        """Forget everything that is in memory."""
        with self._keeping:
            self._tapes.clear()
            self._size = 0

    def _erase(self, deployment: str, runs: tuple[str, ...]) -> None:
        with self._writing:  # what is being written at this moment goes too
            recordings.forget(deployment, runs)

    def _take(self) -> list[tuple[Key, Tape, Batch]]:
        """What has to be written; tapes that have ended are not needed any more."""
        with self._keeping:
            fresh = [(key, tape) for key, tape in self._tapes.items() if tape.events or tape.ended > tape.told]
            taken = [(key, tape, tape.take()) for key, tape in fresh]
            self._size = 0
        return taken

    def _read(self, key: Key) -> Recording | None:
        try:
            self.flush()
        except DatabaseError:
            logger.exception("events of runs could not be written")
        return recordings.read(key, limits_at(datetime.now(UTC)))

    def _write_in(self, seconds: float) -> None:
        """Write within so many seconds. Without an event loop it waits until somebody looks, or the process ends."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if seconds and loop in self._due:
            return
        self._due.add(loop)
        loop.call_later(seconds, self._begin, loop)

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._due.discard(loop)
        task = loop.create_task(self._write(), name="write recordings")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self) -> None:
        try:
            await database_sync_to_async(self.flush)()
        except DatabaseError:
            logger.exception("events of runs could not be written; they are kept in memory for now")
            self._write_in(EVERY)

    def leave(self) -> None:
        """The process ends: write what is left."""
        if settings.configured and settings.STUDIO_RECORDER == "database":
            try:
                self.flush()
            except DatabaseError:
                logger.exception("events of runs could not be written, and are lost")


recorder = Recorder()
atexit.register(recorder.leave)
