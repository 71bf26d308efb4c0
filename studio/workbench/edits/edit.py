"""The form that edits a message by id, and the answer that says what became of it."""

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from studio.catalog import entrance
from studio.deployments import graphs
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.history.model import Json
from studio.live.hub import hub
from studio.web.requests import page
from studio.workbench.edits.editing import RUN_AFTER, Outcome, Wish, perform
from studio.workbench.edits.inside import names_in, still_open
from studio.workbench.edits.message_form import message_form
from studio.workbench.edits.place import Place, spoken_of
from studio.workbench.edits.rivalry import Rival, RivalError, known_to, remembered, verb_of
from studio.workbench.edits.saving import KEPT, UNCERTAIN, not_run
from studio.workbench.links import thread_url
from studio.workbench.options import with_breakpoints
from studio.workbench.starting import like_before
from studio.workbench.verbs import enter, finish, go, leave


@require_http_methods(["GET", "HEAD", "POST"])
async def edit(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """The form of one message at `?message=&checkpoint=&channel=`; posted, the edit and its verdict."""
    if request.method != "POST":
        gateway = await entrance.enter(deployment)
        place = await spoken_of(gateway, thread_id, namespace, request.GET.dict(), alone=True)
        await still_open(gateway, thread_id, namespace, place.selected)
        return _form(request, place, status=200)
    facts = {"thread_id": thread_id, "namespace": namespace, "message_id": request.POST.get("message", "")}
    gateway = await enter(request, deployment, "message.edit", **facts)
    try:
        place = await spoken_of(gateway, thread_id, namespace, request.POST.dict(), alone=True)
    except DeploymentError as error:
        return _lost(request, error)
    meant = message_form(place.message, request.POST.dict()).meant
    if meant is None:
        return _form(request, place, status=422)
    return await _write(request, gateway, place, _wish(meant, request))


async def _write(request: HttpRequest, gateway: Gateway, place: Place, wish: Wish) -> HttpResponse:
    """What becomes of an edit: the way on, or the form with what stands against it."""
    slug, thread_id = gateway.deployment.slug, place.thread_id
    try:
        outcome = await finish(perform(gateway, place, wish))
    except RivalError as error:
        return _form(request, place, rival=error.rival, status=error.status)
    except DeploymentError as error:
        nodes = await _nodes(gateway, place) if error.kind in ("invalid", "failed") else []
        return _form(request, place, error=error, nodes=nodes, status=error.status)
    hub.wake(slug, thread_id)
    _tell(request, slug, place, outcome)
    if outcome.started:  # on the page of the thread, be it this one or not
        return (leave if place.namespace else go)(request, thread_url(slug, thread_id))
    return go(request, thread_url(slug, thread_id, outcome.checkpoint_id, namespace=place.namespace))


def _wish(meant: dict[str, Json], request: HttpRequest) -> Wish:
    """What the person wants to be done with the message."""
    form = request.POST
    return Wish(
        message=meant,
        at_selected=form.get("where") == "selected",
        as_node=form.get("as_node") or None,
        rerun=verb_of(form.dict()) == "rerun",
        adjusted=partial(with_breakpoints, form=form),
        since=known_to(form.dict()),
    )


def _tell(request: HttpRequest, deployment: str, place: Place, outcome: Outcome) -> None:
    """The verdict, and what became of the run, in words that stay on the page."""
    verdict = outcome.verdict
    there = thread_url(deployment, place.thread_id, outcome.checkpoint_id, "changes", place.namespace)
    told = format_html('{} <a href="{}">See the change</a>', verdict.text, there)
    (messages.success if verdict.as_meant else messages.warning)(request, told)
    if outcome.problem:
        messages.error(request, not_run(outcome.problem, place.namespace))
    elif verb_of(request.POST.dict()) == "rerun" and not outcome.started:
        meant = verdict.kind in RUN_AFTER
        why = "nothing follows this message" if meant else "the edit is not what was meant"
        messages.info(request, f"Nothing was run, because {why}.")


def _form(
    request: HttpRequest,
    place: Place,
    *,
    status: int,
    error: DeploymentError | None = None,
    nodes: list[str] | None = None,
    rival: Rival | None = None,
) -> HttpResponse:
    """The form, filled with what was typed, or else with the message; `rival` is somebody else's edit of it."""
    typed = request.POST.dict()
    shown = {
        "place": place,
        "form": message_form(place.message, typed),
        "where": typed.get("where", "origin"),
        "error": error,
        "rival": rival,
        "kept": UNCERTAIN if error and error.uncertain else KEPT,
        "nodes": nodes or [],
        "typed": typed,
        **remembered(typed, place.newest),
    }
    return page(request, "workbench/edits/edit.html", shown, partial="form", status=status)


def _lost(request: HttpRequest, error: DeploymentError) -> HttpResponse:
    """The message is not there any more, or cannot be had: what was typed is shown, to be copied."""
    field = "json" if request.POST.get("as") == "json" else ("text-", "call-")
    typed = [value for name, value in request.POST.items() if name.startswith(field)]
    shown = {"error": error, "kept": "Nothing was written. This is what you typed:", "lost": typed}
    return page(request, "workbench/edits/lost.html", shown, partial="panel", status=error.status)


async def _nodes(gateway: Gateway, place: Place) -> list[str]:
    """The nodes to choose from when the deployment cannot tell who wrote last; none when they cannot be had."""
    try:
        wanted = await like_before(gateway, place.thread_id)
        graph = await graphs.graph(gateway, wanted.assistant_id)
    except DeploymentError:
        return []
    found = graph.within(names_in(place.namespace)) if place.namespace else graph
    return [node.name for node in found.nodes if not node.ends] if found else []
