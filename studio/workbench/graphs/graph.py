"""The graph of a thread on a page of its own, where there is more room than beside the conversation."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter
from studio.web.requests import is_htmx, page
from studio.workbench.bearings import crumbs, default_assistant
from studio.workbench.desk import open_desk
from studio.workbench.graphs import nodes
from studio.workbench.links import thread_url


@require_safe
async def graph(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """The graph at `?checkpoint=` (default: the head, followed as it moves), with the subgraphs named by `?xray=` open.
    `?draw=1` draws it however large it is."""
    checkpoint_id = request.GET.get("checkpoint") or None
    desk = await open_desk(await enter(deployment), thread_id, checkpoint_id, namespace, whole=not is_htmx(request))
    snapshot = desk.selected
    shown = {
        "thread": desk.thread,
        "checkpoint": snapshot.checkpoint if snapshot else None,
        "following": desk.following,
        "url": thread_url(desk.slug, desk.thread.id, namespace=namespace),
        "root": thread_url(desk.slug, desk.thread.id),
        "crumbs": crumbs(desk),
        "run": desk.active_run,
        "graph_whole": True,
    }
    if snapshot:
        shown |= await nodes.shown(request, desk, snapshot, default_assistant(desk), whole=True)
    return page(request, "workbench/graphs/graph.html", shown, partial="graph")
