"""Verbs that start and stop runs: send, rerun, go on, stop."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from studio.catalog.failures import upstream
from studio.deployments import graphs, runs, states, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.requests import unless_refused
from studio.deployments.run_rows import Run
from studio.history.model import Json, Task
from studio.live.hub import hub
from studio.live.recorder import recorder
from studio.web.amounts import duration
from studio.web.errors import Way, panel
from studio.workbench.asking import answers
from studio.workbench.edits.fitting import misfit
from studio.workbench.links import runs_url, thread_url
from studio.workbench.options import Options, read_options, with_breakpoints
from studio.workbench.running import sendform
from studio.workbench.running.filled import Unfit
from studio.workbench.starting import NOTHING_STARTED, begin, like_before, started
from studio.workbench.verbs import enter, finish, go

KEPT = "What you typed is still there."
MOST_NAMED = 5
QUEUE = (Way("Queue it", "multitask", "enqueue", "send"), Way("Try again", "multitask", "reject", "send"))


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
        await _know(gateway, assistant_id, options)
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
        elif answer := await _unfit(request, gateway, thread_id, given):
            return answer
        wanted = await like_before(gateway, thread_id, checkpoint_id, assistant_id, start_from=checkpoint_id)
        run = await finish(begin(gateway, thread_id, options.applied(wanted, version), given))
    except DeploymentError as error:
        ways = QUEUE if error.kind == "conflict" else ()
        return upstream(request, error, kept=f"{KEPT} {started(error)}", ways=ways)
    await _attend(request, gateway, thread_id, run, options)
    return go(request, thread_url(deployment, thread_id))


async def _know(gateway: Gateway, assistant_id: str, options: Options) -> None:
    """Raises ValueError for a breakpoint at a node that the graph does not have: the run would never stop there."""
    wanted = [name for name in (*options.before, *options.after) if name != "*"]
    known = await unless_refused(graphs.names(gateway, assistant_id)) if wanted else None
    if missing := [name for name in wanted if known and name not in known]:
        raise ValueError(f"The graph has no node “{missing[0][:80]}” to break at.")


async def _unfit(request: HttpRequest, gateway: Gateway, thread_id: str, given: Json) -> HttpResponse | None:
    """422: an input in JSON of which the deployment cannot make a state: it could not read the thread ever after."""
    if request.POST.get("mode") != "json" or not isinstance(given, dict) or request.POST.get("untried") == "1":
        return None
    thread, head = await asyncio.gather(threads.get(gateway, thread_id), states.current(gateway, thread_id))
    why = await misfit(gateway, thread, head, given, as_input=True)
    way = Way("Send it all the same", "untried", "1", "send", drastic=True)
    title = "The deployment would not take this input."
    return panel(request, title, hint=why, kept=KEPT, status=422, ways=(way,)) if why else None


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
        thread, head = await asyncio.gather(threads.get(gateway, thread_id), states.current(gateway, thread_id))
        if head is None or not (head.checkpoint.next or thread.status == "interrupted"):
            return panel(request, "Nothing is left to do on this thread.", kept=NOTHING_STARTED, status=409)
        if head.interrupts:
            return panel(request, "The thread waits for an answer.", kept=NOTHING_STARTED, status=409)
        again = head.checkpoint.id if head.cut_short else None  # from the head, nothing would run after them
        assistant = request.POST.get("assistant", "")
        wanted = await like_before(gateway, thread_id, None, assistant, start_from=again, thread=thread)
        wanted = replace(wanted, before=("*",)) if "step" in request.POST else with_breakpoints(wanted, request.POST)
        await finish(begin(gateway, thread_id, wanted))
    except DeploymentError as error:
        return upstream(request, error, kept=started(error))
    return go(request, thread_url(deployment, thread_id))


@require_POST
async def cancel(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """Stop a run on the server; the checkpoints it has made stay, unless it is told to `erase` them."""
    erase = request.POST.get("erase") == "1"
    gateway = await enter(request, deployment, "run.cancel", thread_id=thread_id, run_id=run_id)
    try:
        stopped = await finish(_cancel(gateway, thread_id, run_id, erase))
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


async def _cancel(gateway: Gateway, thread_id: str, run_id: str, erase: bool) -> bool:
    """Stop a run; what was recorded of one that is erased goes too. False: it had already ended."""
    stopped = await runs.cancel(gateway, thread_id, run_id, erase=erase)
    if erase and stopped:
        await recorder.forget(gateway.deployment.slug, run_id)
    return stopped
