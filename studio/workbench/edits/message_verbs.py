"""What can be done with one message besides editing it: remove it, put another one beside it, have it said anew."""

from functools import partial
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from studio.catalog import entrance
from studio.catalog.failures import upstream
from studio.deployments import states, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.history.model import Json, Snapshot
from studio.history.plain import as_json
from studio.web.errors import panel
from studio.web.requests import page
from studio.workbench.edits.changes import Change
from studio.workbench.edits.inside import still_open
from studio.workbench.edits.place import Place, spoken_of
from studio.workbench.edits.rivalry import Rival, RivalError, known_to, remembered, still_that_message
from studio.workbench.edits.saving import KEPT, UNCHANGED, UNSURE, save
from studio.workbench.edits.writing import rehearse, writer_of
from studio.workbench.forms import parse_json, unix_lines
from studio.workbench.links import thread_url
from studio.workbench.options import with_breakpoints
from studio.workbench.starting import NOTHING_STARTED, begin, like_before, started
from studio.workbench.verbs import enter, finish, go, leave

ROLES = ("human", "ai", "system")
"""Roles of messages that can be put in; one of a tool belongs to a call."""


@require_http_methods(["GET", "HEAD"])
async def menu(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """What can be done with the message at `?message=&checkpoint=&channel=`."""
    place = await spoken_of(await entrance.enter(deployment), thread_id, namespace, request.GET.dict())
    shown = {
        "place": place,
        "message": place.message,
        "checkpoint": place.selected.checkpoint,
        "json": as_json(place.message.raw, indent=2),
        "roles": ROLES,
        **remembered(request.GET.dict(), place.newest),
    }
    return page(request, "workbench/edits/message_verbs.html", shown, partial="menu")


@require_POST
async def remove(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """Take a message out of the state on show, in a new checkpoint."""
    message_id = request.POST.get("message", "")
    facts = {"thread_id": thread_id, "namespace": namespace, "message_id": message_id}
    gateway = await enter(request, deployment, "message.delete", **facts)
    try:
        place = await spoken_of(gateway, thread_id, namespace, request.POST.dict(), alone=True)
        rest = [value for value in _values(place) if not (isinstance(value, dict) and value.get("id") == message_id)]
        return await _write(request, gateway, place, rest, UNCHANGED)
    except DeploymentError as error:
        return upstream(request, error, kept=UNCHANGED)


@require_POST
async def insert(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """Put a message before or after another one, in a new checkpoint after the state on show."""
    gateway = await enter(request, deployment, "message.insert", thread_id=thread_id, namespace=namespace)
    try:
        fresh = _typed(request)
    except ValueError as error:
        return _beside(panel(request, str(error), kept=KEPT, status=422))
    try:
        place = await spoken_of(gateway, thread_id, namespace, request.POST.dict())
        values = _values(place)
        at = next(i for i, value in enumerate(values) if value is place.message.raw)
        at += request.POST.get("where") != "before"
        return await _write(request, gateway, place, [*values[:at], fresh, *values[at:]], KEPT)
    except DeploymentError as error:
        return upstream(request, error, kept=KEPT)


@require_POST
async def regenerate(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Have a message said anew: run again from the checkpoint before the one that brought it, on its own branch."""
    message_id = request.POST.get("message", "")
    gateway = await enter(request, deployment, "message.regenerate", thread_id=thread_id, message_id=message_id)
    try:
        place = await spoken_of(gateway, thread_id, "", request.POST.dict())
        parent = place.origin.parent_id if place.origin else None
        before = await states.at(gateway, thread_id, parent) if parent else None
        if before is None or not _said_by_a_node(place, before):
            title, hint = "Nothing can say this message anew.", "It was not said by a node: edit it instead."
            return panel(request, title, hint=hint, kept=NOTHING_STARTED, status=422)
        wanted = await like_before(gateway, thread_id, before.checkpoint.id, start_from=before.checkpoint.id)
    except DeploymentError as error:
        return upstream(request, error, kept=NOTHING_STARTED)
    try:
        await finish(begin(gateway, thread_id, with_breakpoints(wanted, request.POST)))
    except DeploymentError as error:
        return upstream(request, error, kept=started(error))
    messages.info(request, "Running again from before this message: its node and its side effects happen anew.")
    return go(request, thread_url(deployment, thread_id))


def _beside(response: HttpResponse) -> HttpResponse:
    """The problem is told in the form that it is about, not at the other end of the page."""
    if "HX-Retarget" in response:
        response["HX-Retarget"] = "find [data-problem]"
    return response


def _contested(request: HttpRequest, place: Place, rival: Rival, kept: str) -> HttpResponse:
    """Somebody else has edited the message that was to be removed, or beside which one was to be put: what they made
    of it, and the choice."""
    typed = request.POST.dict()
    shown = {
        "place": place,
        "message": place.message,
        "checkpoint": place.selected.checkpoint,
        "rival": rival,
        "kept": kept,
        "fresh": {**typed, "text": typed["text-new"]} if "text-new" in typed else None,
        **remembered(typed, place.newest),
    }
    return page(request, "workbench/edits/contested.html", shown, partial="panel", status=409)


def _said_by_a_node(place: Place, before: Snapshot) -> bool:
    """Whether a message came of a node that ran after the state before it, rather than of an input or an edit."""
    written = place.origin is not None and place.origin.source in ("input", "update")
    return not written and before.checkpoint.next not in ((), ("__start__",))


def _values(place: Place) -> list[Json]:
    held = place.selected.channels.get(place.channel)
    return list(held) if isinstance(held, list) else []


def _typed(request: HttpRequest) -> dict[str, Json]:
    """The message to put in. Raises ValueError."""
    role, text = request.POST.get("role", ""), unix_lines(request.POST.get("text-new", ""))
    if role == "json":
        typed = parse_json(text, "The message")
        if not isinstance(typed, dict) or "content" not in typed or not isinstance(typed.get("type"), str):
            raise ValueError("A message is a JSON object with a type and a content.")
        return {"id": str(uuid4()), **typed}
    if role not in ROLES:
        raise ValueError("Choose who says it.")
    if not text.strip():
        raise ValueError("There is no message to put in.")
    return {"type": role, "content": text, "id": str(uuid4())}


async def _write(request: HttpRequest, gateway: Gateway, place: Place, meant: list[Json], kept: str) -> HttpResponse:
    """Write the conversation as it is meant, and run on where that was asked for; `kept` is what to say when it is
    sure that nothing was written."""
    selected, form = place.selected, request.POST.dict()
    change = Change(selected, {place.channel: meant}, form.get("as_node", ""), namespace=place.namespace)
    thread = await threads.get(gateway, place.thread_id)
    await still_open(gateway, thread.id, place.namespace, selected)
    seen = await finish(rehearse(gateway, thread, change, writer_of(place.tree, selected.checkpoint.id)))
    sure = partial(still_that_message, gateway, place, known_to(form))
    try:
        there = await finish(save(request, gateway, thread, change, seen, sure))
    except RivalError as error:
        return _contested(request, place, error.rival, kept)
    except DeploymentError as error:
        return upstream(request, error, kept=UNSURE if error.uncertain else kept)
    return (go if there.startswith(place.url) else leave)(request, there)
