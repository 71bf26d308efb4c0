"""Verbs that start and stop runs: send, rerun, go on, stop."""

import asyncio
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from studio.catalog.failures import upstream
from studio.deployments import runs, states, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.runs import Run
from studio.live.hub import hub
from studio.live.recorder import recorder
from studio.web.amounts import duration
from studio.web.errors import Way, panel
from studio.workbench.asking import answers
from studio.workbench.links import runs_url, thread_url
from studio.workbench.options import Options, read_options, stopping
from studio.workbench.running import sendform
from studio.workbench.running.filled import Unfit
from studio.workbench.starting import begin, like_before
from studio.workbench.verbs import enter, finish, go

KEPT = "What you typed is still there."
QUEUE = (Way("Queue it", "multitask", "enqueue", "send"), Way("Try again", "multitask", "reject", "send"))
NOTHING_STARTED = "Nothing was started."


@require_POST
async def send(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Start a run with a message, a filled-in form or raw JSON input, from the head or from the checkpoint on show."""
    gateway = await enter(request, deployment, "run.start", thread_id=thread_id)
    assistant_id = request.POST.get("assistant", "")
    checkpoint_id = request.POST.get("checkpoint") or None
    try:
        options = read_options(request.POST)
        if not assistant_id:
            return panel(request, "Choose an assistant to run.", kept=KEPT, status=422)
        given = await sendform.given(gateway, assistant_id, request.POST)
        version = await sendform.version(gateway, assistant_id, options)
    except Unfit as error:
        return sendform.refusal(request, error, KEPT)
    except ValueError as error:
        return panel(request, str(error), kept=KEPT, status=422)
    except DeploymentError as error:
        return upstream(request, error, kept=f"{KEPT} {NOTHING_STARTED}")
    try:
        if answer := await answers.instead(request, gateway, thread_id):
            return answer
        if options.strategy == "rollback" and not options.erase and (erased := await _active(gateway, thread_id)):
            return _ask_first(request, erased)
        if checkpoint_id:
            await states.at(gateway, thread_id, checkpoint_id)  # a run from one that is gone would start from nothing
        wanted = await like_before(gateway, thread_id, checkpoint_id, assistant_id, start_from=checkpoint_id)
        run = await finish(begin(gateway, thread_id, options.applied(wanted, version), given))
    except DeploymentError as error:
        ways = QUEUE if error.kind == "conflict" else ()
        return upstream(request, error, kept=f"{KEPT} {_started(error)}", ways=ways)
    await _attend(request, gateway, thread_id, run, options)
    return go(request, thread_url(deployment, thread_id))


async def _active(gateway: Gateway, thread_id: str) -> list[Run]:
    """The run that works on the thread now, and those that wait behind it."""
    return [run for run in reversed(await runs.recent(gateway, thread_id)) if run.active]


def _ask_first(request: HttpRequest, active: list[Run]) -> HttpResponse:
    """Nothing is erased before it has been said what."""
    waiting = len(active) - 1
    hint = f"Run …{active[0].id[-6:]} and every checkpoint that it has made would be gone, for everybody."
    hint += f" So would the {waiting} that wait{'s' * (waiting == 1)} behind it." if waiting else ""
    way = Way("Erase it and send", "confirmed", "1", "send", drastic=True)
    return panel(request, "This erases the active run.", hint=hint, kept=KEPT, status=409, ways=(way, *QUEUE))


async def _attend(request: HttpRequest, gateway: Gateway, thread_id: str, run: Run, options: Options) -> None:
    """Say what becomes of a run that is not just watched, or wait for its end."""
    if options.delay:
        messages.info(request, f"Run …{run.id[-6:]} begins in {duration(options.delay)}.")
    elif options.how == "background":
        messages.info(request, f"Run …{run.id[-6:]} works in the background; this page may be closed.")
    elif options.how == "wait":
        try:
            over = await runs.wait(gateway, thread_id, run.id)
        except DeploymentError as error:
            messages.warning(request, f"Run …{run.id[-6:]} was started, but its end was not seen: {error.title}")
            return
        told = f"Run …{run.id[-6:]} is over: {over.status}, after {duration(over.seconds)}."
        (messages.success if over.status == "success" else messages.warning)(request, told)


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
        await finish(begin(gateway, thread_id, stopping(wanted, request.POST)))
    except DeploymentError as error:
        return upstream(request, error, kept=_started(error))
    if names := [task.name for task in snapshot.tasks if task.namespace]:
        messages.warning(request, f"{', '.join(names)} is a graph of its own: it begins again from its start.")
    messages.info(request, "Running again from that checkpoint: its nodes and their side effects happen anew.")
    return go(request, thread_url(deployment, thread_id))


@require_POST
async def go_on(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Let a thread that was paused, or that stopped at a breakpoint, go on from its last checkpoint."""
    gateway = await enter(request, deployment, "run.continue", thread_id=thread_id)
    try:
        thread, head = await asyncio.gather(threads.get(gateway, thread_id), states.current(gateway, thread_id))
        if head is None or not (head.checkpoint.next or thread.status == "interrupted"):
            return panel(request, "Nothing is left to do on this thread.", kept=NOTHING_STARTED, status=409)
        if head.interrupts:
            return panel(request, "The thread waits for an answer.", kept=NOTHING_STARTED, status=409)
        wanted = await like_before(gateway, thread_id, None, request.POST.get("assistant", ""))
        wanted = replace(wanted, before=("*",)) if "step" in request.POST else stopping(wanted, request.POST)
        await finish(begin(gateway, thread_id, wanted))
    except DeploymentError as error:
        return upstream(request, error, kept=_started(error))
    return go(request, thread_url(deployment, thread_id))


@require_POST
async def cancel(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """Stop a run on the server; the checkpoints it has made stay, unless it is told to `erase` them."""
    erase = request.POST.get("erase") == "1"
    gateway = await enter(request, deployment, "run.cancel", thread_id=thread_id, run_id=run_id)
    try:
        stopped = await finish(runs.cancel(gateway, thread_id, run_id, erase=erase))
        if erase and stopped:
            await finish(recorder.forget(deployment, run_id))
    except DeploymentError as error:
        return upstream(request, error)
    told = "Stopping. What the run has done is kept."
    if "pause" in request.POST:
        told = "Pausing. “Resume” goes on from there."
    elif erase:
        told = "The run and what it has done are removed."
    messages.info(request, told if stopped else "The run had already ended.")
    hub.wake(deployment, thread_id)
    if request.POST.get("back") == "runs":
        return HttpResponseRedirect(runs_url(deployment, thread_id), status=303)
    return go(request, thread_url(deployment, thread_id))


def _started(error: DeploymentError) -> str:
    """What is known about the run that should have been started."""
    return "It is not certain whether the run was started: look again first." if error.uncertain else NOTHING_STARTED
