"""Threads on which something is tried out: made with a state, marked as what they are, and always removed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from studio.deployments import threads
from studio.deployments.errors import DeploymentError
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
    steps: Any = [{"updates": [{"values": dict(values), "as_node": as_node}]}]
    with trying():
        try:
            await write(
                gateway,
                "The thread",
                lambda: gateway.sdk.threads.create(
                    thread_id=thread_id, graph_id=graph_id, supersteps=steps, metadata=dict(MARK)
                ),
            )
            yield thread_id
        finally:
            await asyncio.shield(_remove(gateway, thread_id))


async def _remove(gateway: Gateway, thread_id: str) -> None:
    """Remove the thread. Where that cannot be done it stays behind with its mark: nothing depends on it."""
    for _ in range(REMOVALS):
        try:
            return await threads.delete(gateway, thread_id)
        except DeploymentError as error:
            if not (error.uncertain or error.kind == "busy"):
                return None  # it was never made, or nobody answers
    return None
