"""The inbox: every thread of a deployment that waits for a person, and how many there are."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter
from studio.catalog.threads import address
from studio.deployments import threads, waiting
from studio.deployments.config import Deployment
from studio.deployments.gateway import Gateway
from studio.deployments.kept import Kept
from studio.deployments.requests import unless_refused
from studio.deployments.threads import PAGE, Query
from studio.web.requests import number, page

_counted: Kept[Deployment, waiting.Waiting | None] = Kept(seconds=5, most=100)
"""How many wait; every open page asks for it."""


@require_safe
async def listing(request: HttpRequest, deployment: str) -> HttpResponse:
    """A page of the threads that wait, the newest first."""
    gateway = await enter(deployment)
    at = max(1, number(request, "page") or 1)
    found = await threads.search(gateway, Query(status="interrupted", page=at))
    forget(gateway.deployment)  # the list and its number shall agree
    here, told = found[:PAGE], await _count(gateway)
    shown = {
        "asking": [thread for thread in here if not thread.stopped],
        "stopped": [thread for thread in here if thread.stopped],
        "waiting": told.asking if told else None,
        "total": told.interrupted if told else None,
        "newer": address(request, page=at - 1) if at > 1 else "",
        "older": address(request, page=at + 1) if len(found) > PAGE else "",
        "first": (at - 1) * PAGE + 1,
        "last": (at - 1) * PAGE + min(len(found), PAGE),
    }
    return page(request, "catalog/inbox.html", shown, partial="list")


@require_safe
async def count(request: HttpRequest, deployment: str) -> HttpResponse:
    """`{"waiting": n}`, n being null where it cannot be told; never a failure, for every page asks for it."""
    told = await _count(await enter(deployment))
    return JsonResponse({"waiting": told.asking if told else None}, headers={"Cache-Control": "no-store"})


def counted(deployment: Deployment) -> int | None:
    """The number as it was when it was asked for last; nothing is asked."""
    told = _counted.last(deployment)
    return told.asking if told else None


def forget(deployment: Deployment) -> None:
    """The number has changed."""
    _counted.forget(deployment)


async def _count(gateway: Gateway) -> waiting.Waiting | None:
    return await _counted.get(gateway.deployment, lambda: unless_refused(waiting.count(gateway)))
