"""Two checkpoints side by side in one text: parent and child, siblings, branches, or two threads."""

import asyncio
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter
from studio.deployments import states, threads
from studio.deployments.errors import not_found
from studio.deployments.gateway import Gateway
from studio.history.diff import compare
from studio.history.model import NOTHING, Checkpoint, Snapshot
from studio.history.tree import Tree
from studio.index import sync
from studio.web.requests import page
from studio.workbench.links import diff_url, thread_url
from studio.workbench.page import titles


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two states, and where it stands."""

    thread_id: str
    snapshot: Snapshot
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Another comparison that is a click away."""

    label: str
    url: str


@require_safe
async def diff(request: HttpRequest, deployment: str, thread_id: str, namespace: str = "") -> HttpResponse:
    """What turns `?a=` into `?b=`. `b` is the head unless named, `a` the parent of `b`; `a_thread` names the thread of
    `a` when it is another one."""
    gateway = await enter(deployment)
    other = request.GET.get("a_thread") or thread_id
    thread, tree = await asyncio.gather(threads.get(gateway, thread_id), _tree(gateway, thread_id, namespace))
    b = await _snapshot(gateway, thread_id, request.GET.get("b"), namespace)
    a_id = request.GET.get("a") or (b.checkpoint.parent_id if other == thread_id else None)
    elsewhere = other != thread_id
    inside = "" if elsewhere else namespace
    a = await _snapshot(gateway, other, a_id, inside) if a_id or elsewhere else None
    known = tree.shared(a.checkpoint.id if a else None, b) if not elsewhere else NOTHING
    shown = {
        "thread": thread,
        "url": thread_url(deployment, thread_id, namespace=namespace),
        "a": await _side(gateway, other, a, None if elsewhere else tree, inside) if a else None,
        "b": await _side(gateway, thread_id, b, tree, namespace),
        "diffs": await asyncio.to_thread(compare, a.channels if a else {}, b.channels, known),
        "offers": _offers(deployment, thread_id, tree, b.checkpoint, namespace),
        "swapped": diff_url(deployment, thread_id, b.checkpoint.id, a_id, namespace) if a_id and not elsewhere else "",
        "other_thread": other if elsewhere else "",
    }
    return page(request, "workbench/page/diff.html", shown)


async def _snapshot(gateway: Gateway, thread_id: str, checkpoint_id: str | None, namespace: str) -> Snapshot:
    """The state at a checkpoint, or the newest. Raises DeploymentError when there is none."""
    if checkpoint_id:
        return await states.at(gateway, thread_id, checkpoint_id, namespace)
    head = await states.current(gateway, thread_id, namespace)
    if head is None:
        raise not_found(f"A checkpoint of thread {thread_id}", "Nothing has happened on it yet.")
    return head


async def _tree(gateway: Gateway, thread_id: str, namespace: str = "") -> Tree:
    known = await sync.known(gateway, thread_id, namespace)
    return (known if known.complete else await sync.sync(gateway, thread_id, namespace)).spine.tree


async def _side(gateway: Gateway, thread_id: str, snapshot: Snapshot, tree: Tree | None, namespace: str) -> Side:
    tree = tree or await _tree(gateway, thread_id)
    checkpoint = tree.nodes.get(snapshot.checkpoint.id, snapshot.checkpoint)
    title = titles.title(tree, checkpoint) if checkpoint.id in tree.nodes else checkpoint.source
    url = thread_url(gateway.deployment.slug, thread_id, checkpoint.id, namespace=namespace)
    return Side(thread_id, snapshot, title, url)


def _offers(deployment: str, thread_id: str, tree: Tree, b: Checkpoint, namespace: str) -> list[Offer]:
    """Comparisons that lie near: with the parent, with each sibling, with the heads of the other branches."""
    offers = [("parent", b.parent_id)] if b.parent_id else []
    siblings = [id for id in tree.siblings(b.id) if id != b.id]
    offers += [(f"sibling {place}", id) for place, id in enumerate(siblings, 1)]
    heads = [id for id in sorted(tree.nodes, reverse=True) if id not in tree.children and id != b.id]
    offers += [(f"head of branch {place}", id) for place, id in enumerate(heads[:8], 1) if id not in siblings]
    return [Offer(label, diff_url(deployment, thread_id, id, b.id, namespace)) for label, id in offers]
