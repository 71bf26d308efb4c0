"""Threads on which something is tried out: made with a state or copied, marked as what they are, always removed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from studio.deployments import threads
from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError, translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import write
from studio.deployments.sent import trying
from studio.history.model import Json

MARK = {"studio": "preview"}
"""Their metadata, by which one that stayed behind is known."""
REMOVALS = 3
"""How often a removal is tried; after a failure of the server its connection may be broken too."""


@asynccontextmanager
async def thread_at(gateway: Gateway, graph_id: str, values: Mapping[str, Json], as_node: str) -> AsyncIterator[str]:
    """The id of a thread that stands where `values` are what the node has written, for a block. Raises DeploymentError,
    also where the server cannot make one. Its id is ours, because servers keep a thread of which the making failed."""
    thread_id = str(uuid4())
    make = _build if (await dialect(gateway)).builds else _write
    with trying():
        try:
            await make(gateway, thread_id, graph_id, values, as_node)
            yield thread_id
        finally:
            await asyncio.shield(_remove(gateway, thread_id))


async def _build(gateway: Gateway, thread_id: str, graph_id: str, values: Mapping[str, Json], as_node: str) -> None:
    """Make the thread with its state in it."""
    steps: Any = [{"updates": [{"values": dict(values), "as_node": as_node}]}]
    await write(
        gateway,
        "The thread",
        lambda: gateway.sdk.threads.create(
            thread_id=thread_id, graph_id=graph_id, supersteps=steps, metadata=dict(MARK)
        ),
    )


async def _write(gateway: Gateway, thread_id: str, graph_id: str, values: Mapping[str, Json], as_node: str) -> None:
    """The same in steps, where super-steps are ignored: a thread, its graph, then its state."""
    create, update = gateway.sdk.threads.create, gateway.sdk.threads.update_state
    await write(gateway, "The thread", lambda: create(thread_id=thread_id, metadata=dict(MARK)))
    await threads.name_graph(gateway, thread_id, graph_id)
    await write(gateway, "The thread", lambda: update(thread_id, dict(values), as_node=as_node))


@asynccontextmanager
async def copy_of(gateway: Gateway, thread_id: str) -> AsyncIterator[str]:
    """The id of a copy of a thread with all that it has, its subgraphs too, for a block. Raises DeploymentError, also
    where the server cannot make one. The server chooses its id: a copy of which the answer is lost stays behind."""
    with trying():
        row: Any = await write(gateway, f"Thread {thread_id}", lambda: gateway.sdk.threads.copy(thread_id))
        with translated(gateway.deployment):
            copied = str(row["thread_id"])
        try:
            await write(gateway, "The copy", lambda: gateway.sdk.threads.update(copied, metadata=dict(MARK)))
            yield copied
        finally:
            await asyncio.shield(_remove(gateway, copied))


async def _remove(gateway: Gateway, thread_id: str) -> None:
    """Remove the thread. Where that cannot be done it stays behind with its mark: nothing depends on it."""
    for _ in range(REMOVALS):
        try:
            return await threads.delete(gateway, thread_id)
        except DeploymentError as error:
            if not (error.uncertain or error.kind == "busy"):
                return None  # it was never made, or nobody answers
    return None
