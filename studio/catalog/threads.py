"""The list of threads, kept fresh, and making new ones."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from studio.catalog.entrance import act, enter
from studio.catalog.failures import upstream
from studio.deployments import assistants, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.requests import unless_refused
from studio.deployments.sending import check
from studio.deployments.threads import PAGE, SORTS, STATUSES, Query
from studio.history.model import Json
from studio.web.requests import page

COLUMNS = (
    ("thread_id", "Thread"),
    ("status", "Status"),
    ("", "Graph"),
    ("created_at", "Created"),
    ("updated_at", "Updated"),
)


NEWEST_FIRST = ("updated_at", "created_at")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """`/` leads to the first configured deployment."""
    return redirect("threads", next(iter(settings.STUDIO_DEPLOYMENTS)))


@require_safe
async def listing(request: HttpRequest, deployment: str) -> HttpResponse:
    """A page of threads; filters, order and page number live in the address."""
    gateway = await enter(deployment)
    query, problem = parse_query(request.GET)
    found, counts, known = await asyncio.gather(
        threads.search(gateway, query), threads.count(gateway, query), unless_refused(assistants.search(gateway))
    )
    shown = {
        "threads": found[:PAGE],
        "counts": counts,
        "statuses": [(s, counts.by_status.get(s), address(request, status=s, page=None)) for s in STATUSES],
        "all_url": address(request, status=None, page=None),
        "graphs": sorted({a.graph_id for a in known or ()}),  # the list does without them where they cannot be had
        "query": query,
        "problem": problem,
        "columns": [_column(request, query, name, label) for name, label in COLUMNS],
        "newer": address(request, page=query.page - 1) if query.page > 1 else "",
        "older": address(request, page=query.page + 1) if len(found) > PAGE else "",
        "first": (query.page - 1) * PAGE + 1,
        "last": (query.page - 1) * PAGE + min(len(found), PAGE),
        "filtered": bool(request.GET.get("q") or request.GET.get("status") or request.GET.get("graph")),
    }
    return page(request, "catalog/threads.html", shown, partial="list")


@require_safe
async def fresh(request: HttpRequest, deployment: str) -> HttpResponse:
    """What has become of the rows on screen (`?id=` for each), as pieces that take the places of the old ones, and how
    many threads the same list would have now that are not on screen."""
    gateway, (query, _) = await enter(deployment), parse_query(request.GET)
    ids = [id for id in request.GET.getlist("id") if _uuid(id)][: PAGE * 2]
    found = (await threads.search(gateway, query))[:PAGE]
    gone = set(ids) - {thread.id for thread in found}
    elsewhere = await threads.statuses(gateway, sorted(gone)) if gone else []
    shown = {
        "threads": [thread for thread in found if thread.id in ids],
        "elsewhere": elsewhere,
        "news": sum(thread.id not in ids for thread in found),
        "list_url": reverse("threads", args=[deployment]) + address(request, id=None).rstrip("?"),
    }
    return page(request, "catalog/threads.html", shown, partial="fresh")


@require_http_methods(["GET", "HEAD", "POST"])
async def new(request: HttpRequest, deployment: str) -> HttpResponse:
    """Choose an assistant; posted, make an empty thread that remembers it and go there."""
    if request.method != "POST":
        known = await assistants.search(await enter(deployment))
        return page(request, "catalog/new_thread.html", {"assistants": known})
    gateway = await act(request, deployment, "thread.create")
    wanted, title = request.POST.get("assistant", ""), request.POST.get("title", "").strip()
    try:
        known = await assistants.search(gateway)
        chosen = next((a for a in known if wanted in (a.id, a.graph_id)), None)
        if chosen is None:
            shown = {"assistants": known, "title": title, "problem": "Choose one of the assistants."}
            return page(request, "catalog/new_thread.html", shown, status=422)
        made = await threads.create(gateway, chosen.graph_id, title)
    except DeploymentError as error:
        return upstream(
            request,
            error,
            kept="Look at the list: it may have been made." if error.uncertain else "No thread was made.",
        )
    there = reverse("thread", args=[deployment, made])
    return HttpResponseRedirect(f"{there}?{urlencode({'assistant': chosen.id})}", status=303)


def parse_query(asked: Mapping[str, str]) -> tuple[Query, str]:
    """The query in an address, and what could not be understood in it."""
    metadata, thread_id, problem = parse_search(asked.get("q", "").strip())
    if graph := asked.get("graph", ""):
        metadata["graph_id"] = graph
    status, number = asked.get("status", ""), asked.get("page", "")
    sort = asked.get("sort", "") if asked.get("sort") in SORTS else "updated_at"
    query = Query(
        ids=(thread_id,) if thread_id else (),
        status=status if status in STATUSES else "",
        metadata=metadata,
        sort=sort,
        descending=asked.get("order", "desc" if sort in NEWEST_FIRST else "asc") != "asc",
        page=max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1,
    )
    return query, problem


def parse_search(text: str) -> tuple[dict[str, Json], str, str]:
    """The search box: (metadata pairs, thread id, problem). A value is JSON where it parses, else text."""
    if not text:
        return {}, "", ""
    if _uuid(text):
        return {}, str(UUID(text)), ""
    pairs: dict[str, Json] = {}
    for part in text.split(","):
        key, equals, value = part.strip().partition("=")
        if not equals or not key:
            return {}, "", f"“{text}” is neither a whole thread id nor key=value; the list is not filtered by it."
        pairs[key.strip()] = _typed(value.strip())
    return pairs, "", ""


def address(request: HttpRequest, **changed: Any) -> str:
    """The present address with some of its parameters changed; None drops one."""
    asked = {key: value for key, value in {**request.GET.dict(), **changed}.items() if value not in (None, "")}
    return f"?{urlencode(asked)}" if asked else "?"


def _column(request: HttpRequest, query: Query, name: str, label: str) -> dict[str, Any]:
    """A column head: where a click leads, and which way it is sorted now."""
    current = query.sort == name
    first = "desc" if name in NEWEST_FIRST else "asc"
    order = ("asc" if query.descending else "desc") if current else first
    return {
        "label": label,
        "url": address(request, sort=name, order=order, page=None) if name else "",
        "sorted": ("descending" if query.descending else "ascending") if current else "",
    }


def _typed(text: str) -> Json:
    try:
        value: Json = json.loads(text)
        check(value)
    except (ValueError, RecursionError, DeploymentError):
        return text
    return value


def _uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
