"""Threads: made, searched, counted, copied, renamed, deleted."""

import copy as copying
from typing import Any
from uuid import UUID

from studio.testing.deployment import FakeDeployment
from studio.testing.exchange import Answer, Refused, Seen
from studio.testing.model import FakeThread
from studio.testing.routing import route
from studio.testing.rows import extracted, thread_row

SORTS = ("thread_id", "status", "created_at", "updated_at", "state_updated_at")
STATUSES = ("idle", "busy", "interrupted", "error")


@route("POST", "/threads")
def create(fake: FakeDeployment, seen: Seen) -> Any:
    """A thread, empty or after super-steps that are written into it. One of which the making failed is there too."""
    asked = seen.json
    made = fake.new_thread(asked.get("metadata") or {}, asked.get("thread_id"))
    for step in asked.get("supersteps") or [] if fake.habits.builds else []:
        for update in step["updates"]:
            fake.write(made, made.find(None), update["values"], update["as_node"])
    return thread_row(made)


@route("GET", "/threads/{thread}")
def get(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """One thread."""
    return thread_row(fake.thread(thread))


@route("PATCH", "/threads/{thread}")
def update(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """New metadata beside the old."""
    found = fake.thread(thread)
    found.metadata |= seen.json.get("metadata") or {}
    found.updated_at = fake.clock.now()
    return thread_row(found)


@route("DELETE", "/threads/{thread}")
def delete(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """A thread with everything in it."""
    del fake.threads[fake.thread(thread).id]
    return Answer(204)


@route("GET", "/threads/{thread}/storage")
def storage(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """How much a thread stores."""
    if not fake.habits.measures:
        raise Refused(404, "Not Found")
    count = fake.thread(thread).stored
    return {"thread_id": thread, "total_bytes": 100 * count, "checkpoints": {"count": count, "bytes": 100 * count}}


@route("POST", "/threads/{thread}/copy")
def copy(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """A copy whose checkpoints keep their ids. The official server calls an unknown thread a conflict."""
    if not fake.habits.copies:
        raise Refused(404, "Not Found")
    if thread not in fake.threads:
        raise Refused(409, "Conflict")
    original = fake.threads[thread]
    made = fake.new_thread(dict(original.metadata))
    made.untouched_copy, made.checkpoints = True, copying.deepcopy(original.checkpoints)
    made.subgraphs = copying.deepcopy(original.subgraphs)
    for inner in made.subgraphs.values():
        inner.id, inner.subgraphs = made.id, made.subgraphs
    return thread_row(made)


@route("POST", "/threads/count")
def count(fake: FakeDeployment, seen: Seen) -> Any:
    """How many threads match."""
    if not fake.habits.counts:
        raise Refused(405, "Method Not Allowed")
    return len(_matching(fake, seen.json))


@route("POST", "/threads/search")
def search(fake: FakeDeployment, seen: Seen) -> Any:
    """A page of threads."""
    asked = seen.json
    habits = fake.habits
    for option in ("select", "extract"):
        if option in asked and getattr(habits, option) == "refused":
            raise Refused(422, f"Additional properties are not allowed ('{option}' was unexpected)")
    if asked.get("sort_by", "created_at") not in SORTS:
        raise Refused(422, f'"{asked["sort_by"]}" is not one of "thread_id", "status" or 3 other candidates')
    rows = [thread_row(thread) for thread in _matching(fake, asked)]
    descending = asked.get("sort_order", "desc") != "asc"
    rows.sort(key=lambda row: (row[asked.get("sort_by", "created_at")], row["thread_id"]), reverse=descending)
    offset = asked.get("offset") or 0
    return [_chosen(fake, row, asked) for row in rows[offset : offset + _limit(asked)]]


def _matching(fake: FakeDeployment, asked: dict[str, Any]) -> list[FakeThread]:
    """Threads that pass the filters; an empty list of ids is no filter."""
    ids, status = asked.get("ids") or [], asked.get("status")
    if fake.habits.ids == "ignored":
        ids = []
    for id in ids:
        _require_uuid(id)
    if status and status not in STATUSES:
        raise Refused(422, f'"{status}" is not one of "idle", "busy" or 2 other candidates')
    wanted = (asked.get("metadata") or {}).items()
    return [
        thread
        for thread in fake.threads.values()
        if (not ids or thread.id in ids)
        and (not status or thread.status == status)
        and all(key in thread.metadata and thread.metadata[key] == value for key, value in wanted)
    ]


def _chosen(fake: FakeDeployment, row: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The columns asked for, and what was to be extracted."""
    found = {name: extracted(row, path) for name, path in (asked.get("extract") or {}).items()}
    if asked.get("select") and fake.habits.select == "honoured":
        row = {key: row[key] for key in asked["select"]}
    return row | ({"extracted": found} if found and fake.habits.extract == "honoured" else {})


def _limit(asked: dict[str, Any]) -> int:
    limit = asked.get("limit", 10)
    if not 1 <= limit <= 1000:
        raise Refused(422, f"{limit} is greater than the maximum of 1000")
    return int(limit)


def _require_uuid(id: str) -> None:
    try:
        UUID(id)
    except ValueError:
        raise Refused(400, f"Invalid thread ID {id}") from None
