"""The feed of one thread: follows whatever run works on it, whoever started it, and writes frames into a log.

While nothing runs, two things tell that something begins: the stream of the thread, where the server has one, and the
thread's own stamp, which is asked for every second while things happen and every five while they do not. A stream that
ends proves nothing: the run's status decides whether it is over or has to be joined again.
"""

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from secrets import token_hex
from time import monotonic
from typing import Any

from studio.deployments import runs, threads
from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.run_rows import Run
from studio.deployments.runs import Event
from studio.live.log import Log
from studio.live.recorder import recorder
from studio.live.reducer import Reducer
from studio.live.taken import Taken, taken

COALESCE = 0.04
"""Seconds of tokens that become one frame, for a few viewers."""
CROWD = 10
"""With every so many viewers more, that time is as long again: what a frame costs is the number of its viewers."""
ACTIVE, IDLE = 1.0, 5.0
"""Seconds between two looks at a thread on which something happened lately, and at one on which nothing did."""
LATELY = 60.0
GONE = "deleted"
FAILED = ("error", "timeout")
REJOIN = 0.5
"""Seconds before a stream that broke is joined again."""

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Feed:
    """What viewers of one thread read: `log` holds the frames of the present run, `status` is what they are told.
    `version` counts the changes of the thread's state that this feed has seen; `seen` is the thread's own stamp, by
    which a page can tell whether anything happened before it began to watch; `heard` is when the run's last event
    came; `news` is exchanged and set whenever anything is new."""

    gateway: Gateway
    thread_id: str
    viewers: int = 0
    log: Log = field(default_factory=Log)
    run_id: str | None = None
    connection: str = "reconnecting"
    version: int = 0
    seen: str = ""
    heard: float = field(default_factory=monotonic)
    token: str = field(default_factory=lambda: token_hex(4))
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _woken: bool = True
    _changed: float = field(default_factory=monotonic)
    _began: float = 0.0
    _flushed: float = 0.0
    _flushing: asyncio.TimerHandle | None = None
    _bell: asyncio.Task[None] | None = None

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

    @property
    def quiet(self) -> float:
        """Seconds since the run's last event."""
        return round(monotonic() - self.heard, 1)

    def wake(self) -> None:
        """Look at the thread now: something has been started or stopped."""
        self._woken = True
        self._wake.set()

    async def follow(self) -> None:
        """Run until cancelled."""
        try:
            while True:
                await self._go_on()
        finally:
            self._silence()

    async def _go_on(self) -> None:
        """Look once, and relay the run that works, or rest."""
        try:
            run = await self._look()
            self._tell(connection="live", version=self.version + (self.connection == "stale"))
            if run is not None:
                await self._relay(run)
                return
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
        woken, self._woken = self._woken, False
        thread = await threads.get(self.gateway, self.thread_id)
        changed, known = thread.stamp != self.seen, bool(self.seen)
        stamped = (await dialect(self.gateway)).flavour == "official" and thread.updated_at is not None
        if stamped and not (changed or woken or self.run_id) and thread.status != "busy":
            return None
        active = [run for run in await runs.recent(self.gateway, self.thread_id) if run.active]
        if changed:
            self._changed = monotonic()
            self._tell(version=self.version + known, seen=thread.stamp)
        return active[-1] if active else None

    async def _relay(self, run: Run) -> None:
        """Write the frames of one run until it is over."""
        self._silence()
        reducer, place = Reducer(), taken((await dialect(self.gateway)).flavour)
        self._began = self._changed = self.heard = monotonic()
        self._tell(run_id=run.id, log=Log(), version=self.version + 1)
        first, broke, failures = True, False, list[Event]()
        while run.active or (broke and run.status != GONE):  # the rest of a broken stream is had even after its run
            try:
                await self._take(run, reducer, place, failures, first)
                broke = False
            except DeploymentError as error:
                logger.info("stream of run %s broke: %s", run.id, error.title)
                broke = run.active
                self._tell(connection="stale" if error.kind == "unreachable" else self.connection)
            first = False
            self._flush(reducer)
            run = await self._state_of(run)
        for failure in failures[-1:] if run.status in FAILED else ():
            reducer.feed(failure)
            self._flush(reducer)
        await self._close(run)
        self._changed = monotonic()
        self._ended()

    async def _take(self, run: Run, reducer: Reducer, place: Taken, failures: list[Event], first: bool) -> None:
        """Read one stream of a run to its end, or until it breaks. Errors in it are put aside: they may be of the run
        or of the stream alone, and the run's status tells which."""
        slug = self.gateway.deployment.slug
        place.join()
        try:
            async with aclosing(runs.follow(self.gateway, self.thread_id, run.id)) as stream:
                async for came in stream:
                    self.heard = monotonic()
                    for event in place.take(came):
                        recorder.add(slug, run.id, event, first=first)
                        first = False
                        if event.mode == "error":
                            failures.append(event)
                        else:
                            reducer.feed(event)
                    self._flush_soon(reducer)
        finally:
            for event in place.rest():
                recorder.add(slug, run.id, event, first=False)
                reducer.feed(event)

    async def _close(self, run: Run) -> None:
        """There is nothing more to record of a run; what was recorded of one that is gone goes with it."""
        slug = self.gateway.deployment.slug
        if run.status == GONE:
            await recorder.forget(slug, run.id)
        else:
            recorder.end(slug, run.id)

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
            return replace(run, status=GONE)
        self._tell(connection="live")
        if now.active:
            await asyncio.sleep(REJOIN)
        return now

    def _flush_soon(self, reducer: Reducer) -> None:
        """Flush what there is: at once when nothing was sent for a while, else when its time has come."""
        if self._flushing is None and (reducer.stepped or not reducer.empty):
            pace = COALESCE * (1 + self.viewers // CROWD)
            loop = asyncio.get_running_loop()
            self._flushing = loop.call_at(max(loop.time(), self._flushed + pace), self._flush, reducer)

    def _flush(self, reducer: Reducer) -> None:
        """Make a frame of what has happened."""
        if self._flushing:
            self._flushing.cancel()
            self._flushing = None
        self._flushed = asyncio.get_running_loop().time()
        if not reducer.empty:
            self.log.append(reducer.flush(), tokens=reducer.tokens, at=round(self.heard - self._began, 2))
            self._tell()
        if reducer.stepped:
            reducer.stepped = False
            self._tell(version=self.version + 1)

    async def _rest(self) -> None:
        """Wait for the next look."""
        if self.connection == "live" and (await dialect(self.gateway)).rings and self._bell is None:
            self._bell = asyncio.create_task(self._listen(), name=f"bell {self.thread_id}")
        pace = min(ACTIVE, IDLE) if monotonic() - self._changed < LATELY else IDLE
        try:
            async with asyncio.timeout(pace):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _listen(self) -> None:
        """Wake as soon as the thread's own stream tells that a run has begun."""
        try:
            async for _ in runs.begun(self.gateway, self.thread_id):
                self.wake()
        except DeploymentError as error:
            logger.debug("the stream of thread %s broke: %s", self.thread_id, error.title)
        finally:
            self._bell = None  # opened again after the next look

    def _silence(self) -> None:
        """Close the thread's stream: one stream is enough."""
        if self._bell:
            self._bell.cancel()
            self._bell = None

    def _tell(self, **changed: Any) -> None:
        """Change what viewers see, and wake them when it is different or frames were added (no changes named)."""
        different = not changed or any(getattr(self, name) != value for name, value in changed.items())
        for name, value in changed.items():
            setattr(self, name, value)
        if different:
            self.news.set()
            self.news = asyncio.Event()
