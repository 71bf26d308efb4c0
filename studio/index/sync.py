"""Bringing the index up to date: pages from newest to oldest, sized in bytes, until nothing unread is left.

The first pages of a reopened thread are small and grow, so that k new checkpoints cost bytes in proportion to k; no
page aims at more than 4 MB, because every entry repeats the whole state. A server that cannot page gives ever longer
lists from its newest checkpoint on, as far as that is bearable; what lies below is then known to be out of reach.
"""

import asyncio
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from asgiref.sync import sync_to_async

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.states import HistoryPage
from studio.history.model import Checkpoint
from studio.index import storage
from studio.index.storage import Key, Known

PAGE_BYTES = 4_000_000
LONGEST = 64_000_000
"""Bytes of the longest list that is asked for, from a server that cannot page."""
FIRST_PAGE = 5
"""Checkpoints of the first page: those of a turn of a conversation, and one that is known."""
LARGEST_PAGE = 1000
PAGES_AT_ONCE = 8
READ_AGAIN = 4
"""Checkpoints that were heads and are none any more, of which the tasks are read once more in one sync."""
NO_PAGING = ("invalid", "failed", "unsupported")
"""How servers refuse to begin anywhere but at the newest checkpoint."""
_locks: WeakValueDictionary[tuple[int, Key], asyncio.Lock] = WeakValueDictionary()


async def sync(
    gateway: Gateway,
    thread_id: str,
    namespace: str = "",
    pages: int = PAGES_AT_ONCE,
    most_bytes: int = PAGES_AT_ONCE * PAGE_BYTES,
    each: int = 0,
    counts: bool = True,
) -> Known:
    """Read what is new and up to `pages` pages of what is unread, at least one and no further one after `most_bytes`;
    the index after that. A thread that is gone is forgotten and raises not_found, as does every other failure of the
    deployment; pages already read are kept. `each`: bytes of one checkpoint, where that is known already;
    `counts`: the deployment is asked how many there are in all, which takes it a moment."""
    key = key_of(gateway, thread_id, namespace)
    lock = _locks.setdefault((id(asyncio.get_running_loop()), key), asyncio.Lock())
    async with lock:  # one at a time: whoever waits finds little left to read
        known = await sync_to_async(storage.begin)(key)
        walk = _Walk(gateway, key, known, max(each, known.page_bytes))
        try:
            await walk.read(pages, most_bytes)
            if counts:
                await walk.finish()
        except DeploymentError as error:
            if error.kind == "not_found":
                await sync_to_async(storage.forget)(key)
            raise
        return await sync_to_async(storage.load)(key)


async def attempt(
    gateway: Gateway, thread_id: str, namespace: str = "", **how: Any
) -> tuple[Known, DeploymentError | None]:
    """The same; where the deployment fails, what is known all the same, which may be nothing, and the failure. Raises
    not_found for a thread that is gone."""
    try:
        return await sync(gateway, thread_id, namespace, **how), None
    except DeploymentError as error:
        if error.kind == "not_found":
            raise
        return await known(gateway, thread_id, namespace), error


async def knowing(gateway: Gateway, thread_id: str, checkpoint_id: str, namespace: str = "") -> Known:
    """What the index holds, synced first when it is incomplete or does not hold this checkpoint."""
    held = await known(gateway, thread_id, namespace)
    if held.complete and checkpoint_id in held.spine.tree.nodes:
        return held
    return await sync(gateway, thread_id, namespace)


async def known(gateway: Gateway, thread_id: str, namespace: str = "") -> Known:
    """What the index holds, without asking the deployment."""
    return await sync_to_async(storage.load)(key_of(gateway, thread_id, namespace))


