"""What is recorded of a run: its events as JSON, with the time at which each came."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from studio.deployments.runs import Event

AROUND = 500
"""Bytes of memory that an event takes beside its data."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECONDS = 13
"""Digits of a time in milliseconds, from 2001 to 2286."""

_encode = msgspec.json.Encoder(enc_hook=str).encode


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """One event: its place in the run from 0, when it came, and its data as JSON."""

    place: int
    at: datetime
    mode: str
    namespace: tuple[str, ...]
    id: str
    data: msgspec.Raw

    @property
    def json(self) -> str:
        """Its data as JSON."""
        return bytes(self.data).decode()

    @property
    def size(self) -> int:
        """Bytes of its data."""
        return len(self.data)

    @property
    def weight(self) -> int:
        """Bytes that it takes in memory, roughly."""
        return len(self.data) + AROUND

    @property
    def event(self) -> Event:
        """The event as it came; one that is nested too deeply to be read has no data."""
        try:
            return Event(self.id, self.mode, json.loads(self.json), self.namespace)
        except RecursionError:
            return Event(self.id, self.mode, None, self.namespace)


@dataclass(frozen=True, slots=True)
class Recording:
    """What is kept of a run: its newest events without gaps. `lost`: so many of the oldest are not kept any more;
    `whole`: it was relayed to its end, and what came before the end was relayed too. `timed`: the events carry the
    times at which they came, or some of them do."""

    events: list[Recorded]
    lost: int = 0
    whole: bool = False
    timed: bool = True


def record(event: Event, place: int, at: datetime) -> Recorded:
    """An event as it is kept."""
    return Recorded(place, at, event.mode, event.namespace, event.id, msgspec.Raw(to_json(event.data)))


def recording_of(events: Iterable[Event], now: datetime) -> Recording:
    """A recording of events that came just now, all at once. Those whose ids tell their time have come at that time,
    and those without such an id with the event before."""
    kept: list[Recorded] = []
    at, timed = now, False
    for place, event in enumerate(events):
        if told := time_of(event.id):
            at, timed = told, True
        kept.append(record(event, place, at))
    return Recording(kept, timed=timed)


def time_of(id: str) -> datetime | None:
    """The time in an event id such as `1767603600123-0`: milliseconds and a number. None: other servers count, or use
    names of their own."""
    told, dash, _ = id.partition("-")
    if not dash or len(told) != MILLISECONDS or not (told.isascii() and told.isdecimal()):
        return None
    return EPOCH + timedelta(milliseconds=int(told))


def to_json(data: Any) -> bytes:
    """Data as JSON, whatever it holds: what JSON does not know becomes text."""
    try:
        return _encode(data)
    except UnicodeEncodeError:  # half of a surrogate pair, which becomes “?”
        return json.dumps(data, default=str, ensure_ascii=False).encode("utf-8", "replace")
    except RecursionError:
        return b'"(nested too deeply to be recorded)"'
