"""A run played again: the player on its page, and the frames that it plays."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter as look
from studio.deployments import runs
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.run_rows import Run
from studio.deployments.runs import Event
from studio.live.recorder import recorder
from studio.live.recording import Recording, recording_of
from studio.live.replay import moments, play

PATIENCE = 1.0
"""Seconds for which the events of a run are collected from the deployment when they are not recorded."""
WIDTH = 1000
"""Units of the drawing over which a run's duration is spread."""
STEPS = ("updates", "values", "checkpoints")
"""Modes of which an event comes with every step; the first that a run streams is what is marked."""
SPEEDS = ("0.25", "0.5", "1", "2", "4", "8")


@dataclass(frozen=True, slots=True)
class Player:
    """What the page needs to offer a replay: how many `seconds` it takes, and drawings that mark when the state changed
    (`steps`) and when something failed. `why`: there is nothing to play, for this reason."""

    seconds: float = 0.0
    steps: str = ""
    failures: str = ""
    why: str = ""
    speeds: tuple[str, ...] = SPEEDS


@require_safe
async def replay(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> JsonResponse:
    """What streamed while a run worked: `{"seconds", "frames": [{"at": seconds since its start, "html"}], "lost"}`."""
    gateway = await look(deployment)
    recording = await recording_for(gateway, await runs.get(gateway, thread_id, run_id))
    played = await asyncio.to_thread(play, recording)
    frames = [frame._asdict() for frame in played.frames]
    answer = JsonResponse({"seconds": played.seconds, "frames": frames, "lost": played.lost})
    answer["Cache-Control"] = "no-store"
    return answer


def player(run: Run, recording: Recording) -> Player:
    """The player for a recording of a run."""
    when = moments(recording)
    if why := _why_not(run, recording, when.seconds):
        return Player(why=why)
    marks: dict[str, set[int]] = {mode: set() for mode in (*STEPS, "error")}
    for event, at in zip(recording.events, when.at, strict=True):
        if event.mode in marks:
            marks[event.mode].add(round(WIDTH * at / when.seconds))
    steps = next((marks[mode] for mode in STEPS if marks[mode]), set())
    return Player(when.seconds, _ticks(steps), _ticks(marks["error"]))


def _why_not(run: Run, recording: Recording, seconds: float) -> str:
    """Why there is nothing to play; "" when there is."""
    if run.active:
        return "A run can be replayed once it is over."
    if seconds:
        return ""
    if recording.events and recording.timed:
        return "All events of this run came in one moment: there is nothing to play."
    kept = "The deployment gives out its events, but not when they came." if recording.events else ""
    return " ".join(filter(None, ("This run cannot be replayed.", kept, _why_not_recorded(run))))


def _why_not_recorded(run: Run) -> str:
    """Why there is no recording of a run that is over."""
    hours = settings.STUDIO_RECORDER_HOURS
    if settings.STUDIO_RECORDER == "off":
        return "Studio's recorder is switched off (STUDIO_RECORDER)."
    if run.updated_at and run.updated_at < datetime.now(UTC) - timedelta(hours=hours):
        return f"It ended more than {hours:g} hours ago, for which Studio keeps what it has recorded."
    return "Studio has not recorded it: no page watched its thread while it worked, or later runs took its room."


def _ticks(places: set[int]) -> str:
    """Strokes at these places of the drawing."""
    return "".join(f"M{place} 0v8" for place in sorted(places))


async def recording_for(gateway: Gateway, run: Run) -> Recording:
    """What Studio has recorded of a run, or what the deployment replays of it within a moment."""
    kept = await recorder.find(gateway.deployment.slug, run.id)
    if kept and (kept.whole or (run.active and not kept.lost)):
        return kept
    events: list[Event] = []
    try:
        async with asyncio.timeout(PATIENCE), aclosing(runs.follow(gateway, run.thread_id, run.id)) as stream:
            async for event in stream:
                events.append(event)
    except (TimeoutError, DeploymentError):
        pass  # it works on, or its events are gone: what came is shown
    if kept and len(kept.events) >= len(events):
        return kept
    return recording_of(events, datetime.now(UTC))
