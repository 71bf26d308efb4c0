"""What the templates of the thread page are filled with."""

import asyncio
from collections.abc import Hashable
from datetime import UTC, datetime
from time import time
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.history.diff import ChannelDiff, compare
from studio.history.model import NOTHING, Json, Shared, Snapshot
from studio.web.jsontree import level
from studio.web.requests import is_htmx, number
from studio.workbench import stops
from studio.workbench.bearings import crumbs, default_assistant
from studio.workbench.desk import Desk
from studio.workbench.graphs import nodes
from studio.workbench.links import thread_url
from studio.workbench.options import OFFERED
from studio.workbench.page import conversation, inner, lives, progress, rows, titles
from studio.workbench.page.choice import VIEWS, choice_of, folds_all
from studio.workbench.running import sendform
from studio.workbench.running.double import Double, double, offered

TABS = {
    "changes": "Changes",
    "state": "State",
    "tasks": "Tasks",
    "graph": "Graph",
    "metadata": "Metadata",
    "raw": "Raw",
}
RAW_SHOWN = 40_000
AT_ONCE = 100_000
"""Bytes of a state up to which its changes come with the page."""


async def context(request: HttpRequest, desk: Desk, inspects: bool = True) -> dict[str, Any]:
    """What the templates of the thread page need; `inspects`: the inspector is on it."""
    snapshot = desk.selected
    choice = choice_of(request.GET)
    listed = rows.listing(desk.spine, snapshot, choice)
    window = rows.window(listed, number(request, "from"), desk.runs)
    asked = request.GET.get("assistant", "")
    assistant_id = asked if any(asked == known.id for known in desk.assistants) else default_assistant(desk)
    shown: dict[str, Any] = {
        "desk": desk,
        "thread": desk.thread,
        "tabs": TABS,
        "tab": request.GET.get("tab", "") if request.GET.get("tab") in TABS else "changes",
        "window": window,
        "rows_key": _rows_key(desk, window),
        "listed": listed,
        "choice": choice,
        "strip_key": ("strip", desk.spine.number, choice, snapshot.checkpoint.id if snapshot else ""),
        "options_key": ("options", desk.thread.graph_id),
        "views": VIEWS,
        "shut": folds_all(desk.spine, choice),
        "url": thread_url(desk.slug, desk.thread.id, namespace=desk.namespace),
        "root": thread_url(desk.slug, desk.thread.id),
        "crumbs": crumbs(desk),
        "run": desk.active_run,
        "double": await _double(desk),
        "progress": progress.view(desk.tree, desk.active_run, datetime.now(UTC)) if desk.active_run else None,
        **OFFERED,
        **(await stops.shown(desk)),
        "assistant_id": assistant_id,
        **({} if is_htmx(request) else await _input(desk, assistant_id)),
        **(await inner.shown(request, desk)),
    }
    if snapshot is None:
        return shown
    return shown | await _at(desk, snapshot, request, shown["tab"] if inspects else "", shown["may_edit"])


def _rows_key(desk: Desk, window: rows.Window) -> Hashable:
    """All that the rows of a window depend on. Times are told as distances from now: half a minute is near enough,
    because the browser keeps them fresh from there."""
    listed = window.listing
    selected = desk.selected.checkpoint.id if desk.selected else ""
    facts = tuple((run.id, run.status, run.seconds) for run in desk.runs)
    half_minute = int(time() // 30)
    return (
        desk.spine.number,
        listed.choice,
        window.first,
        listed.place,
        selected,
        facts,
        desk.known.complete,
        half_minute,
    )


async def _double(desk: Desk) -> Double | None:
    """What may be done with a message while a run is active."""
    if desk.active_run is None:
        return None
    following = desk.selected.checkpoint.next if desk.selected and desk.at_head else ()
    strategies = await offered(desk.gateway)
    return double(desk.active_run, len(desk.waiting), following, datetime.now(UTC), strategies)


async def _input(desk: Desk, assistant_id: str) -> dict[str, Any]:
    """What the assistant takes as input."""
    return sendform.shown(await sendform.form_for(desk.gateway, assistant_id))


async def _at(desk: Desk, snapshot: Snapshot, request: HttpRequest, tab: str, may_edit: bool) -> dict[str, Any]:
    """What there is to show at a checkpoint."""
    checkpoint = desk.tree.nodes[snapshot.checkpoint.id]
    latest = 0 if request.GET.get("all") else max(conversation.LATEST, number(request, "latest") or 0)
    names = desk.spine.conversations(snapshot)
    rest = conversation.others(snapshot, names)
    return {
        "names": names,
        "turns_key": (desk.spine.number, checkpoint.id, latest, may_edit),
        "snapshot": snapshot,
        "checkpoint": checkpoint,
        "title": titles.title(desk.tree, checkpoint),
        "parent": desk.tree.parent(checkpoint.id),
        "channels": SimpleLazyObject(lambda: conversation.channels(snapshot, desk.spine, latest, names=names)),
        "facts": lives.facts(desk.spine, checkpoint),
        "rest": level(rest) if rest else None,
        "switch": conversation.switch(desk.tree, checkpoint.id),
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
            size = len(snapshot.raw)
            text = snapshot.raw[:RAW_SHOWN].decode("utf-8", "replace")
            return {"raw": text, "raw_size": size, "raw_cut": size > RAW_SHOWN}
        case "graph":
            return await nodes.shown(request, desk, snapshot, default_assistant(desk), whole=False)
        case "changes":
            # The parent of a large state is large too: the page does not wait for it, the panel asks for it.
            later = len(snapshot.raw) > AT_ONCE and "now" not in request.GET
            return {"later": True} if later else await _changes(desk, snapshot)
    return {}


async def _changes(desk: Desk, snapshot: Snapshot) -> dict[str, Any]:
    """The selected state against its parent's."""
    parent_id = snapshot.checkpoint.parent_id
    if parent_id is None:
        return {"diffs": await _compared({}, snapshot), "first": True}
    try:
        parent = await states.values_at(desk.gateway, desk.thread.id, parent_id, desk.namespace)
    except DeploymentError as error:
        return {"diffs": [], "diff_problem": error.title}
    return {"diffs": await _compared(parent.channels, snapshot, desk.tree.shared(parent_id, snapshot))}


async def _compared(before: dict[str, Json], after: Snapshot, known: Shared = NOTHING) -> list[ChannelDiff]:
    """The difference; that of large states is found beside the loop, which has others to serve."""
    if len(after.raw) < AT_ONCE:
        return compare(before, after.channels, known)
    return await asyncio.to_thread(compare, before, after.channels, known)
