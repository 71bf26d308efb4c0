"""What has been taken of a run's stream, so that joining it again gives every event once. No I/O.

Servers replay a run in three ways. The official one and the JS one replay all events that have an id, in order, but
events of one millisecond may share an id: so they are counted. At the end of a replay, where it meets what streams
live, the official server may send the last ones again. Aegra numbers its events, and sends some twice or late: so they
are put in order by their number.

The parser of the SDK gives the id of the event before to one without an id, and to one that was cut in half.
"""

import re
from dataclasses import dataclass, field
from heapq import heappop, heappush
from time import time_ns
from typing import Any, Protocol

from studio.deployments.runs import Event

NUMBER = re.compile(r"_event_(\d{1,15})$")
TIMED = re.compile(r"(\d{1,15})(?:-(\d{1,9}))?$")
MOST_HELD = 1000
FIRST_HELD = 8
"""Events that are looked at to find out with which one a stream begins."""
SLOW = 3
"""Milliseconds between events from which on two in one millisecond are rare."""
NEAR = 300
"""Milliseconds up to which an event is new."""
LONGEST_REPLAY = 3000
"""Milliseconds after which a replay is over."""


def now() -> int:
    """The time in milliseconds, as ids have it."""
    return time_ns() // 1_000_000


class Taken(Protocol):
    """Lets through what is new in a stream."""

    def join(self) -> None:
        """The stream is joined, for the first time or again."""

    def take(self, event: Event) -> list[Event]:
        """The events that can be handed on now that this one has come."""

    def rest(self) -> list[Event]:
        """What was held back for others to come first, now that the stream has ended."""


def taken(flavour: str) -> Taken:
    """For the streams of such a server."""
    return Numbered() if flavour == "aegra" else Counted()


@dataclass(slots=True)
class Counted:
    """Skips as many events with an id of their own as were taken before; those without one are never replayed."""

    _count: int = 0
    _skip: int = 0
    _repeats: "Repeats" = field(default_factory=lambda: Repeats())

    def join(self) -> None:
        """The replay begins with what was taken."""
        self._skip, self._repeats = self._count, Repeats()

    def take(self, event: Event) -> list[Event]:
        """The event, or nothing when it was taken before."""
        if event.mode == "error":
            return [event]  # it is never replayed
        if not event.id:
            return [] if self._count else [event]  # in a stream that has ids, one without was cut within its id
        if self._repeats.has(event, now()):
            return []
        if self._skip:
            self._skip -= 1
            return []
        self._count += 1
        return [event]

    def rest(self) -> list[Event]:
        """Nothing is held back."""
        return []


@dataclass(slots=True)
class Repeats:
    """Finds what comes again within one stream, where its replay meets what streams live. Ids are times, which do not
    go back by themselves: from where they do, everything is there twice up to the last one seen. When it is only the
    last one that comes again, its id is that of an event of the same millisecond; then it has to be alike, alone in its
    millisecond, and where a replay may end: at an event that is new, in a stream that began with older ones."""

    _last: tuple[int, int] = (-1, 0)
    _same: list[Any] = field(default_factory=list)
    """The data of the events that have the last id."""
    _gap: int = 0
    _again: int = 0
    _begun: int = 0
    _settled: bool = False
    """Whether the replay is over for sure."""

    def has(self, event: Event, now: int) -> bool:
        """Whether this event was there before, or is but half of one. `now` is in milliseconds since 1970."""
        found = TIMED.fullmatch(event.id)
        time = (int(found[1]), int(found[2] or 0)) if found else self._last
        if event.data is None and time == self._last:
            return True
        if not self._begun:
            self._begun, self._settled = now, now - time[0] < NEAR
        if time < self._last:
            self._again = len(self._same)
            return True
        if time > self._last:
            self._gap, self._last, self._same, self._again = time[0] - self._last[0], time, [event.data], 0
            return False
        if self._again:
            self._again -= 1
            self._settled = True
            return True
        if self._came_twice(event, now):
            self._settled = True
            return True
        self._same.append(event.data)
        return False

    def _came_twice(self, event: Event, now: int) -> bool:
        if self._settled or now - self._begun > LONGEST_REPLAY or self._gap < SLOW:
            return False
        return now - self._last[0] < NEAR and self._same == [event.data]


@dataclass(slots=True)
class Numbered:
    """Puts events in the order of their numbers; the lowest of the first few is taken for the beginning."""

    _next: int | None = None
    _held: list[tuple[int, int, Event]] = field(default_factory=list)
    _arrived: int = 0

    def join(self) -> None:
        """Numbers go on over a break."""

    def take(self, event: Event) -> list[Event]:
        """This event and those that waited for it; nothing when it has come before or waits itself."""
        found = NUMBER.search(event.id)
        if found is None:
            return [event]
        number = int(found[1])
        if self._next is not None and number < self._next:
            return []
        self._arrived += 1
        heappush(self._held, (number, self._arrived, event))
        if self._next is None and (number == 0 or len(self._held) >= FIRST_HELD):
            self._next = self._held[0][0]
        return self._ready(whatever=len(self._held) > MOST_HELD)

    def rest(self) -> list[Event]:
        """All that waits, in order: what is missing between will not come any more."""
        return self._ready(whatever=True)

    def _ready(self, whatever: bool) -> list[Event]:
        ready: list[Event] = []
        while self._held and (whatever or (self._next is not None and self._held[0][0] <= self._next)):
            number, _, event = heappop(self._held)
            if self._next is None or number >= self._next:
                ready.append(event)
                self._next = number + 1
        return ready
