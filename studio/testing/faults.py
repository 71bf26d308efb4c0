"""What can go wrong on purpose: answers with an error status, connections that fail, streams that are cut."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from studio.testing.exchange import Answer, Seen, answer
from studio.testing.model import FakeEvent

ANYTHING = ""
Replay = Callable[[list[FakeEvent]], list[FakeEvent]]


def always() -> bool:
    """Choose every request."""
    return True


class Unreachable(Exception):
    """The request does not get an answer; `failure` is the httpx exception that says why."""

    def __init__(self, failure: Callable[[str], httpx.TransportError]) -> None:
        super().__init__("a scripted fault")
        self.failure = failure


@dataclass(slots=True)
class Fault:
    """What happens to requests whose “METHOD /path” the pattern is found in, `times` times (None: always), and only
    when `chosen` says so."""

    pattern: str
    happens: Callable[[], Answer]
    times: int | None = None
    chosen: Callable[[], bool] = always

    def meets(self, seen: Seen) -> bool:
        """Whether it strikes now, which counts."""
        if self.times == 0 or not re.search(self.pattern, str(seen)) or not self.chosen():
            return False
        self.times = None if self.times is None else self.times - 1
        return True


@dataclass(frozen=True, slots=True)
class StreamFault:
    """What happens to one stream. It breaks after so many `events`, or so many `bytes`: with an error, or `quietly` as
    when a proxy ends it. It arrives in pieces of these sizes, over and over (none: one an event). `newline` ends its
    lines. `replay` is what it makes of the events that were there when it was joined: some twice, or in another order.
    """

    events: int | None = None
    bytes: int | None = None
    quietly: bool = False
    pieces: tuple[int, ...] = ()
    newline: str = "\n"
    replay: Replay = list


@dataclass
class Faults:
    """The scripted faults of a fake deployment; the newest one that matches strikes."""

    _faults: list[Fault] = field(default_factory=list)
    _streams: list[StreamFault] = field(default_factory=list)

    def fail(
        self,
        pattern: str = ANYTHING,
        status: int = 500,
        body: Any = None,
        times: int | None = None,
        chosen: Callable[[], bool] = always,
    ) -> None:
        """Answer with a status. `body`: JSON, or a text as it is (a proxy's page of HTML, say). `chosen` is asked for
        each request whether it fails."""
        told = {"detail": "Internal Server Error"} if body is None else body
        self._faults.insert(0, Fault(pattern, lambda: answer(told, status), times, chosen))

    def answer_with(self, pattern: str, value: Any, times: int | None = None) -> None:
        """Answer with this JSON or text, whatever was asked."""
        self._faults.insert(0, Fault(pattern, lambda: answer(json.loads(json.dumps(value))), times))

    def refuse(self, pattern: str = ANYTHING, times: int | None = None) -> None:
        """Refuse the connection."""
        self._unreachable(pattern, httpx.ConnectError, times)

    def slow(self, pattern: str = ANYTHING, times: int | None = None) -> None:
        """Take longer than Studio waits; the test does not have to."""
        self._unreachable(pattern, httpx.ReadTimeout, times)

    def drop(self, pattern: str = ANYTHING, times: int | None = 1) -> None:
        """Break the connection before the answer, as a server does with a kept-alive one after an error."""
        self._unreachable(pattern, httpx.ReadError, times)

    def cut_stream(self, after: int, times: int = 1, quietly: bool = False) -> None:
        """Break the next streams after so many events."""
        self._streams = [StreamFault(events=after, quietly=quietly)] * times

    def disturb_streams(self, *faults: StreamFault) -> None:
        """Let these happen to the next streams, one each; later streams are sound."""
        self._streams = list(faults)

    def mend(self) -> None:
        """Let everything work again."""
        self._faults.clear()
        self._streams.clear()

    def next_cut(self) -> StreamFault | None:
        """What shall happen to a stream that begins now."""
        return self._streams.pop(0) if self._streams else None

    def strike(self, seen: Seen) -> Answer | None:
        """The answer of the fault that this request meets, None when it meets none. Raises Unreachable."""
        fault = next((fault for fault in self._faults if fault.meets(seen)), None)
        return fault.happens() if fault else None

    def _unreachable(self, pattern: str, failure: Callable[[str], httpx.TransportError], times: int | None) -> None:
        def happens() -> Answer:
            raise Unreachable(failure)

        self._faults.insert(0, Fault(pattern, happens, times))
