"""Threads that wait for a person: which they are, how many, and letting one go without an answer."""

from dataclasses import dataclass
from typing import Any

from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError, translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read, write
from studio.deployments.thread_rows import questions

MOST = 1000
"""Threads that are asked for at once, as many as servers give out."""
ROUNDS = 5
"""How often is asked at most: those that ask a person are told from the others among the newest `MOST * ROUNDS`."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The interrupted threads by id, the newest first: those `asking` a person, and those that merely `stopped`.
    `others`: how many more there are of which that is not known, None where there may be any number."""

    asking: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    others: int | None = 0

    @property
    def surveyed(self) -> tuple[str, ...]:
        """All of which it is known whether they ask; those that do come first."""
        return self.asking + self.stopped

    @property
    def interrupted(self) -> int | None:
        """How many threads are interrupted, where that is known."""
        return None if self.others is None else len(self.surveyed) + self.others

    @property
    def count(self) -> int:
        """How many wait for a person. Where the deployment tells of none whether they do, all may."""
        return len(self.asking) if self.surveyed else self.others or 0

    @property
    def open_ended(self) -> bool:
        """Whether there may be more of them than the count says."""
        return bool(self.surveyed) and self.others != 0


async def survey(gateway: Gateway) -> Waiting | None:
    """Which threads wait, as of now; None where the deployment neither tells nor counts. Raises DeploymentError."""
    speech = await dialect(gateway)
    asks: dict[str, bool] = {}
    try:
        for number in range(ROUNDS if speech.selects else 0):
            rows = await _page(gateway, number * MOST)
            asks |= rows
            if len(rows) < MOST:
                return _told(asks)
    except DeploymentError as error:
        if error.kind != "invalid":  # an older server, which gives out whole threads or none
            raise
    total = await _count(gateway)
    if total is None:
        return _told(asks, None) if asks else None
    return _told(asks, max(0, total - len(asks)))


def _told(asks: dict[str, bool], others: int | None = 0) -> Waiting:
    return Waiting(tuple(id for id in asks if asks[id]), tuple(id for id in asks if not asks[id]), others)


async def _page(gateway: Gateway, offset: int) -> dict[str, bool]:
    """Interrupted threads, the newest first: whether somebody is asked there, as far as the deployment tells."""
    select: Any = ["thread_id", "interrupts"]
    rows: list[Any] = await read(
        gateway,
        "The list",
        lambda: gateway.sdk.threads.search(
            status="interrupted", select=select, limit=MOST, offset=offset, sort_by="updated_at", sort_order="desc"
        ),
    )
    with translated(gateway.deployment):
        return {row["thread_id"]: questions(row) != [] for row in rows}


async def _count(gateway: Gateway) -> int | None:
    """How many threads are interrupted; None where the deployment cannot count."""
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
    return told if isinstance(told, int) and not isinstance(told, bool) else None


async def end(gateway: Gateway, thread_id: str) -> None:
    """Let nothing follow the newest checkpoint of a thread: its tasks are dropped, and so are their questions.

    A `goto` to the end does not do that: the node that asked is still to run, and asks again. Nor does an update with
    values, however empty, or one at a named checkpoint.
    """
    # Aegra takes an update without values for a question, and one with an empty list of them for an update without any.
    nothing: list[dict[str, Any]] | None = [] if (await dialect(gateway)).flavour == "aegra" else None
    await write(
        gateway,
        f"Thread {thread_id}",
        lambda: gateway.sdk.threads.update_state(thread_id, nothing, as_node="__end__"),
    )
