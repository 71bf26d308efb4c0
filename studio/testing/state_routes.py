"""States and history: read at any checkpoint, written after one."""

from typing import Any
from uuid import UUID

from studio.testing.deployment import FakeDeployment
from studio.testing.exchange import Refused, Seen
from studio.testing.model import FakeThread
from studio.testing.routing import route
from studio.testing.rows import state_row


@route("GET", "/threads/{thread}/state")
def current(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """The newest state."""
    found = fake.thread(thread)
    return state_row(found, found.find(None))


@route("GET", "/threads/{thread}/state/{checkpoint}")
def at(fake: FakeDeployment, seen: Seen, thread: str, checkpoint: str) -> Any:
    """The state at a checkpoint."""
    found = fake.thread(thread)
    return state_row(found, found.find(checkpoint), checkpoint)


@route("GET", "/threads/{thread}/history")
def history(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """The newest states, or those before an id."""
    return _page(fake, fake.thread(thread), int(seen.query.get("limit", 1)), seen.query.get("before", ""))


@route("POST", "/threads/{thread}/history")
def history_within(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """The same of a subgraph, which is named by its namespace. The JS server takes a bare id as `before`."""
    before = seen.json.get("before") or ""
    if isinstance(before, dict):
        before = before["configurable"]["checkpoint_id"]
    found = fake.thread(thread).within((seen.json.get("checkpoint") or {}).get("checkpoint_ns", ""))
    return _page(fake, found, seen.json.get("limit", 1), before)


@route("POST", "/threads/{thread}/state/checkpoint")
def within(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """The state of a subgraph: the newest one, or that at a checkpoint. The server fails over a node it never had."""
    asked = seen.json["checkpoint"]
    namespace, named = asked.get("checkpoint_ns", ""), asked.get("checkpoint_id")
    found = fake.thread(thread).within(namespace)
    if namespace and not found.checkpoints and namespace.partition(":")[0] not in fake.engine(found).graph.nodes:
        raise Refused(500, "Internal Server Error")
    return state_row(found, found.find(named), named)


@route("POST", "/threads/{thread}/state")
def update(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """A checkpoint more, of the thread or of a subgraph, with what is written going through the reducers."""
    found, asked = fake.thread(thread), seen.json
    if found.active:
        raise Refused(409, f"Thread {found.id} has in-flight runs: {[run.asked for run in found.active]}")
    place = asked.get("checkpoint") or {}
    named, inner = (
        asked.get("checkpoint_id") or place.get("checkpoint_id"),
        found.within(place.get("checkpoint_ns", "")),
    )
    made = fake.write(inner, inner.find(named), asked.get("values") or {}, asked.get("as_node"))
    found.error, found.updated_at, found.untouched_copy = None, made.created_at, False
    pointer = {"thread_id": found.id, "checkpoint_ns": inner.namespace, "checkpoint_id": made.id}
    return {"checkpoint": pointer, "configurable": pointer, "checkpoint_id": made.id}


def _page(fake: FakeDeployment, thread: FakeThread, limit: int, before: str) -> list[dict[str, Any]]:
    """Entries of a history; a `before` that is no id is ignored."""
    habits = fake.habits
    if before and habits.before == "refused":
        raise Refused(500, "Internal Server Error")
    if habits.before == "ignored" or not _is_uuid(before):
        before = ""
    newest = [c for c in reversed(thread.checkpoints) if not before or c.id < before]
    told = [c for c in newest for _ in range(1 + habits.stutters)]
    return [state_row(thread, checkpoint) for checkpoint in told[: min(limit, habits.largest_page or limit)]]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
