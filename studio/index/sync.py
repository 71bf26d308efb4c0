"""Bringing the index up to date: pages from newest to oldest, sized in bytes, until nothing unread is left.

The first pages of a reopened thread are small and double, so that k new checkpoints cost bytes in proportion to k;
no page aims at more than 4 MB, because every entry repeats the whole state.
"""

import asyncio
from weakref import WeakValueDictionary

from asgiref.sync import sync_to_async

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.index import storage
from studio.index.storage import Known

PAGE_BYTES = 4_000_000
FIRST_PAGE = 4
LARGEST_PAGE = 1000
PAGES_AT_ONCE = 8
_locks: WeakValueDictionary[tuple[int, str, str], asyncio.Lock] = WeakValueDictionary()


async def sync(
    gateway: Gateway, thread_id: str, pages: int = PAGES_AT_ONCE, most_bytes: int = PAGES_AT_ONCE * PAGE_BYTES
) -> Known:
    """Read what is new and up to `pages` pages of what is unread, and no further page after `most_bytes`; the index
    after that. A thread that is gone is forgotten and raises not_found, as does every other failure of the deployment;
    pages already read are kept."""
    key = (id(asyncio.get_running_loop()), gateway.deployment.slug, thread_id)
    lock = _locks.setdefault(key, asyncio.Lock())
    async with lock:  # one at a time: whoever waits finds little left to read
        return await _sync(gateway, thread_id, pages, most_bytes)


async def _sync(gateway: Gateway, thread_id: str, pages: int, most_bytes: int) -> Known:
    slug = gateway.deployment.slug
    known = await sync_to_async(storage.begin)(slug, thread_id)
    gaps, each, limit, from_the_top, read = known.gaps, known.page_bytes, FIRST_PAGE, False, 0
    try:
        for _ in range(pages):
            if not gaps or read >= most_bytes:
                break
            before = None if from_the_top else gaps[0][0]
            asked = _fitting(limit, each)
            page = await states.history(gateway, thread_id, asked, before)
            seen = page.checkpoints[-1].id if page.checkpoints else None
            if from_the_top and not page.last and seen == gaps[0][0]:
                break  # it is not longer than the one before: what is known stays, and the gap says so
            if seen is not None and before is not None and seen >= before:
                from_the_top = True  # this server ignores `before`: ever longer pages from the newest on
                limit = min(max(limit, len(known.checkpoints)) * 4, LARGEST_PAGE)
                continue
            gaps = await sync_to_async(storage.store)(
                slug, thread_id, before, page.checkpoints, size=page.size, last=page.last, opened=known.opened
            )
            read += page.size
            each = page.size // max(len(page.checkpoints), 1)
            limit = min(limit * 4, LARGEST_PAGE)
    except DeploymentError as error:
        if error.kind == "not_found":
            await sync_to_async(storage.forget)(slug, thread_id)
        raise
    return await sync_to_async(storage.load)(slug, thread_id)


async def knowing(gateway: Gateway, thread_id: str, checkpoint_id: str) -> Known:
    """What the index holds, synced first when it is incomplete or does not hold this checkpoint."""
    held = await known(gateway, thread_id)
    if held.complete and checkpoint_id in held.spine.drawing.tree.nodes:
        return held
    return await sync(gateway, thread_id)


async def known(gateway: Gateway, thread_id: str) -> Known:
    """What the index holds, without asking the deployment."""
    return await sync_to_async(storage.load)(gateway.deployment.slug, thread_id)


def _fitting(limit: int, each: int) -> int:
    """How many checkpoints of `each` bytes to ask for: `limit`, or fewer when they would pass the aim."""
    return max(1, min(limit, PAGE_BYTES // each if each else limit))
