"""The events of runs as this process relayed them, kept for a while: so that a run can be looked at again even where
the deployment keeps nothing. In memory, bounded by events and bytes; the run that was looked at longest ago goes first.
"""

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from studio.deployments.runs import Event

EVENTS_KEPT = 5_000
"""Events of one run."""
BYTES_KEPT = 32_000_000
"""Bytes over all runs."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event: its place in the run from 0, when it came, and its data as JSON."""

    place: int
    at: datetime
    mode: str
    namespace: tuple[str, ...]
    id: str
    json: str

    @property
    def size(self) -> int:
        """Bytes of its data, roughly."""
        return len(self.json)


@dataclass(slots=True)
class Recording:
    """The events of one run. `lost`: so many of the oldest are not kept any more."""

    events: list[Recorded] = field(default_factory=list)
    lost: int = 0
    size: int = 0
    begin: str = ""
    """The id of the very first event."""
    whole: bool = False
    """Whether the run was relayed to its end."""

    def add(self, event: Event, at: datetime) -> int:
        """Keep one more event; the bytes by which the recording grew."""
        data = json.dumps(event.data, ensure_ascii=False, default=str)
        before = self.size
        place = self.lost + len(self.events)
        self.begin = self.begin if place else event.id
        self.events.append(Recorded(place, at, event.mode, event.namespace, event.id, data))
        self.size += len(data)
        while len(self.events) > EVENTS_KEPT or (self.size > BYTES_KEPT and len(self.events) > 1):
            self.size -= self.events.pop(0).size
            self.lost += 1
        return self.size - before


@dataclass(slots=True)
class Recorder:
    """The recordings of this process."""

    recordings: OrderedDict[tuple[str, str], Recording] = field(default_factory=OrderedDict)
    size: int = 0

    def add(
        self, deployment: str, run_id: str, event: Event, at: datetime | None = None, *, first: bool = False
    ) -> None:
        """Keep an event of a run. `first`: a relay begins with it; when it is the one that the recording begins with,
        the run is replayed from its start, and so is the recording."""
        key = (deployment, run_id)
        recording = self.recordings.setdefault(key, Recording())
        if first and event.id and recording.begin == event.id:
            self.size -= recording.size
            recording = self.recordings[key] = Recording()
        self.recordings.move_to_end(key)
        self.size += recording.add(event, at or datetime.now(UTC))
        while self.size > BYTES_KEPT and len(self.recordings) > 1:
            self.size -= self.recordings.popitem(last=False)[1].size

    def end(self, deployment: str, run_id: str) -> None:
        """A run was relayed to its end: there is nothing more to come."""
        if recording := self.recordings.get((deployment, run_id)):
            recording.whole = True

    def find(self, deployment: str, run_id: str) -> Recording | None:
        """What was recorded of a run, which is being looked at."""
        key = (deployment, run_id)
        if key in self.recordings:
            self.recordings.move_to_end(key)
        return self.recordings.get(key)


def recording_of(events: list[Event], at: datetime) -> Recording:
    """A recording of events that came just now, all at once."""
    made = Recording()
    for event in events:
        made.add(event, at)
    return made


recorder = Recorder()
