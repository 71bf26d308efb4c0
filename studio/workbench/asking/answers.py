"""Answering the questions of a thread: all that are open together, by id, on the thread's page or in the inbox."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_POST

from studio.catalog import inbox
from studio.catalog.failures import upstream
from studio.deployments import runs, states, waiting
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.run_rows import Run
from studio.deployments.thread_rows import Thread
from studio.history.model import Interrupt, Json, Snapshot
from studio.live.hub import hub
from studio.web.errors import Way, panel
from studio.web.requests import is_htmx, page
from studio.workbench.asking.question_form import more
from studio.workbench.asking.replies import Unanswered, replies
from studio.workbench.forms import unix_lines
from studio.workbench.links import thread_url
from studio.workbench.options import with_breakpoints
from studio.workbench.standing import Standing, standing
from studio.workbench.starting import NOTHING_STARTED, begin, like_before, started
from studio.workbench.verbs import enter, finish, go

KEPT = "Your answers are still there."
STILL_THERE = "What you typed is still there."
NOTHING_ENDED = "Nothing was ended."


@require_POST
async def resume(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Answer every pending interrupt of the head, by id, and let the thread go on; with an update of the state and a
    node to go to where they are given."""
    gateway = await enter(request, deployment, "run.resume", thread_id=thread_id)
    try:
        place = await standing(gateway, thread_id)
        if problem := await _unanswerable(request, gateway, place):
            return _beside(request, problem)
        command = _resuming(replies(place.asked, request.POST))
        command |= await more(gateway, place.thread, place.head, request.POST)
        now = await standing(gateway, thread_id) if "update" in command else place  # to try it took a while
        if now is not place and (problem := await _unanswerable(request, gateway, now)):
            return _beside(request, problem)
        run = await _go_on(gateway, place, command, request.POST)
    except Unanswered as error:
        return _beside(request, _refusal(request, error))
    except ValueError as error:
        return _beside(request, panel(request, str(error), kept=KEPT, status=422))
    except DeploymentError as error:
        return _beside(request, upstream(request, error, kept=f"{KEPT} {started(error)}"))
    told = f"Answered. The thread goes on: run …{run.id[-6:]}."
    return _done(request, gateway, place.thread, told)


