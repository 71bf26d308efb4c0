"""The events of one run as they come in, within bounds. No I/O and no clock."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_hex
from typing import NamedTuple

from studio.deployments.runs import Event
from studio.live.recording import Recorded, Recording, record


class Limits(NamedTuple):
    """How much is kept: so many `events` of one run, `bytes` over all runs, nothing from before `oldest`."""

    events: int
    bytes: int
    oldest: datetime


class Batch(NamedTuple):
    """Events that were taken off a tape to be written, one after the other, the first of them in `place`. `next` is the
    place of the event that comes after them; `whole`: none does, and all that came before was seen."""

    token: str
    events: list[Recorded]
    next: int
    whole: bool

    @property
    def place(self) -> int:
        """The place of the first of them."""
        return self.next - len(self.events)


@dataclass(slots=True)
class Tape:
    """The newest events of a run, without gaps; `place` counts all that were ever recorded, `size` is in bytes.
    `begin`: the first id that came; `numbered`: how many events had one; `again`: so many of a replay are still to
    come that are known, and `joining`: whether there are any is not known yet. `torn`: there may be events between two
    relays that nobody saw; `ended`: nothing more comes."""

    token: str = field(default_factory=lambda: token_hex(8))
    events: deque[Recorded] = field(default_factory=deque)
    place: int = 0
    size: int = 0
    begin: str = ""
    numbered: int = 0
    again: int = 0
    joining: bool = False
    torn: bool = False
    ended: bool = False
    told: bool = False
    """Whether its end has been taken off too."""

    @property
    def whole(self) -> bool:
        """Whether it was relayed to its end, with everything that came before."""
        return self.ended and not self.torn

    @property
    def recording(self) -> Recording:
        """What is on it now."""
        return Recording(list(self.events), self.place - len(self.events), self.whole)

    def add(self, event: Event, at: datetime, first: bool) -> None:
        """Keep one more event, unless it is known. A relay begins with its `first` event; when the first id in it is
        the one that the recording begins with, it is a replay, of which as many events are known as were recorded: they
        are counted, for events of one millisecond share an id. Only events with an id are ever replayed; what comes
        before the first one is the head of a stream, once more."""
        if first:
            self.joining = bool(self.begin)
        if self.joining:
            if not event.id:
                return
            self.joining = False
            self.again = self.numbered if event.id == self.begin else 0
            self.torn |= not self.again
        if event.id and self.again:
            self.again -= 1
            return
        if event.id:
            self.begin = self.begin or event.id
            self.numbered += 1
        kept = record(event, self.place, at)
        self.events.append(kept)
        self.place += 1
        self.size += kept.weight

    def shrink(self, limits: Limits) -> None:
        """Let the oldest events go until the rest is within its limits."""
        events = self.events
        while events and (len(events) > limits.events or self.size > limits.bytes or events[0].at < limits.oldest):
            self.size -= events.popleft().weight

    def take(self) -> Batch:
        """Everything that is on it, to be written elsewhere; it goes on empty."""
        taken = Batch(self.token, list(self.events), self.place, self.whole)
        self.events.clear()
        self.size, self.told = 0, self.ended
        return taken

    def put_back(self, batch: Batch) -> None:
        """What was taken could not be written."""
        self.events.extendleft(reversed(batch.events))
        self.size += sum(event.weight for event in batch.events)
        self.told = False
