"""Questions that nobody waits for any more: those of a subgraph of which the state was edited after it had asked.

The checkpoint above goes on listing them until the thread has run again. An answer to one of them is
ignored without a word: the subgraph goes on from the edited state and asks anew, under another id.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from studio.deployments.requests import unless_refused
from studio.history.model import Snapshot, Task

DEEPEST = 10
"""Levels of subgraphs that are looked into."""
MOST = 40
"""Subgraphs of a super-step that are looked into."""
Read = Callable[[str], Awaitable[Snapshot | None]]
"""Reads the newest state of a checkpoint namespace."""


async def without_withdrawn(snapshot: Snapshot, read: Read) -> Snapshot:
    """The snapshot of a head with the questions that are still waited for; the others are told apart as `withdrawn`.
    Where a subgraph cannot be read its questions count as open."""
    asking = [task for task in snapshot.waiting if task.namespace][:MOST]
    if not asking:
        return snapshot
    found = await asyncio.gather(*(_withdrawn(task, read) for task in asking))
    gone = {task.id: ids for task, ids in zip(asking, found, strict=True)}
    return replace(snapshot, tasks=tuple(_without(task, gone.get(task.id, set())) for task in snapshot.tasks))


async def _withdrawn(task: Task, read: Read, depth: int = 1) -> set[str]:
    """The ids of the questions of a task that the graph inside of it does not ask any more."""
    inside = await unless_refused(read(task.namespace or ""))
    if inside is None or depth > DEEPEST:
        return set()
    gone: set[str] = set()
    if inside.checkpoint.source == "update":
        gone = _ids(task) - {id for part in inside.tasks for id in _ids(part)}
    for part in inside.tasks:
        if part.namespace and _ids(part) & _ids(task):
            gone |= await _withdrawn(part, read, depth + 1)
    return gone


def _ids(task: Task) -> set[str]:
    return {interrupt.id for interrupt in task.interrupts if interrupt.id}


def _without(task: Task, gone: set[str]) -> Task:
    if not gone:
        return task
    still = tuple(interrupt for interrupt in task.interrupts if interrupt.id not in gone)
    old = tuple(interrupt for interrupt in task.interrupts if interrupt.id in gone)
    return replace(task, interrupts=still, withdrawn=old)
