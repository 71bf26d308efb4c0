"""The stream of a run as Server-Sent Events, joined at any time."""

import asyncio
import json
from collections.abc import AsyncIterator

from studio.testing.exchange import Cut, Stream
from studio.testing.faults import StreamCut
from studio.testing.model import FakeEvent, FakeRun, FakeThread

POLL = 0.005
"""Seconds between two looks at a run that is held. Its state is plain, so that any event loop may look."""


class RunStream:
    """The events of a run from the `start`th on, until the run has ended or the connection is cut. An error is told
    to those who listen when it happens and never replayed: that is what the official server does."""

    def __init__(self, run: FakeRun, start: int, cut: StreamCut | None) -> None:
        self._run, self._sent, self._cut = run, start, cut
        self._end = start + cut.after if cut else None
        self._cut_off, self._live = False, run.active

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self._cut_off or (not self._run.active and self._sent >= len(self._run.events))

    def ready(self) -> list[bytes]:
        """What can be sent now. Raises Cut where the connection breaks."""
        if self._cut and self._sent == self._end:
            self._cut_off = True
            if not self._cut.quietly:
                raise Cut("the stream was cut")
            return []
        events = self._run.events[self._sent : self._end]
        self._sent += len(events)
        return [_encoded(event) for event in events if self._live or event.name != "error"]


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


def _encoded(event: FakeEvent) -> bytes:
    text = f"event: {event.name}\ndata: {json.dumps(event.data)}\n" + (f"id: {event.id}\n" if event.id else "")
    return text.encode() + b"\n"
