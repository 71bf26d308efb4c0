"""The thread page and the parts of it that are fetched alone."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter
from studio.index import sync
from studio.web.requests import is_htmx, number, page
from studio.workbench import heads
from studio.workbench.desk import FIRST_SCREEN, Desk, open_desk
from studio.workbench.page import conversation
from studio.workbench.page.choice import choice_of
from studio.workbench.page.context import context

READ_ON = 16_000_000
"""Bytes of history read at once while a page shows how far the reading has come."""


@require_safe
async def thread(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """The page of a thread, or of one of its subgraphs, at `?checkpoint=` (default: its head, followed as it moves)."""
    desk = await _desk(request, deployment, thread_id, namespace)
    return page(request, "workbench/page/thread.html", await context(request, desk), partial="checkpoint")


@require_safe
async def live(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """Every part of the page that follows the head, in one answer: what a step of a run changes."""
    desk = await open_desk(await enter(deployment), thread_id, None, namespace, whole=not is_htmx(request))
    return page(request, "workbench/page/thread.html", await context(request, desk), partial="live")


@require_safe
async def history(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """The history alone, brought up to date; `?from=` begins another window of it. `?check=1` asks whether checkpoints
    were removed that no sync would miss, and answers with nothing when there were none."""
    if "check" in request.GET:
        gateway = await enter(deployment)
        if namespace or await sync.verify(gateway, thread_id):
            return HttpResponse(status=204)
        heads.forget(gateway, thread_id)
    desk = await _desk(request, deployment, thread_id, namespace, READ_ON)
    shown = await context(request, desk, inspects=not is_htmx(request))
    if is_htmx(request):  # the head of the page and the run state change with the history
        shown["part"] = "history"
    return page(request, "workbench/page/thread.html", shown, partial="history")


@require_safe
async def earlier(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """The messages before `?before=` of a channel at a checkpoint: a screenful, and the way to the ones before."""
    desk = await _desk(request, deployment, thread_id, namespace)
    shown, name = await context(request, desk, inspects=False), request.GET.get("channel", "")
    if desk.selected:
        found = conversation.channels(desk.selected, desk.spine, before=number(request, "before"))
        shown |= {"channels": [channel for channel in found if channel.name == name], "turns_key": None}
    return page(request, "workbench/page/thread.html", shown, partial="turns")


@require_safe
async def inspector(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """The inspector alone, at `?checkpoint=` and `?tab=`."""
    desk = await _desk(request, deployment, thread_id, namespace)
    return page(request, "workbench/page/thread.html", await context(request, desk), partial="inspector")


async def _desk(
    request: HttpRequest, deployment: str, thread_id: str, namespace: str, most_bytes: int = FIRST_SCREEN
) -> Desk:
    checkpoint_id = request.GET.get("checkpoint") or None
    most_bytes = 0 if choice_of(request.GET).paused else most_bytes
    whole = not is_htmx(request)
    return await open_desk(await enter(deployment), thread_id, checkpoint_id, namespace, most_bytes, whole)