async def verify(gateway: Gateway, thread_id: str) -> bool:
    """Whether the deployment still counts as many checkpoints as it should. When there are fewer some were removed,
    below the newest ones that every sync reads: all are read again then. While there are new ones nobody can tell."""
    key = key_of(gateway, thread_id)
    held = await sync_to_async(storage.load)(key)
    counted = await states.count(gateway, thread_id) if held.complete else None
    if counted is None:
        return True
    known = len(held.checkpoints)
    if counted < (known if held.counted is None else held.counted + known - held.counted_with):
        await sync_to_async(storage.doubt)(key)
        return False
    newest = await states.history(gateway, thread_id, 1)
    if newest.checkpoints and newest.checkpoints[0].id == held.newest:
        await sync_to_async(storage.count)(key, counted, known)
    return True


def key_of(gateway: Gateway, thread_id: str, namespace: str = "") -> Key:
    """What a history is filed under."""
    return Key(gateway.deployment.slug, thread_id, namespace)


@dataclass(slots=True)
class _Walk:
    """One sync of one history under way: `known` is what there was when it began, `each` the bytes of a checkpoint."""

    gateway: Gateway
    key: Key
    known: Known
    each: int
    limit: int = FIRST_PAGE
    from_the_top: bool = False

    async def read(self, pages: int, most_bytes: int) -> None:
        """Read page after page. What is known and read once more does not count as bytes read: it would leave nothing
        for what is older."""
        gaps, read = self.known.gaps, 0
        nodes = self.known.spine.tree.nodes
        news: list[Checkpoint] = []
        for number in range(pages):
            out_of_reach = self.known.barred and gaps and gaps[0][0] is not None and gaps[0][1] is None
            if not gaps or out_of_reach or (number and read >= most_bytes):
                break
            before = None if self.from_the_top else gaps[0][0]
            page = await self._page(before)
            if page is None or not self._goes_on(page, before):
                self.from_the_top = True
                self.limit = min(max(self.limit, len(self.known.checkpoints)) * 4, LARGEST_PAGE)
                continue
            if self.from_the_top and not page.last and page.checkpoints[-1].id == gaps[0][0]:
                await sync_to_async(storage.bar)(self.key)  # no longer than the list before it
                break
            again = all(checkpoint.id in nodes for checkpoint in page.checkpoints)
            gaps = await sync_to_async(storage.store)(
                self.key, before, page.checkpoints, size=page.size, last=page.last, opened=self.known.opened
            )
            news += page.checkpoints
            read += 0 if again else page.size
            self.each = page.size // max(len(page.checkpoints), 1)
            self.limit = min(self.limit * 4, LARGEST_PAGE)
        await self._settle(news)

    async def finish(self) -> None:
        """While something is unread, know how much there is in all."""
        if self.key.namespace or self.known.counted is not None:
            return
        now = await sync_to_async(storage.load)(self.key)
        if not now.complete:
            counted = await states.count(self.gateway, self.key.thread_id)
            if counted is not None:
                await sync_to_async(storage.count)(self.key, counted, counted)

    async def _page(self, before: str | None) -> HistoryPage | None:
        """The next page; None when the server refuses to begin at `before`."""
        fitting = LONGEST if self.from_the_top else PAGE_BYTES
        limit = max(1, min(self.limit, fitting // self.each if self.each else self.limit))
        try:
            return await states.history(self.gateway, self.key.thread_id, limit, before, self.key.namespace)
        except DeploymentError as error:
            if before is None or error.kind not in NO_PAGING:
                raise
            return None

    def _goes_on(self, page: HistoryPage, before: str | None) -> bool:
        """Whether a page begins below `before`: some servers ignore it."""
        return before is None or not page.checkpoints or page.checkpoints[-1].id < before

    async def _settle(self, news: list[Checkpoint]) -> None:
        """The tasks of a head may change until it has a child; those that have one now are read a last time."""
        read = {checkpoint.id for checkpoint in news}
        tree = self.known.spine.tree
        grown = {c.parent_id for c in news if c.parent_id in tree.nodes and c.parent_id not in tree.children} - read
        for id in sorted(filter(None, grown), reverse=True)[:READ_AGAIN]:
            try:
                snapshot = await states.at(self.gateway, self.key.thread_id, id, self.key.namespace)
            except DeploymentError:
                continue  # it stays as it was known; whoever opens it reads it anyway
            await sync_to_async(storage.amend)(self.key, [snapshot.checkpoint])
