"""The verb that sends a message or an input: what was typed, what has to be asked first, and the run."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from studio.catalog.failures import upstream
from studio.deployments import graphs, runs, states
from studio.deployments.assistants import Version
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.requests import unless_refused
from studio.deployments.run_rows import Run
from studio.history.model import Json
from studio.web.amounts import duration
from studio.web.errors import Way, panel
from studio.workbench.links import thread_url
from studio.workbench.options import Options, read_options
from studio.workbench.running import guards, sendform
from studio.workbench.running.double import offered
from studio.workbench.running.filled import Unfit
from studio.workbench.running.guards import KEPT
from studio.workbench.standing import Standing
from studio.workbench.starting import NOTHING_STARTED, begin, like_before, started
from studio.workbench.verbs import enter, finish, go

FORM = "send"
QUEUE, AGAIN = Way("Queue it", "multitask", "enqueue", FORM), Way("Try again", "multitask", "reject", FORM)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be sent: the input `given` to an assistant, in one of its versions, from a checkpoint (None: the
    head); `tried`: the input, where it is tried out first."""

    assistant_id: str
    options: Options
    given: Json
    version: Version | None
    checkpoint_id: str | None
    tried: dict[str, Json] | None


@require_POST
async def send(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Start a run with a message, a filled-in form or raw JSON input, from the head or from the checkpoint on show."""
    gateway = await enter(request, deployment, "run.start", thread_id=thread_id)
    try:
        wish = await _wish(request, gateway)
    except Unfit as error:
        return sendform.refusal(request, error, KEPT)
    except ValueError as error:
        return panel(request, str(error), kept=KEPT, status=422)
    except DeploymentError as error:
        return upstream(request, error, kept=f"{KEPT} {NOTHING_STARTED}")
    try:
        place = await guards.place_of(request, gateway, thread_id, tries=wish.tried is not None)
        if answer := await _instead(request, gateway, place, wish):
            return answer
        run = await _start(gateway, place, wish)
    except DeploymentError as error:
        ways = _ways(await offered(gateway)) if error.kind == "conflict" else ()
        return upstream(request, error, kept=f"{KEPT} {started(error)}", ways=ways)
    await _attend(request, gateway, thread_id, run, wish.options)
    return go(request, thread_url(deployment, thread_id))


async def _wish(request: HttpRequest, gateway: Gateway) -> Wish:
    """What was posted. Raises Unfit, ValueError and DeploymentError."""
    form = request.POST
    options, assistant_id = read_options(form), form.get("assistant", "")
    checkpoint_id = form.get("checkpoint") or None
    if not assistant_id:
        raise ValueError("Choose an assistant to run.")
    await _know(gateway, assistant_id, options)
    given = await sendform.given(gateway, assistant_id, form)
    version = await sendform.version(gateway, assistant_id, options)
    tried = guards.to_try(request, given) if form.get("mode") == "json" and not checkpoint_id else None
    return Wish(assistant_id, options, given, version, checkpoint_id, tried)


async def _know(gateway: Gateway, assistant_id: str, options: Options) -> None:
    """Raises ValueError for a breakpoint at a node that the graph does not have: the run would never stop there."""
    wanted = [name for name in (*options.before, *options.after) if name != "*"]
    known = await unless_refused(graphs.names(gateway, assistant_id)) if wanted else None
    if missing := [name for name in wanted if known and name not in known]:
        raise ValueError(f"The graph has no node “{missing[0][:80]}” to break at.")


async def _instead(request: HttpRequest, gateway: Gateway, place: Standing, wish: Wish) -> HttpResponse | None:
    """What becomes of something that cannot be sent just so; None where it can. Raises DeploymentError."""
    thread_id, options = place.thread.id, wish.options
    alone = options.strategy == "reject"
    if answer := await guards.barred(request, gateway, place, FORM, alone):
        return answer
    strategies = await offered(gateway)
    erases = options.strategy == "rollback" and "rollback" in strategies
    if erases and not options.erase and (erased := await _active(gateway, thread_id)):
        return _ask_first(request, erased, _ways(strategies))
    if wish.checkpoint_id:
        await states.at(gateway, thread_id, wish.checkpoint_id)  # a run from one that is gone would start from nothing
    if wish.tried is not None:
        return await guards.refused(request, gateway, place, wish.tried, FORM, alone)
    return None


async def _start(gateway: Gateway, place: Standing, wish: Wish) -> Run:
    """The run, like the one that led to where it begins. Raises DeploymentError."""
    # While an input was tried the head may have moved on: then it is looked for once more.
    at = wish.checkpoint_id or (place.at if wish.tried is None else None)
    thread_id = place.thread.id
    wanted = await like_before(
        gateway, thread_id, at, wish.assistant_id, start_from=wish.checkpoint_id, thread=place.thread
    )
    return await finish(begin(gateway, thread_id, wish.options.applied(wanted, wish.version), wish.given))


async def _active(gateway: Gateway, thread_id: str) -> list[Run]:
    """The run that works on the thread now, and those that wait behind it."""
    return [run for run in reversed(await runs.recent(gateway, thread_id)) if run.active]


def _ways(strategies: tuple[str, ...]) -> tuple[Way, ...]:
    """What else may be done with something that cannot be sent while a run works."""
    return (QUEUE, AGAIN) if "enqueue" in strategies else (AGAIN,)


def _ask_first(request: HttpRequest, active: list[Run], others: tuple[Way, ...]) -> HttpResponse:
    """Nothing is erased before it has been said what."""
    waiting = len(active) - 1
    hint = f"Run …{active[0].id[-6:]} and every checkpoint that it has made would be gone, for everybody."
    hint += f" So would the {waiting} that wait{'s' * (waiting == 1)} behind it." if waiting else ""
    way = Way("Erase it and send", "confirmed", "1", FORM, drastic=True)
    return panel(request, "This erases the active run.", hint=hint, kept=KEPT, status=409, ways=(way, *others))


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
