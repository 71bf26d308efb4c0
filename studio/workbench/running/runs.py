"""Verbs that start and stop runs, beside sending something: rerun, go on, stop."""

from collections.abc import Iterable
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from studio.catalog.failures import upstream
from studio.deployments import runs, states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.run_rows import Run
from studio.history.model import Task
from studio.live.hub import hub
from studio.live.recorder import recorder
from studio.web.errors import panel
from studio.workbench.links import runs_url, thread_url
from studio.workbench.options import with_breakpoints
from studio.workbench.standing import Standing, standing
from studio.workbench.starting import AS_IT_WAS, NOTHING_STARTED, begin, like_before, started
from studio.workbench.verbs import enter, finish, go

MOST_NAMED = 5


@require_POST
async def rerun(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Go on from a checkpoint as it is: its next nodes run again, on a branch of their own."""
    checkpoint_id = request.POST.get("checkpoint", "")
    gateway = await enter(request, deployment, "run.replay", thread_id=thread_id, checkpoint_id=checkpoint_id)
    if not checkpoint_id:
        return panel(request, "Choose the checkpoint to run from.", kept=NOTHING_STARTED, status=422)
    try:
        snapshot = await states.at(gateway, thread_id, checkpoint_id)
        if not snapshot.checkpoint.next:
            hint = "Pick an earlier checkpoint, or edit a message so that something follows."
            return panel(request, "Nothing runs after this checkpoint.", hint=hint, kept=NOTHING_STARTED, status=422)
        chosen = request.POST.get("assistant", "")
        wanted = await like_before(gateway, thread_id, checkpoint_id, chosen, start_from=checkpoint_id)
        await finish(begin(gateway, thread_id, with_breakpoints(wanted, request.POST)))
    except DeploymentError as error:
        return upstream(request, error, kept=started(error))
    if warning := _anew(snapshot.tasks):
        messages.warning(request, warning)
    messages.info(request, "Running again from that checkpoint: its nodes and their side effects happen anew.")
    return go(request, thread_url(deployment, thread_id))


def _anew(tasks: Iterable[Task]) -> str:
    """What has to be known of those tasks that are graphs, or ""; it travels in a cookie, so only some are named."""
    names = list(dict.fromkeys(task.name for task in tasks if task.namespace))
    if len(names) == 1:
        return f"{names[0]} is a graph of its own: it begins again from its start."
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    told = f"{', '.join(names[:MOST_NAMED])}{more} are graphs of their own: they begin again from their start."
    return told if names else ""


@require_POST
async def go_on(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Let a thread that was paused, or that stopped at a breakpoint, go on from its last checkpoint."""
    gateway = await enter(request, deployment, "run.continue", thread_id=thread_id)
    try:
        place = await standing(gateway, thread_id)
        if problem := await _not_from_there(request, gateway, place):
            return problem
        again = place.at if place.head and place.head.cut_short else None  # from the head, nothing would run after them
        assistant = request.POST.get("assistant", "")
        wanted = await like_before(gateway, thread_id, place.at, assistant, start_from=again, thread=place.thread)
        wanted = replace(wanted, before=("*",)) if "step" in request.POST else with_breakpoints(wanted, request.POST)
        await finish(begin(gateway, thread_id, wanted))
    except DeploymentError as error:
        return upstream(request, error, kept=started(error))
    return go(request, thread_url(deployment, thread_id))


async def _not_from_there(request: HttpRequest, gateway: Gateway, place: Standing) -> HttpResponse | None:
    """409: there is nothing to go on with, or not from where the person saw the thread stand. Raises DeploymentError
    where a run does so already."""
    await place.require_idle(gateway)
    title = hint = ""
    if place.asked:
        title, hint = "The thread waits for an answer.", "Load the page again, and answer there: then it goes on."
    elif place.head is None or not (place.head.goes_on or place.thread.status == "interrupted"):
        title, hint = "Nothing is left to do on this thread.", "A new message begins another run."
    elif request.POST.get("at") not in (None, "", place.at):
        title, hint = "The thread has gone on meanwhile.", "Look where it stands now, and resume it from there."
    return panel(request, title, hint=hint, kept=NOTHING_STARTED, status=409) if title else None


@require_POST
async def cancel(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """Stop a run on the server; the checkpoints it has made stay, unless it is told to `erase` them. One that `waits`
    is only taken out of the queue."""
    erase = request.POST.get("erase") == "1"
    gateway = await enter(request, deployment, "run.cancel", thread_id=thread_id, run_id=run_id)
    try:
        was = await _before(gateway, thread_id, run_id)
        if "waits" in request.POST and was and was.status == "running":
            hint = "To take it out of the queue now would erase what it has done. “Stop” keeps that."
            return panel(request, "This run has begun meanwhile.", hint=hint, kept=AS_IT_WAS, status=409)
        stopped = await finish(_cancel(gateway, thread_id, run_id, erase))
    except DeploymentError as error:
        unsure = "It is not certain whether it was stopped: look again first."
        return upstream(request, error, kept=unsure if error.uncertain else AS_IT_WAS)
    messages.info(request, _stopping(request, deployment, was, erase) if stopped else "The run had already ended.")
    hub.wake(deployment, thread_id)
    if request.POST.get("back") == "runs":
        return HttpResponseRedirect(runs_url(deployment, thread_id), status=303)
    return go(request, thread_url(deployment, thread_id))


async def _before(gateway: Gateway, thread_id: str, run_id: str) -> Run | None:
    """A run that is to be stopped, None where it is gone. Raises DeploymentError."""
    try:
        return await runs.get(gateway, thread_id, run_id)
    except DeploymentError as error:
        if error.kind == "not_found":
            return None
        raise


def _stopping(request: HttpRequest, deployment: str, was: Run | None, erase: bool) -> str:
    """What becomes of a run that is told to stop; of one that had not begun nothing is in the history."""
    if "waits" in request.POST:
        return "The run is taken out of the queue."
    if erase:
        return "The run and what it has done are removed."
    if was and was.status == "pending":
        there = reverse("run", args=[deployment, was.thread_id, was.id])
        told = "The run had not begun, so the thread stands where it stood. What it was to be started with is kept:"
        return format_html('{} <a href="{}">run …{}</a>.', told, there, was.id[-6:])
    if "pause" in request.POST:
        return "Pausing. “Resume” goes on from there."
    return "Stopping. What the run has done is kept."


async def _cancel(gateway: Gateway, thread_id: str, run_id: str, erase: bool) -> bool:
    """Stop a run; what was recorded of one that is erased goes too. False: it had already ended."""
    stopped = await runs.cancel(gateway, thread_id, run_id, erase=erase)
    if erase and stopped:
        await recorder.forget(gateway.deployment.slug, run_id)
    return stopped
