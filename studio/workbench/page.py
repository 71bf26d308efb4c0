"""The thread page and the parts of it that are fetched alone."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter
from studio.deployments import assistants, states
from studio.deployments.errors import DeploymentError
from studio.history.diff import compare
from studio.history.messages import total_usage
from studio.history.model import Snapshot
from studio.web.jsontree import level
from studio.web.requests import is_htmx, number, page
from studio.workbench import conversation, rows
from studio.workbench.desk import Desk, open_desk
from studio.workbench.links import thread_url

TABS = {"changes": "Changes", "state": "State", "tasks": "Tasks", "metadata": "Metadata", "raw": "Raw"}
RAW_SHOWN = 40_000
READ_ON = 16_000_000
"""Bytes of history read at once while a page shows how far the reading has come."""
AT_ONCE = 100_000
"""Bytes of a state up to which its changes come with the page."""
EXAMPLES = {"string": '"…"', "integer": "1", "number": "1.0", "boolean": "true", "array": "[]", "object": "{}"}


@require_safe
async def thread(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The page of a thread at `?checkpoint=` (default: its head, followed as it moves)."""
    desk = await open_desk(await enter(deployment), thread_id, request.GET.get("checkpoint") or None)
    return page(request, "workbench/thread.html", await context(request, desk), partial="checkpoint")


@require_safe
async def live(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Every part of the page that follows the head, in one answer: what a step of a run changes."""
    desk = await open_desk(await enter(deployment), thread_id, None)
    return page(request, "workbench/thread.html", await context(request, desk), partial="live")


@require_safe
async def history(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The history alone, brought up to date; `?from=` begins another window of it."""
    checkpoint_id = request.GET.get("checkpoint") or None
    desk = await open_desk(await enter(deployment), thread_id, checkpoint_id, most_bytes=READ_ON)
    shown = await context(request, desk, inspects=not is_htmx(request))
    if is_htmx(request):  # the head of the page and the run state change with the history
        shown["part"] = "history"
    return page(request, "workbench/thread.html", shown, partial="history")


@require_safe
async def earlier(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The messages before `?before=` of a channel at a checkpoint: a screenful, and the way to the ones before."""
    desk = await open_desk(await enter(deployment), thread_id, request.GET.get("checkpoint") or None)
    shown, name = await context(request, desk, inspects=False), request.GET.get("channel", "")
    if desk.selected:
        found = conversation.channels(desk.selected, desk.tree, before=number(request, "before"))
        shown["channels"] = [channel for channel in found if channel.name == name]
    return page(request, "workbench/thread.html", shown, partial="turns")


@require_safe
async def inspector(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The inspector alone, with another tab."""
    desk = await open_desk(await enter(deployment), thread_id, request.GET.get("checkpoint") or None)
    return page(request, "workbench/thread.html", await context(request, desk), partial="inspector")


async def context(request: HttpRequest, desk: Desk, inspects: bool = True) -> dict[str, Any]:
    """What the templates of the thread page need; `inspects`: the inspector is on it."""
    snapshot = desk.selected
    choice = rows.Choice(request.GET.get("view") == "path", request.GET.get("find", "").strip()[:200])
    asked = request.GET.get("assistant", "")
    assistant_id = asked if any(asked == known.id for known in desk.assistants) else default_assistant(desk)
    shown: dict[str, Any] = {
        "desk": desk,
        "thread": desk.thread,
        "tabs": TABS,
        "tab": request.GET.get("tab", "") if request.GET.get("tab") in TABS else "changes",
        "window": rows.window(
            desk.drawing, snapshot.checkpoint.id if snapshot else None, number(request, "from"), desk.runs, choice
        ),
        "choice": choice,
        "url": thread_url(desk.slug, desk.thread.id),
        "run": desk.active_run,
        "assistant_id": assistant_id,
        **(await _input(desk, assistant_id)),
    }
    return shown | (await _at(request, desk, snapshot, shown["tab"] if inspects else "") if snapshot else {})


def default_assistant(desk: Desk) -> str:
    """The assistant for the next run: that of the run that made this checkpoint, else the thread's."""
    made_by = desk.selected.checkpoint.run_id if desk.selected else None
    run = next((r for r in desk.runs if r.id == made_by), desk.runs[0] if desk.runs else None)
    graph = next((a.id for a in desk.assistants if a.graph_id == desk.thread.graph_id), "")
    return (run.assistant_id if run else "") or desk.thread.assistant_id or graph


async def _input(desk: Desk, assistant_id: str) -> dict[str, Any]:
    """Whether the assistant takes messages, and what its input looks like otherwise."""
    try:
        fields = await assistants.input_fields(desk.gateway, assistant_id) if assistant_id else {}
    except DeploymentError:
        fields = {}
    example = ", ".join(f"{json.dumps(name)}: {EXAMPLES.get(kind, 'null')}" for name, kind in fields.items())
    return {"takes_messages": "messages" in fields or not fields, "example": f"{{{example}}}"}


async def _at(request: HttpRequest, desk: Desk, snapshot: Snapshot, tab: str) -> dict[str, Any]:
    """What there is to show at a checkpoint."""
    checkpoint = desk.tree.nodes[snapshot.checkpoint.id]
    latest = 0 if request.GET.get("all") else max(conversation.LATEST, number(request, "latest") or 0)
    rest = conversation.others(snapshot)
    return {
        "snapshot": snapshot,
        "checkpoint": checkpoint,
        "title": rows.title(desk.tree, checkpoint),
        "channels": conversation.channels(snapshot, desk.tree, latest),
        "rest": level(rest) if rest else None,
        "switch": conversation.switch(desk.tree, checkpoint.id),
        "usage": total_usage(snapshot.channels),
        **(await _tab(request, desk, snapshot, tab)),
    }


async def _tab(request: HttpRequest, desk: Desk, snapshot: Snapshot, tab: str) -> dict[str, Any]:
    """The content of one tab of the inspector; only the one on show is made."""
    match tab:
        case "state":
            return {"state": level(snapshot.values)}
        case "metadata":
            return {"metadata": level(dict(snapshot.metadata)), "config": level(dict(snapshot.config))}
        case "raw":
            text = snapshot.raw.decode("utf-8", "replace")
            return {"raw": text[:RAW_SHOWN], "raw_size": len(snapshot.raw), "raw_cut": len(text) > RAW_SHOWN}
        case "changes":
            # The parent of a large state is large too: the page does not wait for it, the panel asks for it.
            later = len(snapshot.raw) > AT_ONCE and "now" not in request.GET
            return {"later": True} if later else await _changes(desk, snapshot)
    return {}


async def _changes(desk: Desk, snapshot: Snapshot) -> dict[str, Any]:
    """The selected state against its parent's."""
    if snapshot.checkpoint.parent_id is None:
        return {"diffs": compare({}, snapshot.channels), "first": True}
    try:
        parent = await states.at(desk.gateway, desk.thread.id, snapshot.checkpoint.parent_id)
    except DeploymentError as error:
        return {"diffs": [], "diff_problem": error.title}
    return {"diffs": compare(parent.channels, snapshot.channels)}
