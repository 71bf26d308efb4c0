"""Threads that wait for a person: how many there are, and letting one go without an answer."""

from dataclasses import dataclass
from typing import Any

from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError, translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read, unless_refused, write
from studio.deployments.thread_rows import questions

SURVEYED = 100
"""Interrupted threads up to which those without a question are told apart in the count."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many threads are interrupted, and how many of these merely `stopped`, as far as the deployment tells: nobody
    is asked anything there."""

    interrupted: int
    stopped: int = 0

    @property
    def asking(self) -> int:
        """How many wait for a person."""
        return self.interrupted - self.stopped


async def count(gateway: Gateway) -> Waiting | None:
    """How many threads wait; None where the deployment cannot count. Raises DeploymentError."""
    speech = await dialect(gateway)
    if not speech.counts:
        return None
    try:
        told: Any = await read(gateway, "The count", lambda: gateway.sdk.threads.count(status="interrupted"))
    except DeploymentError as error:
        if not error.lacking:
            raise
        speech.counts = False
        return None
    if not isinstance(told, int) or isinstance(told, bool):
        return None
    stopped = await unless_refused(_stopped(gateway)) if speech.selects and 0 < told <= SURVEYED else 0
    return Waiting(told, min(stopped or 0, told))


async def _stopped(gateway: Gateway) -> int:
    """How many interrupted threads have no question. Raises DeploymentError."""
    select: Any = ["thread_id", "interrupts"]
    rows: list[Any] = await read(
        gateway,
        "The list",
        lambda: gateway.sdk.threads.search(status="interrupted", select=select, limit=SURVEYED),
    )
    with translated(gateway.deployment):
        return sum(questions(row) == [] for row in rows)


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
