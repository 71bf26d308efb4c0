"""What all verbs share: permission and audit before anything is sent, work that outlives its request, the answer.

A browser that goes away cancels its view; a verb of two steps must not stop between them, so the work runs as a task
of its own which the view only waits for.
"""

import asyncio
import json
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from studio.catalog import entrance
from studio.web.requests import is_htmx

log = logging.getLogger(__name__)
T = TypeVar("T")
_held: set[asyncio.Task[Any]] = set()
enter = entrance.act
"""The door that every verb comes in by."""


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Wait for work that goes on to its end even when the request is cancelled."""
    task = asyncio.create_task(work, name="verb")
    _held.add(task)
    task.add_done_callback(_held.discard)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_log)
        raise


def _log(task: asyncio.Task[Any]) -> None:
    """Nobody waits for this work any more: what it failed with is for the log."""
    if not task.cancelled() and (error := task.exception()):
        log.warning("A verb whose browser had gone failed: %s", error)


def go(request: HttpRequest, url: str) -> HttpResponse:
    """On to `url`: a redirect; inside the page, its conversation is exchanged and the history is told."""
    if not is_htmx(request):
        return HttpResponseRedirect(url, status=303)
    response = HttpResponse(status=204)
    response["HX-Location"] = json.dumps({"path": url, "target": "#conversation", "swap": "outerHTML"})
    response["HX-Trigger"] = "studio:changed"
    return response


def leave(request: HttpRequest, url: str) -> HttpResponse:
    """On to another page, also from a part of one."""
    if not is_htmx(request):
        return HttpResponseRedirect(url, status=303)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response
