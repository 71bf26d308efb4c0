"""The stream of a run as Server-Sent Events, joined at any time."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import cycle

from studio.testing.exchange import Cut, Stream
from studio.testing.faults import StreamFault
from studio.testing.model import FakeEvent, FakeRun, FakeThread

POLL = 0.005
"""Seconds between two looks at a run that is held. Its state is plain, so that any event loop may look."""
SOUND = StreamFault()


class RunStream:
    """The events of a run from the `start`th on, until the run has ended or the connection is cut. An error is told
    to those who listen when it happens and never replayed: that is what the official server does."""

    def __init__(self, run: FakeRun, start: int, fault: StreamFault | None) -> None:
        self._run, self._sent, self._fault = run, start, fault or SOUND
        self._end = None if self._fault.events is None else start + self._fault.events
        self._left = self._fault.bytes
        self._sizes = cycle(self._fault.pieces)
        self._cut_off, self._live, self._replayed = False, run.active, False

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        breaks = self._sent == self._end or self._left == 0
        return self._cut_off or not (self._run.active or breaks or self._sent < len(self._run.events))

    def ready(self) -> list[bytes]:
        """What can be sent now. Raises Cut where the connection breaks."""
        if self._sent == self._end or self._left == 0:
            self._cut_off = True
            if not self._fault.quietly:
                raise Cut("the stream was cut")
            return []
        events = self._run.events[self._sent : self._end]
        self._sent += len(events)
        if not self._replayed:
            self._replayed, events = True, self._fault.replay(events)
        return self._pieces([self._encoded(event) for event in events if self._live or event.name != "error"])

    def _pieces(self, encoded: list[bytes]) -> list[bytes]:
        """The same bytes as they arrive: as many as come before the break, in pieces of the sizes wanted."""
        if self._left is not None:
            encoded = [b"".join(encoded)[: self._left]]
            self._left -= len(encoded[0])
        if not self._fault.pieces:
            return encoded
        text, pieces = b"".join(encoded), list[bytes]()
        while text:
            size = next(self._sizes)
            pieces.append(text[:size])
            text = text[size:]
        return pieces

    def _encoded(self, event: FakeEvent) -> bytes:
        """An event as it is sent; JSON of a disturbed stream is UTF-8, so that it can break within a letter."""
        data = json.dumps(event.data, ensure_ascii=self._fault is SOUND)
        lines = [f"event: {event.name}", f"data: {data}", *([f"id: {event.id}"] if event.id else []), "", ""]
        return self._fault.newline.join(lines).encode()


class RunEnd:
    """The answer to somebody who waits for the end of a run: nothing until then."""

    def __init__(self, run: FakeRun, thread: FakeThread) -> None:
        self._run, self._thread, self._told = run, thread, False

    @property
    def over(self) -> bool:
        """Whether the end has been told."""
        return self._told

    def ready(self) -> list[bytes]:
        """The newest values, or why the run failed, once it is over."""
        if self._run.active:
            return []
        self._told = True
        head = self._thread.find(None)
        failed = self._run.status == "error" and {"__error__": self._thread.error}
        return [json.dumps(failed or (head.values if head else {})).encode()]


async def pieces(stream: Stream) -> AsyncIterator[bytes]:
    """The pieces of a stream as they come."""
    while True:
        for piece in stream.ready():
            yield piece
        if stream.over:
            return
        await asyncio.sleep(POLL)


def starting_at(run: FakeRun, last_event_id: str | None) -> int:
    """How many events a reader that names this one has had: all so far when it names none that is kept."""
    if last_event_id in ("-", "-1") and run.asked.get("stream_resumable"):
        return 0
    ids = [event.id for event in run.events]
    return ids.index(last_event_id) + 1 if last_event_id and last_event_id in ids else len(ids)
