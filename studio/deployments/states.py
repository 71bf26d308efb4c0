"""States and history of a thread: reading them at any checkpoint, and writing a new checkpoint after one."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import quote

from studio.deployments.config import Deployment
from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError, not_found, translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import get_bytes, write
from studio.deployments.runs import require_rest
from studio.deployments.sending import check
from studio.deployments.wire import parse_history, parse_snapshot
from studio.deployments.withdrawn import without_withdrawn
from studio.history.model import Checkpoint, Json, Snapshot

T = TypeVar("T")
_Key = tuple[Deployment, str, str, str]
RECENT_BYTES = 12_000_000
"""Bytes of states that are kept after they were read."""
_keeping = Lock()  # loops of several threads come here
_recent: OrderedDict[_Key, Snapshot] = OrderedDict()
"""States by deployment, thread, namespace and checkpoint, the one read last at the end."""
LARGE = 1_000_000
"""Bytes from which on parsing would keep other requests waiting."""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of the spine, newest first. `size`: bytes that came over the wire; `last`: nothing older exists. A page
    shorter than asked for does not prove that, for some servers cap them; a root at its end does."""

    checkpoints: list[Checkpoint]
    size: int
    last: bool


async def current(gateway: Gateway, thread_id: str, namespace: str = "") -> Snapshot | None:
    """The newest state of a thread, or of one of its subgraphs by checkpoint namespace; None where nothing has happened
    yet. Questions that an edit inside of a subgraph has withdrawn are not open in it, whatever the deployment says."""
    snapshot = await _newest(gateway, thread_id, namespace)
    if snapshot is None:
        return None
    if not snapshot.done:  # else it has in it what these have written, and the checkpoint has not
        _remember((gateway.deployment, thread_id, namespace, snapshot.checkpoint.id), snapshot)
    return await without_withdrawn(snapshot, lambda inner: _newest(gateway, thread_id, inner))


async def _newest(gateway: Gateway, thread_id: str, namespace: str) -> Snapshot | None:
    """The newest state as the deployment tells it."""
    body = await _state(gateway, thread_id, None, namespace)
    with translated(gateway.deployment):
        return await _parsed(parse_snapshot, body)


async def at(gateway: Gateway, thread_id: str, checkpoint_id: str, namespace: str = "") -> Snapshot:
    """The state at one checkpoint. A deployment answers an unknown id with an empty state: that is not found here."""
    body = await _state(gateway, thread_id, checkpoint_id, namespace)
    with translated(gateway.deployment):
        snapshot = await _parsed(parse_snapshot, body)
    if snapshot is None or snapshot.checkpoint.id != checkpoint_id:  # "." for one is an address of the head
        raise not_found(f"Checkpoint {checkpoint_id}", "It may have been removed, by a rollback for instance.")
    _remember((gateway.deployment, thread_id, namespace, checkpoint_id), snapshot)
    return snapshot


async def values_at(gateway: Gateway, thread_id: str, checkpoint_id: str, namespace: str = "") -> Snapshot:
    """The same for what looks at values only, which never change: a state that was read lately is not read again. Its
    tasks may be out of date."""
    key = (gateway.deployment, thread_id, namespace, checkpoint_id)
    return _recent.get(key) or await at(gateway, thread_id, checkpoint_id, namespace)


def _remember(key: _Key, snapshot: Snapshot) -> None:
    if len(snapshot.raw) > RECENT_BYTES:
        return
    with _keeping:
        _recent[key] = snapshot
        _recent.move_to_end(key)
        while sum(len(kept.raw) for kept in _recent.values()) > RECENT_BYTES:
            _recent.popitem(last=False)


async def history(
    gateway: Gateway, thread_id: str, limit: int, before: str | None = None, namespace: str = ""
) -> HistoryPage:
    """One page of the spine from `before` (exclusive; default: from the newest) to older ones."""
    path = f"/threads/{quote(thread_id, safe='')}/history"
    if namespace:  # a GET cannot name one
        asked: dict[str, Any] = {"limit": limit, "checkpoint": {"checkpoint_ns": namespace}}
        js = before and (await dialect(gateway)).flavour == "js"
        asked |= {"before": before if js else {"configurable": {"checkpoint_id": before}}} if before else {}
        body = await get_bytes(gateway, f"Thread {thread_id}", path, body=asked)
    else:
        params: dict[str, str | int] = {"limit": limit} | ({"before": before} if before else {})
        body = await get_bytes(gateway, f"Thread {thread_id}", path, params)
    with translated(gateway.deployment):
        checkpoints, entries = await _parsed(parse_history, body)
    found = _in_order(checkpoints)
    rooted = entries < limit and bool(found) and found[-1].parent_id is None
    return HistoryPage(found, len(body), rooted or not entries)


async def count(gateway: Gateway, thread_id: str) -> int | None:
    """How many checkpoints a thread has, those of its subgraphs included; None where the deployment does not say."""
    try:
        if not (await dialect(gateway)).measures:
            return None
        body = await get_bytes(gateway, f"Thread {thread_id}", f"/threads/{quote(thread_id, safe='')}/storage")
        with translated(gateway.deployment):
            return int(json.loads(body)["checkpoints"]["count"])
    except DeploymentError as error:
        if error.lacking:
            (await dialect(gateway)).measures = False  # an older server, which does not know this address
        return None


async def _state(gateway: Gateway, thread_id: str, checkpoint_id: str | None, namespace: str) -> bytes:
    path = f"/threads/{quote(thread_id, safe='')}/state"
    if namespace:
        wanted = {"checkpoint_ns": namespace} | ({"checkpoint_id": checkpoint_id} if checkpoint_id else {})
        return await get_bytes(gateway, f"Thread {thread_id}", f"{path}/checkpoint", body={"checkpoint": wanted})
    place = f"/{quote(checkpoint_id, safe='')}" if checkpoint_id else ""
    return await get_bytes(gateway, f"Thread {thread_id}", path + place)


async def _parsed(parse: Callable[[bytes], T], body: bytes) -> T:
    """What is in a body; a large one is parsed beside the loop, which has others to serve."""
    return parse(body) if len(body) < LARGE else await asyncio.to_thread(parse, body)


def _in_order(checkpoints: list[Checkpoint]) -> list[Checkpoint]:
    """Each checkpoint once, newest first, whatever the server sent."""
    found = {checkpoint.id: checkpoint for checkpoint in reversed(checkpoints)}
    return [found[id] for id in sorted(found, reverse=True)]


async def update(
    gateway: Gateway,
    thread_id: str,
    values: dict[str, Json],
    checkpoint_id: str,
    as_node: str | None = None,
    namespace: str = "",
) -> str:
    """Write `values` through the channels' reducers after a checkpoint, of the thread or of a subgraph; the id of the
    checkpoint that this made."""
    check(values)
    await require_rest(gateway, thread_id)
    inner: Any = {"checkpoint_ns": namespace, "checkpoint_id": checkpoint_id}
    place: dict[str, Any] = {"checkpoint": inner} if namespace else {"checkpoint_id": checkpoint_id}
    answer: Any = await write(
        gateway,
        f"Thread {thread_id}",
        lambda: gateway.sdk.threads.update_state(thread_id, values, as_node=as_node, **place),
    )
    with translated(gateway.deployment):
        # The checkpoint is nested by some servers only; `configurable` by all.
        pointer = answer.get("checkpoint") or answer.get("configurable") or answer
        return str(pointer["checkpoint_id"])
