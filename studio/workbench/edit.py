"""The form that edits a message by id, and the answer that says what became of it."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from studio.catalog import entrance
from studio.deployments import assistants
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.history.blocks import Block
from studio.history.edits import with_texts
from studio.history.messages import Message
from studio.history.model import Json
from studio.live.hub import hub
from studio.web.requests import page
from studio.workbench.editing import RUN_AFTER, Outcome, Place, Wish, locate, perform
from studio.workbench.forms import parse_json
from studio.workbench.links import thread_url
from studio.workbench.starting import like_before
from studio.workbench.verbs import enter, finish, go

KEPT = "Nothing was written, and what you typed is still here."
UNCERTAIN = "It is not certain whether it was written: look at the history first. What you typed is still here."


@require_http_methods(["GET", "HEAD", "POST"])
async def edit(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The form of one message at `?message=&checkpoint=&channel=`; posted, the edit and its verdict."""
    asked = request.POST if request.method == "POST" else request.GET
    message_id, checkpoint_id = asked.get("message", ""), asked.get("checkpoint", "")
    channel = asked.get("channel") or "messages"
    if request.method != "POST":
        gateway = await entrance.enter(deployment)
        return _form(request, await locate(gateway, thread_id, checkpoint_id, channel, message_id), status=200)
    gateway = await enter(request, deployment, "message.edit", thread_id=thread_id, message_id=message_id)
    try:
        place = await locate(gateway, thread_id, checkpoint_id, channel, message_id)
    except DeploymentError as error:
        return _lost(request, error)
    try:
        wish = read_form(place.message, request.POST)
    except ValueError as error:
        return _form(request, place, problem=str(error), status=422)
    try:
        outcome = await finish(perform(gateway, place, wish))
    except DeploymentError as error:
        nodes = await _nodes(gateway, thread_id) if error.kind in ("invalid", "failed") else []
        return _form(request, place, error=error, nodes=nodes, status=error.status)
    hub.wake(deployment, thread_id)
    _tell(request, deployment, thread_id, outcome)
    return go(request, thread_url(deployment, thread_id, None if outcome.started else outcome.checkpoint_id))


def read_form(message: Message, form: Any) -> Wish:
    """What the person wants. Raises ValueError when the JSON is wrong or takes the message's identity."""
    return Wish(
        message=_read_message(message, form),
        at_selected=form.get("where") == "selected",
        as_node=form.get("as_node") or None,
        rerun=form.get("verb") == "rerun",
    )


def _read_message(message: Message, form: Any) -> dict[str, Json]:
    if form.get("as") != "json":
        texts = {block.index: form[f"text-{block.index}"] for block in _texts(message) if f"text-{block.index}" in form}
        return with_texts(message.raw, texts)
    typed = parse_json(form.get("json", ""), "The message")
    if not isinstance(typed, dict):
        raise ValueError("A message has to be a JSON object.")
    if typed.get("id") != message.id:
        raise ValueError(f"The id must stay “{message.id}”: with another one the message would be appended.")
    if typed.get("type") != message.raw.get("type"):
        raise ValueError("The type must stay as it is: the deployment would take it for another message.")
    return typed


def _tell(request: HttpRequest, deployment: str, thread_id: str, outcome: Outcome) -> None:
    """The verdict, and what became of the run, in words that stay on the page."""
    verdict = outcome.verdict
    there = thread_url(deployment, thread_id, outcome.checkpoint_id, "changes")
    told = format_html('{} <a href="{}">See the change</a>', verdict.text, there)
    (messages.success if verdict.as_meant else messages.warning)(request, told)
    if outcome.problem:
        why = f"The edit is saved on its own branch, but the run did not start: {outcome.problem.title}"
        messages.error(request, f"{why} {outcome.problem.hint} “Rerun from here” starts it.")
    elif request.POST.get("verb") == "rerun" and not outcome.started:
        meant = verdict.kind in RUN_AFTER
        why = "nothing follows this message" if meant else "the edit is not what was meant"
        messages.info(request, f"Nothing was run, because {why}.")


def _form(
    request: HttpRequest,
    place: Place,
    *,
    status: int,
    problem: str = "",
    error: DeploymentError | None = None,
    nodes: list[str] | None = None,
) -> HttpResponse:
    """The form, filled with what was typed, or else with the message."""
    typed = request.POST
    texts = [(b.index, typed.get(f"text-{b.index}", b.text)) for b in _texts(place.message)]
    shown = {
        "place": place,
        "texts": texts,
        "attached": [b for b in place.message.blocks if b.kind not in ("text", "call")],
        "json": typed.get("json") or json.dumps(place.message.raw, ensure_ascii=False, indent=2),
        "as_json": typed.get("as") == "json" or not texts,
        "where": typed.get("where", "origin"),
        "problem": problem,
        "error": error,
        "kept": UNCERTAIN if error and error.uncertain else KEPT,
        "nodes": nodes or [],
        "typed": typed,
    }
    return page(request, "workbench/edit.html", shown, partial="form", status=status)


def _lost(request: HttpRequest, error: DeploymentError) -> HttpResponse:
    """The message is not there any more, or cannot be had: what was typed is shown, to be copied."""
    field = "json" if request.POST.get("as") == "json" else "text-"
    typed = [value for name, value in request.POST.items() if name.startswith(field)]
    shown = {"error": error, "kept": "Nothing was written. This is what you typed:", "lost": typed}
    return page(request, "workbench/lost.html", shown, partial="panel", status=error.status)


def _texts(message: Message) -> list[Block]:
    return [block for block in message.blocks if block.kind == "text"]


async def _nodes(gateway: Gateway, thread_id: str) -> list[str]:
    """The nodes to choose from when the deployment cannot tell who wrote last; none when they cannot be had."""
    try:
        wanted = await like_before(gateway, thread_id)
        return await assistants.nodes(gateway, wanted.assistant_id)
    except DeploymentError:
        return []
