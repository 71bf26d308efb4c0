"""Threads that wait for a person: how many there are, and letting one go without an answer."""

from typing import Any

from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read, write


async def count(gateway: Gateway) -> int | None:
    """How many threads are interrupted; None where the deployment cannot count. Raises DeploymentError."""
    speech = await dialect(gateway)
    if not speech.counts:
        return None
    try:
        told: Any = await read(gateway, "The count", lambda: gateway.sdk.threads.count(status="interrupted"))
    except DeploymentError as error:
        if error.kind not in ("unsupported", "not_found"):
            raise
        speech.counts = False
        return None
    return told if isinstance(told, int) and not isinstance(told, bool) else None


async def end(gateway: Gateway, thread_id: str) -> None:
    """Let nothing follow the newest checkpoint of a thread: its tasks are dropped, and so are their questions.

    A `goto` to the end does not do that: the node that asked is still to run, and asks again. Nor does an update with
    values, however empty, or one at a named checkpoint.
    """
    await write(
        gateway,
        f"Thread {thread_id}",
        lambda: gateway.sdk.threads.update_state(thread_id, None, as_node="__end__"),
    )
