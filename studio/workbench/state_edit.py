"""The editor of a state: any channel at any checkpoint, with what will become of it foretold."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from studio.catalog import entrance
from studio.deployments import assistants, channels, states, threads
from studio.deployments.errors import DeploymentError, not_found
from studio.deployments.gateway import Gateway
from studio.deployments.thread_rows import Thread
from studio.history.diff import ChannelDiff, compare
from studio.history.model import Checkpoint, Snapshot
from studio.history.writes import changed
from studio.index import sync
from studio.web.requests import page
from studio.workbench.links import thread_url
from studio.workbench.saving import KEPT, UNCERTAIN, save
from studio.workbench.starting import like_before
from studio.workbench.state_fields import Field, fresh, kept, typed_in
from studio.workbench.verbs import enter, finish, leave
from studio.workbench.writing import Change, Preview, foretell, writer_of

HOW = {"overwrite": "written past its reducer", "rest": "only what is new at its end is sent"}
"""What is worth saying of a way to write a channel."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The state to edit and what is known around it: `writer` is the node that wrote last, "" where it cannot be told;
    `nodes` are those of the graph; `kinds` what the schema says of each channel."""

    thread: Thread
    url: str
    snapshot: Snapshot
    writer: str
    nodes: list[str]
    kinds: dict[str, str]


@require_http_methods(["GET", "HEAD", "POST"])
async def state_edit(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The form for the state at `?checkpoint=`; posted, a preview of what would become of it, or the write."""
    if request.method != "POST":
        scene = await _scene(await entrance.enter(deployment), thread_id, request.GET.get("checkpoint", ""))
        return _form(request, scene, fresh(scene.snapshot.channels, scene.kinds, request.GET.getlist("open")))
    verb = request.POST.get("verb", "")
    writes, checkpoint_id = verb in ("save", "run"), request.POST.get("checkpoint", "")
    told = "state.edit" if writes else "state.preview"
    gateway = await enter(request, deployment, told, thread_id=thread_id, checkpoint_id=checkpoint_id)
    try:
        scene = await _scene(gateway, thread_id, checkpoint_id)
    except DeploymentError as error:
        scene = _unknown(deployment, thread_id, checkpoint_id)
        return _form(request, scene, kept(request.POST.dict()), error=error, status=error.status)
    fields, typed = typed_in(scene.snapshot.channels, scene.kinds, request.POST.dict())
    if any(field.problem for field in fields):
        return _form(request, scene, fields, problem="A channel is not valid JSON.", status=422)
    change = Change(scene.snapshot, changed(scene.snapshot.channels, typed), request.POST.get("as_node", ""))
    if not change.meant and not change.as_node:
        return _form(request, scene, fields, problem="Nothing is different from what is there.", status=422)
    seen = await finish(foretell(gateway, scene.thread.graph_id, change, change.as_node or scene.writer))
    if not writes:
        return _form(request, scene, fields, change=change, preview=seen)
    try:
        there = await finish(save(request, gateway, thread_id, change, seen, run=verb == "run"))
    except DeploymentError as error:
        told = UNCERTAIN if error.uncertain else KEPT
        return _form(request, scene, fields, error=error, status=error.status, told=told)
    return leave(request, there)


async def _scene(gateway: Gateway, thread_id: str, checkpoint_id: str) -> Scene:
    """What the form needs. Raises DeploymentError when there is no such state."""
    thread = await threads.get(gateway, thread_id)
    asked = states.at(gateway, thread_id, checkpoint_id) if checkpoint_id else states.current(gateway, thread_id)
    snapshot = await asked
    if snapshot is None:
        raise not_found(f"A state of thread {thread_id}")
    tree = (await sync.knowing(gateway, thread_id, snapshot.checkpoint.id)).spine.tree
    nodes: list[str] = []
    kinds: dict[str, str] = {}
    try:
        assistant_id = (await like_before(gateway, thread_id, snapshot.checkpoint.id)).assistant_id
        nodes = await assistants.nodes(gateway, assistant_id)
        kinds = await channels.kinds(gateway, assistant_id)
    except DeploymentError:
        pass  # the form works without them
    url = thread_url(gateway.deployment.slug, thread_id)
    return Scene(thread, url, snapshot, writer_of(tree, snapshot.checkpoint.id), nodes, kinds)


def _unknown(deployment: str, thread_id: str, checkpoint_id: str) -> Scene:
    """What is known of a state that cannot be had: where it should be."""
    url = thread_url(deployment, thread_id)
    return Scene(Thread(thread_id, "", thread_id), url, Snapshot(Checkpoint(checkpoint_id), {}), "", [], {})


def _form(
    request: HttpRequest,
    scene: Scene,
    fields: list[Field],
    *,
    status: int = 200,
    problem: str = "",
    error: DeploymentError | None = None,
    told: str = KEPT,
    change: Change | None = None,
    preview: Preview | None = None,
) -> HttpResponse:
    as_node = request.POST.get("as_node", "")
    shown: dict[str, Any] = {
        "scene": scene,
        "snapshot": scene.snapshot,
        "checkpoint": scene.snapshot.checkpoint,
        "url": scene.url,
        "fields": fields,
        "problem": problem,
        "error": error,
        "kept": told,
        "as_node": as_node,
        "nodes": list(dict.fromkeys([*scene.nodes, *([as_node] if as_node else [])])),
        "preview": preview,
        "diffs": _diffs(change, preview) if change and preview else [],
        "verdicts": [(verdict, HOW.get(preview.ways[verdict.name], "")) for verdict in preview.verdicts]
        if preview
        else [],
    }
    return page(request, "workbench/state_edit.html", shown, partial="form", status=status)


def _diffs(change: Change, preview: Preview) -> list[ChannelDiff]:
    """What will be different: as it was on the thread on which it was tried, or else as typed."""
    if preview.before and preview.after:
        return compare(preview.before.channels, preview.after.channels)
    before = change.snapshot.channels
    return compare(before, {**before, **change.meant})
