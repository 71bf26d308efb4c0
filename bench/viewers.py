"""Viewers of threads as browsers are, many in one process of their own, so that what they cost is not Studio's.

    python -m bench.viewers < job.json

The job, one line: `{"studio": address, "threads": [id, …], "patience": seconds}`, one viewer for each thread named
(the same one may be named again). Out come two lines: `"ready"` once every viewer was told how its thread is, and the
list of what each one saw (the fields of Seen) once all have seen a run to its end, or have run out of patience.
"""

import asyncio
import json
import re
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from html import unescape
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ACKNOWLEDGE_FRAMES = 8
ACKNOWLEDGE_SECONDS = 0.25
"""An acknowledgement for so many frames, or after so long, whichever comes first."""
TEXT = re.compile(r'beforeend:#live-[0-9a-f]+-text">([^<]*)</div>')
PROGRESS = re.compile(r'<progress max="100" value="([0-9.]+)"')
LARGEST = 64 * 1024 * 1024


@dataclass(slots=True)
class Seen:
    """What one viewer saw. `digest` is of the streamed text of `length` characters, `text_size` bytes; `arrivals` are
    (seconds of the monotonic clock, characters so far) after each frame; `size` counts bytes on the socket, headers of
    frames included."""

    thread: str
    run: str = ""
    ended: bool = False
    digest: str = ""
    length: int = 0
    text_size: int = 0
    progress: float = 0
    frames: int = 0
    size: int = 0
    resyncs: int = 0
    arrivals: list[tuple[float, int]] = field(default_factory=list)


class Viewer:
    """Does what static/js/thread-live.js does with the messages of the socket, except that it draws nothing."""

    def __init__(self, studio: str, thread: str) -> None:
        self.origin, self.seen = studio, Seen(thread)
        self.url = f"{studio.replace('http', 'ws', 1)}/ws/d/local/threads/{thread}/"
        self.told = asyncio.Event()
        self.texts: list[str] = []
        self.running: str | None = None
        self.newest = self.acknowledged = 0
        self.timer: asyncio.TimerHandle | None = None
        self.sending: set[asyncio.Task[None]] = set()

    async def watch(self) -> None:
        """Until a run was seen to its end."""
        options: Any = {"origin": self.origin, "compression": None, "max_size": LARGEST, "open_timeout": None}
        async with connect(self.url, proxy=None, ping_interval=None, **options) as socket:
            await socket.send(json.dumps({"type": "hello", "cursor": ""}))
            async for data in socket:
                self.seen.size += len(data) + (2 if len(data) < 126 else 4 if len(data) < 65536 else 10)
                self.take(socket, json.loads(data))
                if self.seen.ended:
                    break
            if self.timer:
                self.timer.cancel()
        text = "".join(self.texts).encode()
        self.seen.digest, self.seen.text_size = sha256(text).hexdigest(), len(text)

    def take(self, socket: ClientConnection, message: dict[str, Any]) -> None:
        """One message from Studio."""
        match message:
            case {"type": "status", "run": run, "connection": connection}:
                self.running = run
                self.seen.run = self.seen.run or run or ""
                self.seen.ended = bool(self.seen.run) and run is None
                if connection == "live":
                    self.told.set()
            case {"type": "resync"} if self.running:  # what streamed of a run that is over stays
                self.texts.clear()
                self.seen.length, self.seen.resyncs = 0, self.seen.resyncs + bool(self.seen.frames)
                self.newest = self.acknowledged = 0
            case {"type": "resync"}:
                self.newest = self.acknowledged = 0
            case {"type": "frame", "seq": seq, "html": html}:
                self.frame(socket, seq, html)

    def frame(self, socket: ClientConnection, seq: int, html: str) -> None:
        """Add its text; acknowledge now or soon."""
        texts = [unescape(text) for text in TEXT.findall(html)]
        self.texts += texts
        self.seen.length += sum(map(len, texts))
        self.seen.progress = max([self.seen.progress, *map(float, PROGRESS.findall(html))])
        self.seen.frames += 1
        self.seen.arrivals.append((time.monotonic(), self.seen.length))
        self.newest = seq
        if seq - self.acknowledged >= ACKNOWLEDGE_FRAMES:
            self.acknowledge(socket)
        elif self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(ACKNOWLEDGE_SECONDS, self.acknowledge, socket)

    def acknowledge(self, socket: ClientConnection) -> None:
        """Say how far this viewer is."""
        if self.timer:
            self.timer.cancel()
        self.timer, self.acknowledged = None, self.newest
        task = asyncio.create_task(_acknowledge(socket, self.newest), name=f"acknowledge {self.newest}")
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)


async def _acknowledge(socket: ClientConnection, seq: int) -> None:
    with suppress(ConnectionClosed):
        await socket.send(json.dumps({"type": "ack", "seq": seq}))


async def main() -> None:
    """Do the job on standard input."""
    job = json.loads(sys.stdin.readline())
    viewers = [Viewer(job["studio"], thread) for thread in job["threads"]]
    tasks = [asyncio.create_task(viewer.watch(), name=f"watch {viewer.seen.thread}") for viewer in viewers]
    try:
        async with asyncio.timeout(job["patience"]):
            await asyncio.gather(*(viewer.told.wait() for viewer in viewers))
            print(json.dumps("ready"), flush=True)
    except TimeoutError:
        pass
    await asyncio.wait(tasks, timeout=job["patience"])
    for task in tasks:
        task.cancel()
    for failure in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(failure, Exception):
            print(repr(failure), file=sys.stderr)
    print(json.dumps([asdict(viewer.seen) for viewer in viewers]), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
