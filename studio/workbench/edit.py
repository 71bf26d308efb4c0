"""Editing a message by id: the form, the write, and the verdict on what the deployment made of it."""

import json
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from studio.catalog import entrance
from studio.deployments import assistants, states
from studio.deployments.errors import DeploymentError, not_found
from studio.deployments.gateway import Gateway
from studio.history.edits import Verdict, introduced_at, judge, with_texts
from studio.history.messages import Message, conversation
from studio.history.model import Checkpoint, Json, Snapshot
from studio.history.tree import grow
from studio.index import sync
from studio.web.requests import page
from studio.workbench.links import thread_url
from studio.workbench.runs import begin, like_before, parse_json
from studio.workbench.verbs import enter, finish, go

KEPT = "Nothing was written, and what you typed is still here."


@dataclass(frozen=True, slots=True)
class Place:
    """A message in the state on show, and the checkpoints to which an edit of it can be written."""

    thread_id: str
    channel: str
    message: Message
    selected: Snapshot
    origin: Checkpoint | None

    @property
    def origin_id(self) -> str:
        """The checkpoint that brought the message; the selected one when that is not known."""
        return self.origin.id if self.origin else self.selected.checkpoint.id

    @property
    def later(self) -> bool:
        """Whether the state on show is later than the one that brought the message."""
        return self.origin is not None and self.origin.id != self.selected.checkpoint.id


@require_http_methods(["GET", "HEAD", "POST"])
async def edit(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The form of one message at `?message=&checkpoint=&channel=`; posted, the edit and its verdict."""
    asked = request.POST if request.method == "POST" else request.GET
    message_id = asked.get("message", "")
    channel, checkpoint_id = asked.get("channel") or "messages", asked.get("checkpoint", "")
    if request.method != "POST":
        gateway = await entrance.enter(deployment)
        place = await locate(gateway, thread_id, checkpoint_id, channel, message_id)
        return _form(request, place, status=200)
    gateway = await enter(request, deployment, "message.edit", thread_id=thread_id, message_id=message_id)
    try:
        place = await locate(gateway, thread_id, checkpoint_id, channel, message_id)
    except DeploymentError as error:
        return _lost(request, error)
    try:
        intended = read_form(place.message, request.POST)
        checkpoint, verdict = await finish(save(gateway, place, intended, request.POST))
    except ValueError as error:
        return _form(request, place, problem=str(error), status=422)
    except DeploymentError as error:
        nodes = await _nodes(gateway, thread_id) if error.kind == "invalid" else []
        return _form(request, place, error=error, nodes=nodes, status=error.status)
    here = thread_url(deployment, thread_id, checkpoint.id, "changes")
    told = format_html('{} <a href="{}">See the change at step {}</a>', verdict.text, here, checkpoint.step)
    (messages.success if verdict.as_meant else messages.warning)(request, told)
    if request.POST.get("verb") != "rerun" or verdict.kind == "dropped":
        return go(request, thread_url(deployment, thread_id, checkpoint.id))
    return await _rerun(request, gateway, thread_id, checkpoint)


async def locate(gateway: Gateway, thread_id: str, checkpoint_id: str, channel: str, message_id: str) -> Place:
    """Find the message in the state of a checkpoint. Raises DeploymentError (not_found) when it is not there."""
    selected = await states.at(gateway, thread_id, checkpoint_id) if checkpoint_id else None
    selected = selected or await states.current(gateway, thread_id)
    if selected is None:
        raise not_found(f"A state of thread {thread_id}")
    found = [m for m in conversation(selected.channels.get(channel)) if m.id == message_id]
    if not found:
        raise not_found(f"Message {message_id}", "It may have been removed meanwhile; choose another checkpoint.")
    known = await sync.known(gateway, thread_id)
    if not known.complete or all(c.id != selected.checkpoint.id for c in known.checkpoints):
        known = await sync.sync(gateway, thread_id)
    path = grow(known.checkpoints).path(selected.checkpoint.id)
    return Place(thread_id, channel, found[-1], selected, introduced_at(path, message_id))


def read_form(message: Message, form: Any) -> dict[str, Json]:
    """The message as it shall be. Raises ValueError when the JSON is wrong or takes the message's identity."""
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


async def save(gateway: Gateway, place: Place, intended: dict[str, Json], form: Any) -> tuple[Checkpoint, Verdict]:
    """Write the edit, read the new checkpoint back, and judge. Raises DeploymentError when nothing was written."""
    here = form.get("where") == "selected" or not place.later
    target = place.selected if here else await states.at(gateway, place.thread_id, place.origin_id)
    values: dict[str, Json] = {place.channel: [intended]}
    as_node = form.get("as_node") or None
    written = await states.update(gateway, place.thread_id, values, target.checkpoint.id, as_node)
    after = await states.at(gateway, place.thread_id, written)
    verdict = judge(target.channels.get(place.channel), intended, after.channels.get(place.channel))
    return after.checkpoint, verdict


async def _rerun(request: HttpRequest, gateway: Gateway, thread_id: str, checkpoint: Checkpoint) -> HttpResponse:
    """The second step. When it fails, the first one has happened, and the page says so."""
    here = thread_url(gateway.deployment.slug, thread_id, checkpoint.id)
    if not checkpoint.next:
        messages.info(request, "Saved. Nothing runs after this message, so nothing was started.")
        return go(request, here)
    try:
        wanted = await like_before(gateway, thread_id, checkpoint.parent_id, request.POST.get("assistant", ""))
        await begin(gateway, thread_id, replace(wanted, checkpoint_id=checkpoint.id))
    except DeploymentError as error:
        told = f"The edit is saved on its own branch, but the run did not start: {error.title} {error.hint}"
        messages.error(request, f"{told} “Rerun from here” starts it.")
        return go(request, here)
    return go(request, thread_url(gateway.deployment.slug, thread_id))


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
        "kept": KEPT if problem or error else "",
        "nodes": nodes or [],
        "typed": typed,
    }
    return page(request, "workbench/edit.html", shown, partial="form", status=status)


def _lost(request: HttpRequest, error: DeploymentError) -> HttpResponse:
    """The message is not there any more: what was typed is shown, to be copied."""
    typed = [value for name, value in request.POST.items() if name == "json" or name.startswith("text-")]
    shown = {"error": error, "kept": "Nothing was written. This is what you typed:", "lost": typed}
    return page(request, "workbench/lost.html", shown, partial="panel", status=error.status)


def _texts(message: Message) -> list[Any]:
    return [block for block in message.blocks if block.kind == "text"]


async def _nodes(gateway: Gateway, thread_id: str) -> list[str]:
    """The nodes to choose from when the deployment cannot tell who wrote last; none when they cannot be had."""
    try:
        wanted = await like_before(gateway, thread_id, None, "")
        return await assistants.nodes(gateway, wanted.assistant_id)
    except DeploymentError:
        return []
