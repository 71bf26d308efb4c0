"""The feed of one thread: follows whatever run works on it, whoever started it, and writes frames into a log.

While nothing runs, the thread's status is asked for every two seconds; starting a run from this process wakes the
feed at once. A stream that ends proves nothing: the run's status decides whether it is over or has to be joined
again.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any

from studio.deployments import runs, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.runs import Event, Run
from studio.live.log import Log
from studio.live.recorder import recorder
from studio.live.reducer import Reducer

COALESCE = 0.04
"""Seconds of tokens that become one frame."""
IDLE = 2.0
"""Seconds between two looks at a thread on which nothing runs."""
REJOIN = 0.5
"""Seconds before a stream that broke is joined again."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Feed:
    """What viewers of one thread read: `log` holds the frames of the present run, `status` is what they are told.
    `version` counts the changes of the thread's state that this feed has seen; `seen` is the thread's own stamp, by
    which a page can tell whether anything happened before it began to watch; `news` is exchanged and set whenever
    anything is new."""

    gateway: Gateway
    thread_id: str
    log: Log = field(default_factory=Log)
    run_id: str | None = None
    connection: str = "reconnecting"
    version: int = 0
    seen: str = ""
    token: str = field(default_factory=lambda: token_hex(4))
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def status(self) -> dict[str, Any]:
        """The status message for viewers."""
        return {
            "connection": self.connection,
            "run": self.run_id,
            "feed": self.log.token,
            "version": f"{self.token}.{self.version}",
            "thread": self.seen,
        }

    def wake(self) -> None:
        """Look at the thread now: something has been started or stopped."""
        self._wake.set()

    async def follow(self) -> None:
        """Run until cancelled."""
        while True:
            try:
                run = await self._look()
                self._tell(connection="live", version=self.version + (self.connection == "stale"))
                if run is not None:
                    await self._relay(run)
                    continue
                if self.run_id is not None:  # it ended while nobody could see it
                    self._ended()
            except DeploymentError as error:
                gone = error.kind == "not_found" and self.connection != "stale"
                self._tell(connection="stale", version=self.version + gone)
            except Exception:
                logger.exception("the feed of thread %s stumbled", self.thread_id)
                self._tell(connection="stale")
            await self._rest()

    async def _look(self) -> Run | None:
        """The run that works on the thread now; a changed thread without one is news too."""
        thread = await threads.get(self.gateway, self.thread_id)
        active = [run for run in await runs.recent(self.gateway, self.thread_id) if run.active]
        if thread.stamp != self.seen:
            self._tell(version=self.version + bool(self.seen), seen=thread.stamp)
        return active[-1] if active else None

    async def _relay(self, run: Run) -> None:
        """Write the frames of one run until it is over."""
        reducer, taken = Reducer(), 0
        self._tell(run_id=run.id, log=Log(), version=self.version + 1)
        while run.active:
            flusher = asyncio.create_task(self._flush_often(reducer), name=f"flush {run.id}")
            try:
                async for event in _after(taken, runs.follow(self.gateway, self.thread_id, run.id)):
                    recorder.add(self.gateway.deployment.slug, run.id, event, first=not taken)
                    taken += bool(event.id)
                    reducer.feed(event)
            except DeploymentError as error:
                logger.info("stream of run %s broke: %s", run.id, error.title)
                self._tell(connection="stale" if error.kind == "unreachable" else self.connection)
            finally:
                flusher.cancel()
            self._flush(reducer)
            run = await self._state_of(run)
        recorder.end(self.gateway.deployment.slug, run.id)
        self._ended()

    def _ended(self) -> None:
        """No run works on the thread any more."""
        self._tell(run_id=None, log=Log(), version=self.version + 1)

    async def _state_of(self, run: Run) -> Run:
        """The run as it is now; one that is still active is given a moment before its stream is joined again. One that
        is gone was rolled back or deleted."""
        try:
            now = await runs.get(self.gateway, self.thread_id, run.id)
        except DeploymentError as error:
            if error.kind != "not_found":
                raise
            return replace(run, status="deleted")
        self._tell(connection="live")
        if now.active:
            await asyncio.sleep(REJOIN)
        return now

    async def _flush_often(self, reducer: Reducer) -> None:
        while True:
            await asyncio.sleep(COALESCE)
            self._flush(reducer)

    def _flush(self, reducer: Reducer) -> None:
        if not reducer.empty:
            self.log.append(reducer.flush())
            self._tell()
        if reducer.stepped:
            reducer.stepped = False
            self._tell(version=self.version + 1)

    async def _rest(self) -> None:
        """Wait for the next look."""
        try:
            async with asyncio.timeout(IDLE):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    def _tell(self, **changed: Any) -> None:
        """Change what viewers see, and wake them when it is different or frames were added (no changes named)."""
        different = not changed or any(getattr(self, name) != value for name, value in changed.items())
        for name, value in changed.items():
            setattr(self, name, value)
        if different:
            self.news.set()
            self.news = asyncio.Event()


async def _after(taken: int, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
    """The events of a stream that is joined again, without those taken before the break. They are counted: events of
    the same millisecond share an id, so joining after the last id seen would lose some. Only events with an id are
    replayed at all."""
    async for event in events:
        if event.id and taken:
            taken -= 1
        else:
            yield event
