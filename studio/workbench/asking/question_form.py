"""The form that answers the questions of a thread, on a page of its own or as a part of another, and what can be sent
with the answer."""

import asyncio
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter
from studio.deployments import graphs, states, threads
from studio.deployments.gateway import Gateway
from studio.deployments.requests import unless_refused
from studio.deployments.thread_rows import Thread
from studio.history.model import Json, Snapshot
from studio.web.requests import is_htmx, page
from studio.workbench.edits.fitting import misfit
from studio.workbench.forms import parse_json
from studio.workbench.links import thread_url
from studio.workbench.stops import breakable


@require_safe
async def ask(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """What a thread waits for, and the form that answers it; `?from=inbox`: it is answered there. `?part=command`: what
    else can be sent with the answer."""
    gateway = await enter(deployment)
    thread, head = await asyncio.gather(threads.get(gateway, thread_id), states.current(gateway, thread_id))
    shown: dict[str, Any] = {
        "thread": thread,
        "snapshot": head,
        "at_head": True,
        "url": thread_url(deployment, thread_id),
        "root": thread_url(deployment, thread_id),
        "back": "inbox" if request.GET.get("from") == "inbox" else "",
        "open_command": not is_htmx(request),
        "breakable": await breakable(gateway),
    }
    part = "command" if request.GET.get("part") == "command" else "ask"
    if part == "command" or not is_htmx(request):
        shown["nodes"] = await _nodes(gateway, thread)
    return page(request, "workbench/asking/asking.html", shown, partial=part)


async def more(gateway: Gateway, thread: Thread, head: Snapshot | None, form: Mapping[str, str]) -> dict[str, Json]:
    """What a command has beside the answers: an update of the state, a node to go to. Raises ValueError."""
    command: dict[str, Json] = {}
    if form.get("update", "").strip():
        update = parse_json(form["update"], "The update")
        if not isinstance(update, dict):
            raise ValueError("The update has to be a JSON object of channels.")
        if why := await misfit(gateway, thread, head, update):
            raise ValueError(f"The deployment would not take the update. {why}")
        command["update"] = update
    if goto := form.get("goto", "").strip():
        known = await _nodes(gateway, thread)
        if known and goto not in known:
            raise ValueError(f"The graph has no node “{goto[:80]}” to go to.")
        command["goto"] = goto
    return command


async def _nodes(gateway: Gateway, thread: Thread) -> list[str]:
    """The nodes of the thread's graph; none when they cannot be had."""
    return await unless_refused(graphs.names(gateway, thread.assistant_id or thread.graph_id)) or []