@require_POST
async def end(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Let the thread end where it waits: its questions stay without an answer, and nothing runs next."""
    gateway = await enter(request, deployment, "run.end", thread_id=thread_id)
    try:
        place = await standing(gateway, thread_id)
        if problem := await _unanswerable(request, gateway, place, NOTHING_ENDED):
            return _beside(request, problem)
        await finish(waiting.end(gateway, thread_id))
        after = await states.current(gateway, thread_id)
    except DeploymentError as error:
        kept = "It is not certain whether it was ended: look again first." if error.uncertain else NOTHING_ENDED
        return _beside(request, upstream(request, error, kept=kept))
    hub.wake(deployment, thread_id)
    if after is None or after.checkpoint.next:
        left = ", ".join(dict.fromkeys(after.checkpoint.next)) if after else "?"
        hint = f"The deployment took the request, and {left} is still to run. Answering, or a new message, goes on."
        return _beside(request, panel(request, "The thread did not end.", hint=hint, status=502))
    stopped = ", ".join(dict.fromkeys(place.head.checkpoint.next)) if place.head else ""
    told = f"Ended here: {stopped} got no answer and does not run. What was done is kept."
    return _done(request, gateway, place.thread, told)


def may_ask(thread: Thread, form: QueryDict) -> bool:
    """Whether the state of the thread has to be known before a message is sent to it."""
    return thread.status in ("interrupted", "error") and form.get("anyway") != "1"


async def instead(request: HttpRequest, gateway: Gateway, place: Standing, sent: str) -> HttpResponse | None:
    """What becomes of a message where the thread waits for an answer: it is refused, and the form in which it was
    `sent` may be sent again with `as_answer`, or `anyway`. None where it may be sent as it is. Raises DeploymentError.
    """
    form, head = request.POST, place.head
    if head is None or not may_ask(place.thread, form):
        return None
    if form.get("checkpoint") not in (None, "", head.checkpoint.id):
        return None
    if not head.interrupts:
        return await _stopped(request, gateway, place.thread, head, sent)
    only = head.interrupts[0] if len(head.interrupts) == 1 else None
    if not (only and only.question.plain and form.get("mode", "message") in ("", "message")):
        return _waits(request, head, sent)
    if form.get("as_answer") != (only.id or ""):
        return _waits(request, head, sent, only)
    await _go_on(gateway, place, _resuming({only.id or "": unix_lines(form.get("input", ""))}), form)
    return go(request, thread_url(gateway.deployment.slug, place.thread.id))


def _anyway(form: str) -> Way:
    return Way("Start a new run all the same", "anyway", "1", form)


async def _stopped(
    request: HttpRequest, gateway: Gateway, thread: Thread, head: Snapshot, sent: str
) -> HttpResponse | None:
    """409: a message at a breakpoint leaves what was still to run. Where a person has stopped the run, or edited the
    state since, they have left it already."""
    following = ", ".join(dict.fromkeys(head.checkpoint.next))
    if thread.status != "interrupted" or head.checkpoint.source != "loop" or not following:
        return None
    if [run.status for run in await runs.recent(gateway, thread.id, limit=1)] != ["success"]:
        return None
    title, hint = f"The thread stopped before {following}.", "A new run starts from the beginning. “Resume” goes on."
    return panel(request, title, hint=hint, kept=STILL_THERE, status=409, ways=(_anyway(sent),))


def _waits(request: HttpRequest, head: Snapshot, sent: str, answered: Interrupt | None = None) -> HttpResponse:
    """409: a message is no answer by itself."""
    several = len(head.interrupts) > 1
    title = f"The thread waits for {f'{len(head.interrupts)} answers' if several else 'an answer'}."
    hint = "A new run would leave the question open and start from the beginning."
    ways = [Way("Answer the question with it", "as_answer", answered.id or "", sent)] if answered else []
    return panel(request, title, hint=hint, kept=STILL_THERE, status=409, ways=(*ways, _anyway(sent)))


async def _unanswerable(
    request: HttpRequest, gateway: Gateway, place: Standing, kept: str = NOTHING_STARTED
) -> HttpResponse | None:
    """409: the questions of the form are not those that are open, or somebody was faster."""
    ids = sorted(interrupt.id or "" for interrupt in place.asked)
    if await place.busy(gateway):
        title, hint = "A run is active on this thread.", "Somebody may have answered already. Wait for it, or stop it."
        return _with_typed(request, panel(request, title, hint=hint, kept=kept, status=409))
    if not ids or sorted(request.POST.getlist("interrupt")) != ids:
        title = "The questions have changed meanwhile."
        hint = "Somebody may have answered them, or another one came. Load the page again."
        return _with_typed(request, panel(request, title, hint=hint, kept=kept, status=409))
    return None


def _with_typed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The panel with what was typed, because the form will go when the page is brought up to date."""
    fields = ("answer-", "text-", "update")
    typed = [text for name, text in request.POST.dict().items() if text.strip() and name.startswith(fields)]
    if is_htmx(request) and typed:
        response.content += render_to_string("workbench/asking/asking.html#typed", {"typed": typed}).encode()
    return response


def _refusal(request: HttpRequest, error: Unanswered) -> HttpResponse:
    """422: each place of the form gets its own sentence; a page without the form gets all of them."""
    count = len(error.problems)
    title = "An answer cannot be sent as it is." if count == 1 else f"{count} answers cannot be sent as they are."
    response = panel(request, title, hint="" if is_htmx(request) else str(error), kept=KEPT, status=422)
    if is_htmx(request):
        sentences = "workbench/asking/asking.html#sentences"
        response.content += render_to_string(sentences, {"problems": error.problems}).encode()
    return response


def _resuming(answers: dict[str, Json]) -> dict[str, Json]:
    """The command that gives the answers; the only question of a server without ids is answered without one."""
    return {"resume": answers[""] if list(answers) == [""] else dict(answers)}


async def _go_on(gateway: Gateway, place: Standing, command: dict[str, Json], form: QueryDict) -> Run:
    thread_id = place.thread.id
    wanted = await like_before(gateway, thread_id, place.at, thread=place.thread)
    return await finish(begin(gateway, thread_id, with_breakpoints(wanted, form), command=command))


def _done(request: HttpRequest, gateway: Gateway, thread: Thread, told: str) -> HttpResponse:
    """Back to where the question was asked, with what has happened."""
    slug = gateway.deployment.slug
    inbox.forget(gateway.deployment)
    in_inbox = request.POST.get("back") == "inbox"
    if in_inbox and is_htmx(request):
        response = page(request, "catalog/inbox.html", {"thread": thread, "told": told}, partial="answered")
        response["HX-Trigger"] = "studio:answered"
        return response
    messages.success(request, told)
    if in_inbox:
        return HttpResponseRedirect(reverse("inbox", args=[slug]), status=303)
    return go(request, thread_url(slug, thread.id))


def _beside(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """In the inbox a problem is told in the form that it is about."""
    if request.POST.get("back") == "inbox" and "HX-Retarget" in response:
        response["HX-Retarget"] = "find [data-problem]"
    return response
