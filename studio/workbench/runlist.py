"""The runs of a thread, and one run with its events: what was asked, what came of it, what to do about it."""

import asyncio
import json
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from studio.catalog.entrance import enter as look
from studio.catalog.failures import upstream
from studio.deployments import assistants, runs, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.runs import Event, Run, Start
from studio.history.measures import Measures
from studio.history.model import Json
from studio.index import sync
from studio.live.recorder import Recorded, Recording, recorder, recording_of
from studio.web.errors import panel
from studio.web.requests import is_htmx, number, page
from studio.workbench.forms import parse_json
from studio.workbench.heads import forget
from studio.workbench.links import runs_url, thread_url
from studio.workbench.starting import begin
from studio.workbench.verbs import enter, finish, go

LISTED = 50
SHOWN = 200
"""Events on a page."""
PATIENCE = 1.0
"""Seconds for which the events of a run are collected from the deployment when this process has not recorded them."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its assistant's name, and what its checkpoints cost; `head` is the newest of them."""

    run: Run
    assistant: str
    cost: Measures | None
    head: str


@require_safe
async def listing(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The runs of a thread, newest first."""
    gateway = await look(deployment)
    thread, found, names, known = await asyncio.gather(
        threads.get(gateway, thread_id),
        runs.recent(gateway, thread_id, LISTED),
        assistants.search(gateway),
        sync.sync(gateway, thread_id),
    )
    labels = {assistant.id: assistant.label for assistant in names}
    heads = {c.run_id: c.id for c in reversed(known.checkpoints) if c.run_id}
    shown = {
        "thread": thread,
        "url": thread_url(deployment, thread_id),
        "runs": [
            RunView(run, labels.get(run.assistant_id, ""), known.spine.costs.get(run.id), heads.get(run.id, ""))
            for run in found
        ],
        "active": any(run.active for run in found),
        "pending": sum(run.status == "pending" for run in found),
        "limit": LISTED,
    }
    return page(request, "workbench/runs.html", shown, partial="table")


@require_safe
async def one(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """A run: what it was asked, and its events, filtered by `?mode=`, `?node=` and `?find=`, from `?from=` on."""
    gateway = await look(deployment)
    thread, run = await asyncio.gather(threads.get(gateway, thread_id), runs.get(gateway, thread_id, run_id))
    recording = await _recording(gateway, run)
    found = _filtered(recording.events, request)
    start = number(request, "from")
    start = max(0, len(found) - SHOWN) if start is None and run.active else start or 0
    shown = {
        "thread": thread,
        "url": thread_url(deployment, thread_id),
        "run": run,
        "asked": json.dumps(run.input if run.command is None else run.command, ensure_ascii=False, indent=2),
        "config": json.dumps(dict(run.config), ensure_ascii=False, indent=2) if run.config else "",
        "events": found[start : start + SHOWN],
        "start": start,
        "before": max(0, start - SHOWN) if start else None,
        "more": start + SHOWN if start + SHOWN < len(found) else None,
        "count": len(found),
        "recording": recording,
        "modes": _modes(run, recording),
        "polls_again": is_htmx(request),
        "polls": run.active and "from" not in request.GET,
        "asked_for": {name: request.GET.get(name, "") for name in ("mode", "node", "find")},
    }
    return page(request, "workbench/run.html", shown, partial="events")


@require_safe
async def event(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """The data of one event at `?place=`, or of all of them as JSON lines, one event a line."""
    gateway = await look(deployment)
    recording = await _recording(gateway, await runs.get(gateway, thread_id, run_id))
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
    return page(request, "workbench/event_data.html", {"data": data, "event": found}, partial="data")


@require_POST
async def delete(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """Remove a run that is over from the list."""
    gateway = await enter(request, deployment, "run.delete", thread_id=thread_id, run_id=run_id)
    try:
        await finish(runs.delete(gateway, thread_id, run_id))
        forget(gateway, thread_id)
    except DeploymentError as error:
        return upstream(request, error, kept="The run is as it was.")
    messages.info(request, f"Run …{run_id[-6:]} is deleted.")
    return HttpResponseRedirect(runs_url(deployment, thread_id), status=303)


@require_POST
async def clear(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Take every waiting run of a thread out of the queue."""
    gateway = await enter(request, deployment, "run.cancel_pending", thread_id=thread_id)
    try:
        waiting = [run for run in await runs.recent(gateway, thread_id, LISTED) if run.status == "pending"]
        gone = [await finish(runs.cancel(gateway, thread_id, run.id, erase=True)) for run in waiting]
    except DeploymentError as error:
        return upstream(request, error)
    messages.info(request, f"{sum(gone)} waiting run{'s' * (sum(gone) != 1)} taken out of the queue.")
    return HttpResponseRedirect(runs_url(deployment, thread_id), status=303)


@require_POST
async def repeat(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """Start a run like this one at the head of the thread, with the same input or a changed one."""
    gateway = await enter(request, deployment, "run.repeat", thread_id=thread_id, run_id=run_id)
    try:
        given: Json = parse_json(request.POST.get("json") or "null", "The input")
    except ValueError as error:
        return panel(request, str(error), kept="What you typed is still there.", status=422)
    try:
        run = await runs.get(gateway, thread_id, run_id)
        wanted = Start(
            run.assistant_id,
            config=run.config,
            context=run.context,
            metadata=run.metadata,
            before=run.breaks[0],
            after=run.breaks[1],
        )
        await finish(begin(gateway, thread_id, wanted, given))
    except DeploymentError as error:
        return upstream(request, error, kept="What you typed is still there.")
    return go(request, thread_url(deployment, thread_id))


async def _recording(gateway: Gateway, run: Run) -> Recording:
    """What this process has recorded of a run, or what the deployment replays of it within a moment."""
    kept = recorder.find(gateway.deployment.slug, run.id)
    if kept and (kept.whole or (run.active and not kept.lost)):
        return kept
    events: list[Event] = []
    try:
        async with asyncio.timeout(PATIENCE), aclosing(runs.follow(gateway, run.thread_id, run.id)) as stream:
            async for event in stream:
                events.append(event)
    except (TimeoutError, DeploymentError):
        pass  # it works on, or its events are gone: what came is shown
    replayed = recording_of(events, datetime.now(UTC))
    return replayed if kept is None or len(replayed.events) > len(kept.events) else kept


def _modes(run: Run, recording: Recording) -> list[str]:
    """What the events of a run may be: those that came, and those that it streams and that may still come."""
    streamed = {"messages" if mode == "messages-tuple" else mode for mode in run.modes}
    return sorted({event.mode for event in recording.events} | (streamed if run.active else set()))


def _filtered(events: list[Recorded], request: HttpRequest) -> list[Recorded]:
    mode, node = request.GET.get("mode", ""), request.GET.get("node", "").strip()
    words = request.GET.get("find", "").strip().lower()
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
