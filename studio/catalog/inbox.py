"""The inbox: every thread of a deployment that waits for a person, and how many there are."""

from time import monotonic

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter
from studio.catalog.threads import address
from studio.deployments import threads, waiting
from studio.deployments.config import Deployment
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.threads import PAGE, Query
from studio.web.requests import number, page

COUNTED_SECONDS = 5
"""For so long a count is taken for true: every open page asks for it."""
_counted: dict[str, tuple[float, int | None]] = {}
"""By the address of the deployment: until when it is true, and the number."""


@require_safe
async def listing(request: HttpRequest, deployment: str) -> HttpResponse:
    """A page of the threads that wait, the newest first."""
    gateway = await enter(deployment)
    at = max(1, number(request, "page") or 1)
    found = await threads.search(gateway, Query(status="interrupted", page=at))
    forget(gateway.deployment)  # the list and its number shall agree
    shown = {
        "threads": found[:PAGE],
        "total": await _count(gateway),
        "newer": address(request, page=at - 1) if at > 1 else "",
        "older": address(request, page=at + 1) if len(found) > PAGE else "",
        "first": (at - 1) * PAGE + 1,
        "last": (at - 1) * PAGE + min(len(found), PAGE),
    }
    return page(request, "catalog/inbox.html", shown, partial="list")


@require_safe
async def count(request: HttpRequest, deployment: str) -> HttpResponse:
    """`{"waiting": n}`, n being null where it cannot be told; never a failure, for every page asks for it."""
    return JsonResponse({"waiting": await _count(await enter(deployment))}, headers={"Cache-Control": "no-store"})


def counted(deployment: Deployment) -> int | None:
    """The number as it was when it was asked for last; nothing is asked."""
    return _counted.get(deployment.url, (0.0, None))[1]


def forget(deployment: Deployment) -> None:
    """The number has changed."""
    _counted.pop(deployment.url, None)


async def _count(gateway: Gateway) -> int | None:
    url = gateway.deployment.url
    until, known = _counted.get(url, (0.0, None))
    if until > monotonic():
        return known
    try:
        known = await waiting.count(gateway)
    except DeploymentError:
        known = None
    _counted[url] = (monotonic() + COUNTED_SECONDS, known)
    return known
