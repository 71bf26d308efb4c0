"""States and history of a thread: reading them at any checkpoint, and writing a new checkpoint after one."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from studio.deployments.errors import not_found, translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import get_bytes, write
from studio.deployments.sending import check
from studio.deployments.wire import parse_history, parse_snapshot
from studio.history.model import Checkpoint, Json, Snapshot


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of the spine, newest first. `size`: bytes that came over the wire; `last`: nothing older exists."""

    checkpoints: list[Checkpoint]
    size: int
    last: bool


async def current(gateway: Gateway, thread_id: str) -> Snapshot | None:
    """The newest state of a thread; None for a thread on which nothing has happened yet."""
    body = await get_bytes(gateway, f"Thread {thread_id}", f"/threads/{quote(thread_id, safe='')}/state")
    with translated(gateway.deployment):
        return parse_snapshot(body)


async def at(gateway: Gateway, thread_id: str, checkpoint_id: str) -> Snapshot:
    """The state at one checkpoint. A deployment answers an unknown id with an empty state: that is not found here."""
    path = f"/threads/{quote(thread_id, safe='')}/state/{quote(checkpoint_id, safe='')}"
    body = await get_bytes(gateway, f"Thread {thread_id}", path)
    with translated(gateway.deployment):
        snapshot = parse_snapshot(body)
    if snapshot is None:
        raise not_found(f"Checkpoint {checkpoint_id}", "It may have been removed, by a rollback for instance.")
    return snapshot


async def history(gateway: Gateway, thread_id: str, limit: int, before: str | None = None) -> HistoryPage:
    """One page of the spine from `before` (exclusive; default: from the newest) to older ones."""
    params: dict[str, str | int] = {"limit": limit} | ({"before": before} if before else {})
    path = f"/threads/{quote(thread_id, safe='')}/history"
    body = await get_bytes(gateway, f"Thread {thread_id}", path, params)
    with translated(gateway.deployment):
        checkpoints, entries = parse_history(body)
    return HistoryPage(checkpoints, len(body), entries < limit)


async def update(
    gateway: Gateway, thread_id: str, values: dict[str, Json], checkpoint_id: str, as_node: str | None = None
) -> str:
    """Write `values` through the channels' reducers after a checkpoint; the id of the checkpoint that this made."""
    check(values)
    answer: Any = await write(
        gateway,
        f"Thread {thread_id}",
        lambda: gateway.sdk.threads.update_state(thread_id, values, checkpoint_id=checkpoint_id, as_node=as_node),
    )
    with translated(gateway.deployment):
        # The checkpoint is nested by some servers only; `configurable` by all.
        pointer = answer.get("checkpoint") or answer.get("configurable") or answer
        return str(pointer["checkpoint_id"])
