"""A state in parts: one level of its JSON tree, exact values to download, and the whole spine as JSON."""

import json
import sys
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter
from studio.deployments import states
from studio.deployments.gateway import Gateway
from studio.history.model import Json, Snapshot
from studio.index import sync
from studio.web.jsontree import find, level
from studio.web.requests import number, page
from studio.workbench.links import thread_url


@require_safe
async def branch(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """One level of the tree: `?checkpoint=&path=&start=`, `path` being a JSON pointer into the snapshot."""
    checkpoint_id, path = request.GET.get("checkpoint", ""), request.GET.get("path", "")
    read = states.values_at if path.startswith("/values") else states.at
    snapshot = await read(await enter(deployment), thread_id, _named(checkpoint_id), namespace)
    value = _value(snapshot, path)
    found = level(value, path, number(request, "start") or 0)
    url = thread_url(deployment, thread_id, namespace=namespace)
    shown = {"level": found, "pointer": path, "checkpoint": snapshot.checkpoint, "url": url}
    return page(request, "workbench/page/branch.html", shown, partial="level")


@require_safe
async def download(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """The exact value at `?checkpoint=&path=` as a file; without a path, the snapshot's own bytes."""
    snapshot = await _snapshot(await enter(deployment), thread_id, request, namespace)
    path = request.GET.get("path", "")
    body = _bytes(_value(snapshot, path)) if path else snapshot.raw
    name = "-".join(["state", snapshot.checkpoint.id, *path.split("/")[1:]])
    response = HttpResponse(body, content_type="application/json")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}.json"
    response["Cache-Control"] = "no-store"
    return response


@require_safe
async def history_json(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """The whole spine of a thread, newest first, whatever its length; where the deployment fails, what is known."""
    gateway = await enter(deployment)
    known, failed = await sync.attempt(gateway, thread_id, namespace, pages=sys.maxsize, most_bytes=sys.maxsize)
    if failed and not known.checkpoints:
        raise failed
    lanes = {line.row.checkpoint.id: line.row.lane for line in known.spine.drawing.lines}
    spine = [
        {
            "checkpoint_id": c.id,
            "parent_checkpoint_id": c.parent_id,
            "step": c.step,
            "source": c.source,
            "next": list(c.next),
            "created_at": c.created_at.isoformat() if c.created_at else None,
            "run_id": c.run_id,
            "lane": lanes[c.id],
            "message_ids": list(c.message_ids),
        }
        for c in known.checkpoints
    ]
    return JsonResponse({"complete": known.complete and not failed, "known": len(spine), "checkpoints": spine})


async def _snapshot(gateway: Gateway, thread_id: str, request: HttpRequest, namespace: str) -> Snapshot:
    return await states.at(gateway, thread_id, _named(request.GET.get("checkpoint", "")), namespace)


def _named(checkpoint_id: str) -> str:
    if not checkpoint_id:
        raise Http404("A checkpoint has to be named.")
    return checkpoint_id


def _value(snapshot: Snapshot, path: str) -> Json:
    """The value at a pointer whose first part names a section of the snapshot. Raises Http404."""
    try:
        if path.split("/")[1:2] == ["values"]:
            return find({"values": snapshot.values}, path)
        whole: Json = json.loads(snapshot.raw)
        return find(whole, path)
    except (LookupError, ValueError):
        raise Http404("There is nothing at this place of the state.") from None


def _bytes(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "surrogatepass")
