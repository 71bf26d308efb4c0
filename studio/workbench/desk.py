"""What lies on the desk when a thread is opened: its tree, one selected state, its runs and assistants.

The reading way through the house: one round of parallel requests, a second one only where something new has to be
read. What is merely useful (runs, assistants) may fail without taking the page with it.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import TypeVar

from studio.deployments import assistants, runs, states, threads
from studio.deployments.assistants import Assistant
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.runs import Run
from studio.deployments.thread_rows import Thread
from studio.history.lanes import Drawing, draw
from studio.history.model import Snapshot
from studio.history.tree import Tree, grow
from studio.index import sync
from studio.index.storage import Known

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Desk:
    """One thread, opened. `selected` is the state on show, None on an empty thread; `following`: no checkpoint was
    asked for, so the page goes on with the head; `complete`: the whole tree is known."""

    gateway: Gateway
    thread: Thread
    drawing: Drawing
    selected: Snapshot | None
    following: bool
    complete: bool
    runs: tuple[Run, ...] = ()
    assistants: tuple[Assistant, ...] = ()
    problem: str = ""

    @property
    def tree(self) -> Tree:
        """The tree of the thread's checkpoints."""
        return self.drawing.tree

    @property
    def slug(self) -> str:
        """The deployment's name in addresses."""
        return self.gateway.deployment.slug

    @property
    def active_run(self) -> Run | None:
        """The run that works on the thread now; the oldest one when others wait behind it."""
        active = [run for run in self.runs if run.active]
        return active[-1] if active else None

    @property
    def at_head(self) -> bool:
        """Whether the newest checkpoint is on show, or followed while it moves."""
        head = self.tree.head
        return self.following or head is None or self.selected is None or head.id == self.selected.checkpoint.id


FIRST_SCREEN = 1_000_000
"""Bytes of history that are read before a page is shown; the rest is read while it is looked at."""


async def open_desk(
    gateway: Gateway, thread_id: str, checkpoint_id: str | None, most_bytes: int = FIRST_SCREEN
) -> Desk:
    """Everything that the thread page shows. Raises DeploymentError when the thread or checkpoint is not there."""
    thread, known, head, recent, listed = await asyncio.gather(
        threads.get(gateway, thread_id),
        sync.known(gateway, thread_id),
        states.current(gateway, thread_id),
        _or_none(runs.recent(gateway, thread_id)),
        _or_none(assistants.search(gateway)),
    )
    known = await refreshed(gateway, thread_id, known, head, most_bytes)
    selected = head
    if checkpoint_id and (head is None or checkpoint_id != head.checkpoint.id):
        selected = await states.at(gateway, thread_id, checkpoint_id)
    return Desk(
        gateway=gateway,
        thread=thread,
        drawing=_drawing(known, head, selected),
        selected=selected,
        following=checkpoint_id is None,
        complete=known.complete,
        runs=tuple(recent or ()),
        assistants=tuple(listed or ()),
        problem="" if recent is not None and listed is not None else "Runs or assistants could not be read.",
    )


async def refreshed(gateway: Gateway, thread_id: str, known: Known, head: Snapshot | None, most_bytes: int) -> Known:
    """The index, synced when the head has moved or something is unread; nothing is asked when it is up to date."""
    if head is None or (known.complete and known.newest == head.checkpoint.id):
        return known if head else Known(gaps=())
    return await sync.sync(gateway, thread_id, most_bytes=most_bytes)


def _drawing(known: Known, *fresh: Snapshot | None) -> Drawing:
    """The known tree as it is drawn; where the tasks of a checkpoint just read have changed since, it is drawn anew."""
    drawing = known.spine.drawing
    changed = []
    for snapshot in fresh:
        if snapshot is not None:
            older = drawing.tree.nodes.get(snapshot.checkpoint.id)
            now = replace(snapshot.checkpoint, messages_digest=older.messages_digest) if older else snapshot.checkpoint
            changed += [now] if now != older else []
    return draw(grow([*known.checkpoints, *changed])) if changed else drawing


async def _or_none(asked: Awaitable[T]) -> T | None:
    try:
        return await asked
    except DeploymentError:
        return None
