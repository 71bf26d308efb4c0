"""What has been taken of a run's stream, so that joining it again gives every event once. No I/O.

Servers replay a run in three ways. The official one and the JS one replay all events that have an id, in order, but
events of one millisecond may share an id: so they are counted. Aegra numbers its events, and sends some twice or late:
so they are put in order by their number.
"""

import re
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Protocol

from studio.deployments.runs import Event

NUMBER = re.compile(r"_event_(\d{1,15})$")
MOST_HELD = 1000


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
    """Skips as many events with an id as were taken before; those without one are never replayed."""

    _count: int = 0
    _skip: int = 0

    def join(self) -> None:
        """The replay begins with what was taken."""
        self._skip = self._count

    def take(self, event: Event) -> list[Event]:
        """The event, or nothing when it was taken before."""
        if not event.id:
            return [event]
        if self._skip:
            self._skip -= 1
            return []
        self._count += 1
        return [event]

    def rest(self) -> list[Event]:
        """Nothing is held back."""
        return []


@dataclass(slots=True)
class Numbered:
    """Puts events in the order of their numbers; the first one that comes is taken for the beginning."""

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
        self._next = number if self._next is None else self._next
        if number < self._next:
            return []
        self._arrived += 1
        heappush(self._held, (number, self._arrived, event))
        return self._ready(whatever=len(self._held) > MOST_HELD)

    def rest(self) -> list[Event]:
        """All that waits, in order: what is missing between will not come any more."""
        return self._ready(whatever=True)

    def _ready(self, whatever: bool) -> list[Event]:
        ready: list[Event] = []
        while self._held and (whatever or self._held[0][0] <= (self._next or 0)):
            number, _, event = heappop(self._held)
            if number >= (self._next or 0):
                ready.append(event)
                self._next = number + 1
        return ready
