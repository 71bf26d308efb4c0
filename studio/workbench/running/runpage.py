"""One run with its events: what it was asked, what it sent, and the data of each event."""

import asyncio
import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter as look
from studio.deployments import runs, threads
from studio.deployments.run_rows import Run
from studio.live.recording import Recorded, Recording
from studio.web.requests import is_htmx, number, page
from studio.workbench.links import thread_url
from studio.workbench.running.replay import player, recording_for

SHOWN = 200
"""Events on a page."""


@require_safe
async def one(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """A run: what it was asked, and its events, filtered by `?mode=`, `?node=` and `?find=`, from `?from=` on, and
    before place `?until=` where somebody holds the list."""
    gateway = await look(deployment)
    thread, run = await asyncio.gather(threads.get(gateway, thread_id), runs.get(gateway, thread_id, run_id))
    recording = await recording_for(gateway, run)
    shown = {
        "thread": thread,
        "url": thread_url(deployment, thread_id),
        "run": run,
        "asked": json.dumps(run.input if run.command is None else run.command, ensure_ascii=False, indent=2),
        "config": json.dumps(dict(run.config), ensure_ascii=False, indent=2) if run.config else "",
        "recording": recording,
        "modes": _modes(run, recording),
        "player": player(run, recording),
        "polls_again": is_htmx(request),
        "polls": run.active and "from" not in request.GET,
        "asked_for": {name: request.GET.get(name, "") for name in ("mode", "node", "find")},
    }
    return page(request, "workbench/running/run.html", shown | _listed(run, recording, request), partial="events")


@require_safe
async def event(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """The data of one event at `?place=`, or of all of them as JSON lines, one event a line."""
    gateway = await look(deployment)
    recording = await recording_for(gateway, await runs.get(gateway, thread_id, run_id))
    place = number(request, "place")
    if place is None:
        lines = "".join(_line(event) + "\n" for event in _filtered(recording.events, request))
        response = HttpResponse(lines, content_type="application/jsonl")
        response["Content-Disposition"] = f'attachment; filename="run-{run_id}.jsonl"'
        return response
    found = next((event for event in recording.events if event.place == place), None)
    if found is None:
        raise Http404("This event is not kept any more.")
    data = json.dumps(json.loads(found.json), ensure_ascii=False, indent=2)
    return page(request, "workbench/running/event_data.html", {"data": data, "event": found}, partial="data")


def _listed(run: Run, recording: Recording, request: HttpRequest) -> dict[str, Any]:
    """The events on the page: a part of those that fit the filter. `came` counts those that somebody who holds the
    list does not see yet, `held` says whether somebody does, `place` is the place of the event that comes next."""
    found = _filtered(recording.events, request)
    until = number(request, "until") if run.active else None
    seen = found if until is None else [event for event in found if event.place < until]
    start = number(request, "from")
    start = max(0, len(seen) - SHOWN) if start is None and run.active else start or 0
    return {
        "events": seen[start : start + SHOWN],
        "start": start,
        "before": max(0, start - SHOWN) if start else None,
        "more": start + SHOWN if start + SHOWN < len(seen) else None,
        "count": len(seen),
        "held": until,
        "came": len(found) - len(seen),
        "place": recording.lost + len(recording.events),
    }


def _modes(run: Run, recording: Recording) -> list[str]:
    """What the events of a run may be: those that came, and those that it streams and that may still come."""
    streamed = {"messages" if mode == "messages-tuple" else mode for mode in run.modes}
    return sorted({event.mode for event in recording.events} | (streamed if run.active else set()))


def _filtered(events: list[Recorded], request: HttpRequest) -> list[Recorded]:
    mode, node = request.GET.get("mode", ""), request.GET.get("node", "").strip()
    words = request.GET.get("find", "").strip().lower()
    if not (mode or node or words):
        return events
    return [
        event
        for event in events
        if (not mode or event.mode == mode)
        and (not node or any(node in part for part in event.namespace) or f'"{node}"' in event.json)
        and (not words or words in event.json.lower())
    ]


def _line(event: Recorded) -> str:
    facts: dict[str, Any] = {"at": event.at.isoformat(), "mode": event.mode, "namespace": list(event.namespace)}
    return json.dumps(facts | {"id": event.id, "data": json.loads(event.json)}, ensure_ascii=False)
