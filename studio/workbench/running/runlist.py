"""The runs of a thread: what came of each, and what to do about it."""

import asyncio
import json
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST, require_safe

from studio.catalog.entrance import enter as look
from studio.catalog.failures import upstream
from studio.deployments import assistants, runs, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.run_rows import Run
from studio.deployments.starts import Start
from studio.history.measures import Measures
from studio.history.model import Json
from studio.history.plain import same_json
from studio.index import sync
from studio.live.recorder import recorder
from studio.web.errors import panel
from studio.web.requests import page
from studio.workbench.forms import parse_json
from studio.workbench.heads import forget
from studio.workbench.links import runs_url, thread_url
from studio.workbench.running import guards
from studio.workbench.running.endings import ending
from studio.workbench.running.guards import KEPT
from studio.workbench.starting import AS_IT_WAS, begin, started
from studio.workbench.verbs import enter, finish, leave

LISTED = 50
FORM = "repeat"


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its assistant's name, why it ended, and what its checkpoints cost; `head` is the newest of them."""

    run: Run
    assistant: str
    cost: Measures | None
    head: str
    ending: str

    @property
    def settings(self) -> str:
        """Its configuration and context as JSON, or ""."""
        chosen = {"config": dict(self.run.config), "context": dict(self.run.context)}
        told = {name: value for name, value in chosen.items() if value}
        return json.dumps(told, ensure_ascii=False, indent=2) if told else ""


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
    heads = {c.run_id: c for c in reversed(known.checkpoints) if c.run_id}
    shown = {
        "thread": thread,
        "url": thread_url(deployment, thread_id),
        "runs": [
            RunView(
                run,
                labels.get(run.assistant_id, ""),
                known.spine.costs.get(run.id),
                heads[run.id].id if run.id in heads else "",
                ending(run, found, heads.get(run.id)),
            )
            for run in found
        ],
        "active": any(run.active for run in found),
        "pending": sum(run.status == "pending" for run in found),
        "limit": LISTED,
    }
    return page(request, "workbench/running/runs.html", shown, partial="table")


@require_POST
async def delete(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """Remove a run that is over from the list."""
    gateway = await enter(request, deployment, "run.delete", thread_id=thread_id, run_id=run_id)
    try:
        if (await runs.get(gateway, thread_id, run_id)).active:  # a server would forget it and leave its thread busy
            hint = "Stop it first, or erase it."
            return panel(request, "This run is not over yet.", hint=hint, kept=AS_IT_WAS, status=409)
        await finish(_delete(gateway, thread_id, run_id))
    except DeploymentError as error:
        kept = "It is not certain whether the run was deleted: look again first." if error.uncertain else AS_IT_WAS
        return upstream(request, error, kept=kept)
    messages.info(request, f"Run …{run_id[-6:]} is deleted.")
    return HttpResponseRedirect(runs_url(deployment, thread_id), status=303)


async def _delete(gateway: Gateway, thread_id: str, run_id: str) -> None:
    """Remove a run with what is kept and recorded of it."""
    await runs.delete(gateway, thread_id, run_id)
    forget(gateway, thread_id)
    await recorder.forget(gateway.deployment.slug, run_id)


@require_POST
async def clear(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Take every waiting run of a thread out of the queue; the next one first, before it begins."""
    gateway = await enter(request, deployment, "run.cancel_pending", thread_id=thread_id)
    gone = 0
    try:
        waiting = [run for run in await runs.recent(gateway, thread_id, LISTED) if run.status == "pending"]
        for run in reversed(waiting):
            gone += await finish(runs.cancel(gateway, thread_id, run.id, erase=True))
    except DeploymentError as error:
        return upstream(request, error, kept=f"{_taken_out(gone)} The others wait on, as far as is known.")
    messages.info(request, _taken_out(gone))
    return HttpResponseRedirect(runs_url(deployment, thread_id), status=303)


def _taken_out(count: int) -> str:
    return f"{count} waiting run{'s' * (count != 1)} taken out of the queue."


@require_POST
async def repeat(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """Start a run like this one at the head of the thread, with the same input or a changed one."""
    gateway = await enter(request, deployment, "run.repeat", thread_id=thread_id, run_id=run_id)
    try:
        given: Json = parse_json(request.POST.get("json") or "null", "The input")
    except ValueError as error:
        return panel(request, str(error), kept=KEPT, status=422)
    try:
        run = await runs.get(gateway, thread_id, run_id)
        if answer := await _instead(request, gateway, run, given):
            return answer
        await finish(begin(gateway, thread_id, _like(run), given))
    except DeploymentError as error:
        return upstream(request, error, kept=f"{KEPT} {started(error)}")
    return leave(request, thread_url(deployment, thread_id))


async def _instead(request: HttpRequest, gateway: Gateway, run: Run, given: Json) -> HttpResponse | None:
    """What becomes of an input that cannot be sent once more just so. Raises DeploymentError."""
    tried = None if same_json(given, run.input, exactly=True) else guards.to_try(request, given)
    place = await guards.place_of(request, gateway, run.thread_id, tries=tried is not None)
    if answer := await guards.barred(request, gateway, place, FORM):
        return answer
    return await guards.refused(request, gateway, place, tried, FORM) if tried is not None else None


def _like(run: Run) -> Start:
    """A start with the assistant, the configuration and the breakpoints of a run."""
    before, after = run.breaks
    return Start(
        run.assistant_id, config=run.config, context=run.context, metadata=run.metadata, before=before, after=after
    )
