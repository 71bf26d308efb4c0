"""Threads: searching, counting, making, copying. Lists ask only for what a row shows."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from studio.deployments.dialect import Dialect, dialect
from studio.deployments.errors import DeploymentError, translated, unsupported
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read, write
from studio.deployments.thread_rows import COPIED_FROM, Thread, thread_of
from studio.history.model import Json

T = TypeVar("T")
PAGE = 50
STATUSES = ("busy", "interrupted", "error", "idle")
SORTS = ("updated_at", "created_at", "status", "thread_id")
INSTEAD = "A branch does much of the same within the thread: edit or rerun at any checkpoint."
COLUMNS = ["thread_id", "status", "metadata", "created_at", "updated_at", "interrupts"]
EXTRACT = {
    "first": "values.messages[0].content",
    "first_type": "values.messages[0].type",
    "second": "values.messages[1].content",
    "last": "values.messages[-1].content",
}


@dataclass(frozen=True, slots=True)
class Query:
    """What a list shows: filters (`ids`: those threads alone, at most a page of them), order (`sort` one of SORTS) and
    the page, counted from 1."""

    ids: tuple[str, ...] = ()
    status: str = ""
    metadata: Mapping[str, Json] = field(default_factory=dict)
    sort: str = "updated_at"
    descending: bool = True
    page: int = 1


@dataclass(frozen=True, slots=True)
class Counts:
    """How many threads match, in all and by status. None: this deployment cannot count."""

    total: int | None
    by_status: Mapping[str, int] = field(default_factory=dict)


async def search(gateway: Gateway, query: Query) -> list[Thread]:
    """One page of threads, and one thread more when another page follows."""
    speech = await dialect(gateway)
    try:
        rows = await _search(gateway, query, speech)
    except DeploymentError as error:
        if error.kind != "invalid" or not (speech.selects or speech.extracts):
            raise
        rows = await _search(gateway, query, replace(speech, selects=False, extracts=False))
        speech.selects = speech.extracts = False  # an older server that refuses what it does not know
    with translated(gateway.deployment):
        ignored = bool(rows) and speech.extracts and "extracted" not in rows[0]
    if ignored:
        speech.extracts = False  # the previews need the values
        rows = await _search(gateway, query, speech)
    with translated(gateway.deployment):
        return [thread_of(row) for row in rows]


async def statuses(gateway: Gateway, ids: list[str]) -> list[Thread]:
    """The present status of these threads, for rows on screen; those that are gone are missing."""
    speech = await dialect(gateway)
    select: Any = ["thread_id", "status", "updated_at", "metadata"] if speech.selects else None
    limit = 100 if speech.flavour == "aegra" else len(ids)  # it ignores ids and answers with the newest
    rows: list[Any] = await read(
        gateway, "The list", lambda: gateway.sdk.threads.search(ids=ids, limit=limit, select=select)
    )
    with translated(gateway.deployment):
        return [thread_of(row) for row in rows if row["thread_id"] in ids]


async def count(gateway: Gateway, query: Query) -> Counts:
    """Matching threads in all (with the status filter) and by status (without it)."""
    speech = await dialect(gateway)
    if not speech.counts:
        return Counts(None)
    metadata = dict(query.metadata) or None

    async def one(status: str) -> int:
        chosen: Any = status or None
        return await read(gateway, "The count", lambda: gateway.sdk.threads.count(metadata=metadata, status=chosen))

    try:
        everything, *rest = await _all(one(""), *map(one, STATUSES))
    except DeploymentError as error:
        if not error.lacking:
            raise
        speech.counts = False
        return Counts(None)
    by_status = dict(zip(STATUSES, rest, strict=True))
    return Counts(by_status.get(query.status, everything), by_status)


async def get(gateway: Gateway, thread_id: str) -> Thread:
    """One thread with its status, without its values where the deployment can leave them out."""
    rows = await search(gateway, Query(ids=(thread_id,))) if _is_uuid(thread_id) else []
    found = next((thread for thread in rows if thread.id == thread_id), None)
    if found:
        return found
    row = await read(gateway, f"Thread {thread_id}", lambda: gateway.sdk.threads.get(thread_id))
    with translated(gateway.deployment):
        return thread_of(row)


async def create(gateway: Gateway, graph_id: str, title: str = "") -> str:
    """Make an empty thread for a graph; its id. (`assistant_id` is the server's own: it is set by the first run.)"""
    metadata = {"graph_id": graph_id} | ({"title": title} if title else {})
    row = await write(gateway, "The thread", lambda: gateway.sdk.threads.create(metadata=metadata))
    with translated(gateway.deployment):
        made = str(row["thread_id"])
    if not (await dialect(gateway)).remembers:
        await name_graph(gateway, made, graph_id)
    return made


async def name_graph(gateway: Gateway, thread_id: str, graph_id: str) -> None:
    """Tell a thread of its graph; without that, a server that forgets it could not even write its state."""
    await write(gateway, "The thread", lambda: gateway.sdk.threads.update(thread_id, metadata={"graph_id": graph_id}))


async def copy(gateway: Gateway, thread_id: str, title: str) -> str:
    """Copy a thread with its whole history under a new title; the id of the copy, which remembers the original."""
    try:
        row: Any = await write(gateway, f"Thread {thread_id}", lambda: gateway.sdk.threads.copy(thread_id))
    except DeploymentError as error:
        if error.lacking:
            raise unsupported(gateway.deployment, does="copy threads", hint=INSTEAD) from error
        raise
    with translated(gateway.deployment):
        copied = str(row["thread_id"])
    metadata = {"title": title, COPIED_FROM: thread_id}
    await write(gateway, "The copy", lambda: gateway.sdk.threads.update(copied, metadata=metadata))
    return copied


async def delete(gateway: Gateway, thread_id: str) -> None:
    """Remove a thread with everything in it."""
    await write(gateway, f"Thread {thread_id}", lambda: gateway.sdk.threads.delete(thread_id))


async def _all(*asked: Awaitable[T]) -> list[T]:
    """All answers, or the first failure once every request is over: none is left behind on a loop that ends."""
    answers = await asyncio.gather(*asked, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers  # type: ignore[return-value]  # no exception is among them


async def _search(gateway: Gateway, query: Query, speech: Dialect) -> list[Any]:
    columns = COLUMNS if speech.extracts else [*COLUMNS, "values"]
    wanted: dict[str, Any] = {"select": columns} if speech.selects else {}
    if speech.extracts:
        wanted["extract"] = EXTRACT
    if query.ids:
        wanted["ids"] = list(query.ids)
    if query.status:
        wanted["status"] = query.status
    return await read(
        gateway,
        "The list",
        lambda: gateway.sdk.threads.search(
            metadata=dict(query.metadata) or None,
            limit=PAGE + 1,
            offset=(query.page - 1) * PAGE,
            sort_by=query.sort,  # type: ignore[arg-type]  # checked against SORTS at the door
            sort_order="desc" if query.descending else "asc",
            **wanted,
        ),
    )


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4
