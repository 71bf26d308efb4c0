"""What lies on the desk when a thread is opened: its tree, one selected state, its runs and assistants.

The reading way through the house: a small request tells whether the thread was touched since it was read last, and only
then its state and runs are read, in parallel. What is merely useful (runs, assistants, older history) may fail without
taking the page with it.
"""

import asyncio
from dataclasses import dataclass, replace

from asgiref.sync import sync_to_async

from studio.deployments import assistants, runs, states, threads
from studio.deployments.assistants import Assistant
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.requests import unless_refused
from studio.deployments.run_rows import Run
from studio.deployments.thread_rows import Thread
from studio.deployments.wire import marked
from studio.history.model import Checkpoint, Snapshot
from studio.history.spine import Spine
from studio.history.tree import Tree
from studio.index import storage, sync
from studio.index.storage import Known
from studio.workbench.heads import recall, remember


@dataclass(frozen=True, slots=True)
class Desk:
    """One history, opened: a thread's, or with a `namespace` that of one of its subgraphs. `selected` is the state on
    show, None where nothing has happened; `following`: no checkpoint was asked for, so the page goes on with the head;
    `known`: how much of the tree has been read; `unread`: why it could not be read further just now."""

    gateway: Gateway
    thread: Thread
    spine: Spine
    selected: Snapshot | None
    following: bool
    known: Known
    namespace: str = ""
    runs: tuple[Run, ...] = ()
    assistants: tuple[Assistant, ...] = ()
    problem: str = ""
    unread: str = ""

    @property
    def tree(self) -> Tree:
        """The tree of the checkpoints."""
        return self.spine.tree

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
    def waiting(self) -> tuple[Run, ...]:
        """The runs that wait behind the active one, the next one first."""
        return tuple(run for run in reversed(self.runs) if run.active)[1:]

    @property
    def at_head(self) -> bool:
        """Whether the newest checkpoint is on show, or followed while it moves."""
        head = self.tree.head
        return self.following or head is None or self.selected is None or head.id == self.selected.checkpoint.id


MOST_TRIED = 5
"""States that are asked for, one above the other, where the newest one cannot be read."""
BESIDE = "This is the newest one that can. Edit it, or rerun from here, to go on beside what cannot be read."
FIRST_SCREEN = 1_000_000
"""Bytes of history that are read before a page is shown; the rest is read while it is looked at."""


async def open_desk(
    gateway: Gateway,
    thread_id: str,
    checkpoint_id: str | None,
    namespace: str = "",
    most_bytes: int = FIRST_SCREEN,
    whole: bool = True,
) -> Desk:
    """Everything that the thread page shows; without the assistants when not the `whole` page is asked for. Raises
    DeploymentError when the thread or checkpoint is not there."""
    thread, known, listed = await asyncio.gather(
        threads.get(gateway, thread_id),
        sync.known(gateway, thread_id, namespace),
        unless_refused(assistants.search(gateway) if whole else _nothing()),
    )
    try:
        head, recent = await _head(gateway, thread, namespace)
    except DeploymentError as error:
        if error.kind != "failed" or not known.checkpoints:
            raise
        return await _without_head(
            Desk(gateway, thread, known.spine, None, False, known, namespace), checkpoint_id, error
        )
    known, unread = await _refreshed(gateway, thread_id, namespace, known, head, most_bytes)
    selected = head
    if checkpoint_id and (head is None or checkpoint_id != head.checkpoint.id):
        selected = await _at(gateway, thread_id, checkpoint_id, namespace, known)
    return Desk(
        gateway=gateway,
        thread=thread,
        spine=await _with_fresh(sync.key_of(gateway, thread_id, namespace), known, head, selected),
        selected=selected,
        following=checkpoint_id is None,
        known=known,
        namespace=namespace,
        runs=recent or (),
        assistants=tuple(listed or ()),
        problem="" if recent is not None and listed is not None else "Runs or assistants could not be read.",
        unread=unread,
    )


