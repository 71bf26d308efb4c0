"""The socket of a thread page. It only reads: verbs are HTTP posts.

In: `hello {cursor}`, `ack {seq}`.
Out: `frame {seq, html}`, `resync {}`, `status {connection, run, feed, version, thread}`.

Each viewer has a task that reads the feed's log at the viewer's pace: after 1 MiB that the browser has not
acknowledged it waits, because the server underneath would buffer without end.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.http import Http404

from studio.catalog.entrance import enter
from studio.deployments.gateway import Gateway
from studio.live.feed import Feed
from studio.live.hub import hub
from studio.live.log import Frame

CREDIT = 1024 * 1024
LARGEST_MESSAGE = 4096
NO_SUCH_DEPLOYMENT = 4404
BAD_MESSAGE = 4400
BROKEN = 1011

logger = logging.getLogger(__name__)


class ThreadConsumer(AsyncWebsocketConsumer):
    """One viewer of one thread."""

    gateway: Gateway | None = None
    feed: Feed | None = None
    pump: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Accept a viewer of a configured deployment."""
        route = self.scope["url_route"]["kwargs"]
        self.thread_id: str = route["thread_id"]
        self.acknowledged: asyncio.Event = asyncio.Event()
        self.unacknowledged: dict[int, int] = {}
        await self.accept()
        try:
            self.gateway = await enter(route["deployment"])
        except Http404:
            await self.close(NO_SUCH_DEPLOYMENT)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Hello starts the pump, ack gives credit; anything else ends the connection."""
        message = _parse(text_data)
        match message:
            case {"type": "hello", "cursor": str(cursor)} if self.pump is None and self.gateway:
                self.feed = hub.join(self.gateway, self.thread_id)
                self.pump = asyncio.create_task(self._serve(self.feed, cursor), name=f"viewer {self.thread_id}")
            case {"type": "ack", "seq": int(seq)}:
                for number in [n for n in self.unacknowledged if n <= seq]:
                    del self.unacknowledged[number]
                self.acknowledged.set()
            case _:
                await self.close(BAD_MESSAGE)

    async def disconnect(self, code: int) -> None:
        """Stop reading for this viewer."""
        if self.pump:
            self.pump.cancel()
            await asyncio.gather(self.pump, return_exceptions=True)
        if self.feed and self.gateway:
            await hub.leave(self.gateway, self.thread_id, self.feed)

    async def _serve(self, feed: Feed, cursor: str) -> None:
        """Pump for as long as the viewer stays; one whose pump breaks is sent away, to come back and start over."""
        try:
            await self._pump(feed, cursor)
        except Exception:
            logger.exception("a viewer of thread %s could not be served", self.thread_id)
            await self.close(BROKEN)

    async def _pump(self, feed: Feed, cursor: str) -> None:
        """Send what the viewer does not have yet, for as long as it stays."""
        log, place = feed.log, feed.log.place(cursor)
        seq = place if place is not None else -1
        told: dict[str, Any] = {}
        while True:
            news = feed.news
            if feed.log is not log:
                if seq >= 0:
                    await self._frames(log.since(seq) or [])  # the last words of a run that is over
                log, seq = feed.log, -1
                self.unacknowledged.clear()
            if told != feed.status:
                told = feed.status
                await self._say("status", **told, quiet=feed.quiet)
            frames = log.since(seq) if seq >= 0 else None
            if frames is None:
                await self._say("resync")
                seq, frames = 0, log.since(0)
                if frames is None:  # its beginning is gone: the page shows the state, and the stream from here on
                    seq, frames = log.last, []
            await self._frames(frames)
            seq = frames[-1].seq if frames else seq
            if not frames:
                await news.wait()

    async def _frames(self, frames: Sequence[Frame]) -> None:
        """Send frames, as fast as the browser takes them in."""
        for frame in frames:
            await self._credit(frame.size)
            self.unacknowledged[frame.seq] = frame.size
            await self.send(frame.message)

    async def _credit(self, size: int) -> None:
        """Wait until the browser has taken in enough of what was sent."""
        while self.unacknowledged and sum(self.unacknowledged.values()) + size > CREDIT:
            self.acknowledged.clear()
            await self.acknowledged.wait()

    async def _say(self, kind: str, **facts: Any) -> None:
        await self.send(json.dumps({"type": kind, **facts}))


def _parse(text: str | None) -> Any:
    """The message in a socket text; None when it is too long or no JSON."""
    if not text or len(text) > LARGEST_MESSAGE:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
