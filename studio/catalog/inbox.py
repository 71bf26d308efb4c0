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
from studio.deployments.thread_rows import Thread
from studio.deployments.threads import PAGE, Query
from studio.deployments.waiting import Waiting
from studio.web.requests import number, page

_told: Kept[Deployment, Waiting | None] = Kept(seconds=5, most=100)
"""Which threads wait; every open page asks how many."""


@require_safe
async def listing(request: HttpRequest, deployment: str) -> HttpResponse:
    """A page of the interrupted threads, the newest first; those that ask a person come before all others."""
    gateway = await enter(deployment)
    at = max(1, number(request, "page") or 1)
    forget(gateway.deployment)  # the list and its number shall agree
    told = await _survey(gateway)
    here, follows = await _page(gateway, told, at)
    shown = {
        "asking": [thread for thread in here if not thread.stopped],
        "stopped": [thread for thread in here if thread.stopped],
        "waiting": told,
        "newer": address(request, page=at - 1) if at > 1 else "",
        "older": address(request, page=at + 1) if follows else "",
        "first": (at - 1) * PAGE + 1,
        "last": (at - 1) * PAGE + len(here),
    }
    return page(request, "catalog/inbox.html", shown, partial="list")


@require_safe
async def count(request: HttpRequest, deployment: str) -> HttpResponse:
    """`{"waiting": n, "more": bool}`, n being null where it cannot be told, `more` where there may be more than n;
    never a failure, for every page asks for it."""
    told = await _survey(await enter(deployment))
    known = {"waiting": told.count if told else None, "more": bool(told and told.open_ended)}
    return JsonResponse(known, headers={"Cache-Control": "no-store"})


def counted(deployment: Deployment) -> Waiting | None:
    """Which threads waited when that was asked for last; nothing is asked."""
    return _told.last(deployment)


def forget(deployment: Deployment) -> None:
    """Something has been answered."""
    _told.forget(deployment)


async def _survey(gateway: Gateway) -> Waiting | None:
    return await _told.get(gateway.deployment, lambda: unless_refused(waiting.survey(gateway)))


async def _page(gateway: Gateway, told: Waiting | None, at: int) -> tuple[list[Thread], bool]:
    """The threads on page `at`, and whether another one follows. What is not known to ask or to have stopped comes as
    the deployment lists it: below what is, because that is the newest, and a number of whole pages."""
    begin, end = (at - 1) * PAGE, at * PAGE
    ids = told.surveyed[begin:end] if told else ()
    if told and not ids and told.others == 0:
        return [], False
    found = await threads.search(gateway, Query(ids=ids, status="interrupted", page=1 if ids else at))
    if not ids or told is None:
        return found[:PAGE], len(found) > PAGE
    by_id = {thread.id: thread for thread in found}  # without those that were answered in this moment
    return [by_id[id] for id in ids if id in by_id], end < len(told.surveyed) or told.others != 0