async def _head(gateway: Gateway, thread: Thread, namespace: str) -> tuple[Snapshot | None, tuple[Run, ...] | None]:
    """The newest state and the newest runs, None for runs that could not be had; neither is asked for again when the
    thread has not been touched since."""
    kept = recall(gateway, thread, namespace)
    if kept:
        return kept.snapshot, kept.runs
    head, recent = await asyncio.gather(
        states.current(gateway, thread.id, namespace), unless_refused(runs.recent(gateway, thread.id))
    )
    if recent is None:
        return head, None
    await remember(gateway, thread, namespace, head, tuple(recent))
    return head, tuple(recent)


async def _without_head(desk: Desk, checkpoint_id: str | None, error: DeploymentError) -> Desk:
    """What is known of a thread of which the deployment cannot read the newest state any more, a value being of a type
    that its channel does not take: the state at the checkpoint, or else the newest one that can be read."""
    path = [checkpoint_id] if checkpoint_id else [c.id for c in desk.tree.path(desk.known.newest or "")[::-1]]
    recent = await unless_refused(runs.recent(desk.gateway, desk.thread.id))
    for id in path[:MOST_TRIED]:
        selected = await unless_refused(states.at(desk.gateway, desk.thread.id, id, desk.namespace))
        if selected:
            problem = f"The newest state cannot be read: {error.title} {BESIDE}"
            return replace(desk, selected=selected, runs=tuple(recent or ()), problem=problem)
    raise error


async def _refreshed(
    gateway: Gateway, thread_id: str, namespace: str, known: Known, head: Snapshot | None, most_bytes: int
) -> tuple[Known, str]:
    """The index, synced when the head has moved or something is unread, and why that failed, or "". Nothing is asked
    when it is up to date, or when nothing older shall be read (no `most_bytes`)."""
    if head is None:
        return Known(gaps=()), ""
    enough = known.complete or known.barred or not most_bytes
    if enough and known.newest == head.checkpoint.id:
        return known, ""
    counts = most_bytes > FIRST_SCREEN  # the first screen does not wait for that
    how = {"most_bytes": most_bytes, "each": len(head.raw), "counts": counts}
    known, failed = await sync.attempt(gateway, thread_id, namespace, **how)
    return known, failed.title if failed else ""


async def _at(gateway: Gateway, thread_id: str, checkpoint_id: str, namespace: str, known: Known) -> Snapshot:
    """The state at a checkpoint. When it was known and is gone, others may be gone too: the index is read anew."""
    try:
        return await states.at(gateway, thread_id, checkpoint_id, namespace)
    except DeploymentError as error:
        if error.kind == "not_found" and checkpoint_id in known.spine.tree.nodes:
            await sync_to_async(storage.doubt)(sync.key_of(gateway, thread_id, namespace))
        raise


async def _with_fresh(key: storage.Key, known: Known, head: Snapshot | None, selected: Snapshot | None) -> Spine:
    """The known spine with what was just read of the tasks of some checkpoints; the index remembers it too. Of a head
    that has been left meanwhile the tasks were read while they worked, and the index knows better."""
    spine, changed = known.spine, []
    left = head is not None and head.checkpoint.id in spine.tree.children
    for snapshot in (None if left else head, None if selected is head else selected):
        if snapshot is None:
            continue
        older = spine.tree.nodes.get(snapshot.checkpoint.id)
        now = _now(older, snapshot.checkpoint) if older else marked(snapshot)
        if now != older:
            spine = spine.with_news([now])
            changed += [now] if older else []
    if changed:
        await sync_to_async(storage.amend)(key, changed)
    return spine


def _now(known: Checkpoint, fresh: Checkpoint) -> Checkpoint:
    """A known checkpoint with the facts that may change as long as it has no child."""
    return replace(known, next=fresh.next, interrupted=fresh.interrupted, error=fresh.error)


async def _nothing() -> list[Assistant]:
    return []
