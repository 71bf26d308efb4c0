"""A recorded run played again: when each of its events came, and what streamed to the page at which moment. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from studio.live.recording import Recorded, Recording, time_of
from studio.live.reducer import Reducer

COALESCE = 0.04
"""Seconds of tokens that become one frame, as they do while a run is live."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When the events of a recording came, in `seconds` since the first, and those they took in all; none when their
    times are not known."""

    at: list[float]
    seconds: float


class Moment(NamedTuple):
    """A frame of HTML, and when it appears, in seconds since the start."""

    at: float
    html: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What streamed while a run worked, for as many `seconds`; `lost` events from its start are not kept."""

    seconds: float
    frames: list[Moment]
    lost: int


def moments(recording: Recording) -> Moments:
    """When the events came: by their ids, where these tell it, since a stream that is joined late repeats at once what
    it has sent; else by the times at which they were recorded. Never goes back."""
    if not recording.timed or not recording.events:
        return Moments([], 0.0)
    times = _told(recording.events) or [event.at for event in recording.events]
    start, latest, found = times[0], times[0], []
    for time in times:
        latest = max(latest, time)
        found.append(round((latest - start).total_seconds(), 3))
    return Moments(found, found[-1])


def play(recording: Recording) -> Replayed:
    """The frames of a recording, made in the same way as those of a live run."""
    when = moments(recording)
    reducer, frames = Reducer(), list[Moment]()
    began = latest = 0.0
    for event, at in zip(recording.events, when.at, strict=False):
        if at >= began + COALESCE:
            _flush(reducer, frames, latest)
            began = at
        reducer.feed(event.event)
        latest = at
    _flush(reducer, frames, latest)
    return Replayed(when.seconds, frames, recording.lost)


def _flush(reducer: Reducer, frames: list[Moment], at: float) -> None:
    """What has come by now is a frame, which appears no earlier than the last of it."""
    if not reducer.empty:
        frames.append(Moment(at, reducer.flush()))


def _told(events: list[Recorded]) -> list[datetime]:
    """The times in the ids of the events, an event without one having come with the one before; [] when there are
    none."""
    told = [time_of(event.id) for event in events]
    first = next(filter(None, told), None)
    if first is None:
        return []
    latest, times = first, []
    for time in told:
        latest = time or latest
        times.append(latest)
    return times
