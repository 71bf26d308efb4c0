"""The editor of a state: any channel at any checkpoint, with what will become of it foretold."""

from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from studio.catalog import entrance
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.history.diff import ChannelDiff, compare
from studio.history.writes import changed
from studio.web.requests import page
from studio.workbench.edits.changes import Change, Preview
from studio.workbench.edits.rivalry import known_to, remembered, still_that_state, verb_of
from studio.workbench.edits.saving import KEPT, UNCERTAIN, save
from studio.workbench.edits.state_fields import ChannelField, fresh, kept, typed_in
from studio.workbench.edits.state_scene import Scene, scene, unknown
from studio.workbench.edits.ways import chosen
from studio.workbench.edits.writing import rehearse
from studio.workbench.verbs import enter, finish, leave

WRITES = ("save", "run")


@require_http_methods(["GET", "HEAD", "POST"])
async def state_edit(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """The form for the state at `?checkpoint=`; posted, a preview of what would become of it, or the write."""
    if request.method != "POST":
        here = await scene(await entrance.enter(deployment), thread_id, request.GET.get("checkpoint", ""), namespace)
        return _form(request, here, fresh(here.snapshot.channels, here.told, request.GET.getlist("open")))
    verb, checkpoint_id = verb_of(request.POST.dict()), request.POST.get("checkpoint", "")
    told = "state.edit" if verb in WRITES else "state.preview"
    place = {"thread_id": thread_id, "namespace": namespace, "checkpoint_id": checkpoint_id}
    gateway = await enter(request, deployment, told, **place)
    try:
        here = await scene(gateway, thread_id, checkpoint_id, namespace)
    except DeploymentError as error:
        here = unknown(deployment, thread_id, checkpoint_id, namespace)
        return _form(request, here, kept(request.POST.dict()), error=error, status=error.status)
    return await _posted(request, gateway, here, verb)


async def _posted(request: HttpRequest, gateway: Gateway, here: Scene, verb: str) -> HttpResponse:
    """What becomes of a form: its problems, a preview, or the write."""
    form, channels = request.POST.dict(), here.snapshot.channels
    fields, typed = typed_in(channels, here.told, form)
    if any(field.problem for field in fields):
        return _form(request, here, fields, problem="A channel cannot be written as it is typed.", status=422)
    meant = changed(channels, typed)
    change = Change(here.snapshot, meant, form.get("as_node", ""), chosen(form, meant), here.namespace)
    if not change.meant and not change.as_node:
        return _form(request, here, fields, problem="Nothing is different from what is there.", status=422)
    if here.inside and here.inside.closed:
        return _form(request, here, fields, error=here.inside.refusal, status=409)
    seen = await finish(rehearse(gateway, here.thread, change, here.writer))
    fields = [_refused(field, seen.refusals.get(field.name, "")) for field in fields]
    if verb not in WRITES:
        return _form(request, here, fields, change=change, preview=seen)
    return await _write(request, gateway, here, fields, change, seen)


async def _write(
    request: HttpRequest, gateway: Gateway, here: Scene, fields: list[ChannelField], change: Change, seen: Preview
) -> HttpResponse:
    """Write a change that has been tried; the way on, or the form with what stands against it."""
    odd = [field.name for field in fields if field.warning]
    if not set(odd) <= set(request.POST.getlist("odd")):
        problem = f"The schema says otherwise of {', '.join(odd)}. Save again to write it all the same."
        return _form(request, here, fields, change=change, preview=seen, problem=problem, status=422)
    at = here.snapshot.checkpoint.id
    since = known_to(request.POST.dict())
    sure = partial(still_that_state, gateway, here.thread.id, at, since, here.namespace)
    try:
        there = await finish(save(request, gateway, here.thread, change, seen, sure))
    except DeploymentError as error:
        told = UNCERTAIN if error.uncertain else KEPT
        return _form(request, here, fields, error=error, status=error.status, told=told, change=change, preview=seen)
    return leave(request, there)


def _refused(field: ChannelField, why: str) -> ChannelField:
    """The field with what the deployment says against what was typed."""
    return replace(field, problem=f"The deployment refuses it: {why}", shown=True) if why else field


def _form(
    request: HttpRequest,
    here: Scene,
    fields: list[ChannelField],
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
        "scene": here,
        "snapshot": here.snapshot,
        "checkpoint": here.snapshot.checkpoint,
        "url": here.url,
        "fields": fields,
        "problem": problem,
        "error": error,
        "kept": told,
        "as_node": as_node,
        "writers": here.writers(as_node).items(),
        "preview": preview,
        "diffs": _diffs(change, preview) if change and preview else [],
        **remembered(request.POST.dict(), here.newest),
    }
    return page(request, "workbench/edits/state_edit.html", shown, partial="form", status=status)


def _diffs(change: Change, preview: Preview) -> list[ChannelDiff]:
    """What will be different: as it was on the thread on which it was tried, or else as typed."""
    here = change.snapshot.channels
    if not (preview.before and preview.after):
        return compare(here, {**here, **change.meant})
    edited = {name: here[name] for name in change.meant if name in here}  # to the letter, unlike in the copy
    return compare({**preview.before.channels, **edited}, preview.after.channels)
