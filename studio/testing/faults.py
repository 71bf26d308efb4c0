"""What can go wrong on purpose: answers with an error status, connections that fail, streams that are cut."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from studio.testing.exchange import Answer, Seen, answer

ANYTHING = ""


class Unreachable(Exception):
    """The request does not get an answer; `failure` is the httpx exception that says why."""

    def __init__(self, failure: Callable[[str], httpx.TransportError]) -> None:
        super().__init__("a scripted fault")
        self.failure = failure


@dataclass(slots=True)
class Fault:
    """What happens to requests whose “METHOD /path” the pattern is found in, `times` times (None: always)."""

    pattern: str
    happens: Callable[[], Answer]
    times: int | None = None

    def meets(self, seen: Seen) -> bool:
        """Whether it strikes now, which counts."""
        if self.times == 0 or not re.search(self.pattern, str(seen)):
            return False
        self.times = None if self.times is None else self.times - 1
        return True


@dataclass(slots=True)
class StreamCut:
    """Streams break after so many events: with an error, or quietly as when a proxy ends them."""

    after: int
    times: int
    quietly: bool


@dataclass
class Faults:
    """The scripted faults of a fake deployment; the newest one that matches strikes."""

    _faults: list[Fault] = field(default_factory=list)
    _cut: StreamCut | None = None

    def fail(self, pattern: str = ANYTHING, status: int = 500, body: Any = None, times: int | None = None) -> None:
        """Answer with a status. `body`: JSON, or a text as it is (a proxy's page of HTML, say)."""
        told = {"detail": "Internal Server Error"} if body is None else body
        self._faults.insert(0, Fault(pattern, lambda: answer(told, status), times))

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
        self._cut = StreamCut(after, times, quietly)

    def mend(self) -> None:
        """Let everything work again."""
        self._faults.clear()
        self._cut = None

    def next_cut(self) -> StreamCut | None:
        """What shall happen to a stream that begins now."""
        if self._cut is None or self._cut.times == 0:
            return None
        self._cut.times -= 1
        return self._cut

    def strike(self, seen: Seen) -> Answer | None:
        """The answer of the fault that this request meets, None when it meets none. Raises Unreachable."""
        fault = next((fault for fault in self._faults if fault.meets(seen)), None)
        return fault.happens() if fault else None

    def _unreachable(self, pattern: str, failure: Callable[[str], httpx.TransportError], times: int | None) -> None:
        def happens() -> Answer:
            raise Unreachable(failure)

        self._faults.insert(0, Fault(pattern, happens, times))
