"""Feeds by thread: made for the first viewer, stopped when the last one has left."""

import asyncio
from dataclasses import dataclass, field

from studio.deployments.gateway import Gateway
from studio.live.feed import Feed

Key = tuple[str, str]
GRACE = 3.0
"""Seconds for which a feed outlives its last viewer: one whose connection broke comes back within that time."""


@dataclass(slots=True)
class _Followed:
    feed: Feed
    task: asyncio.Task[None]
    loop: asyncio.AbstractEventLoop


@dataclass(slots=True)
class Hub:
    """All feeds of this process."""

    _followed: dict[Key, _Followed] = field(default_factory=dict)

    def join(self, gateway: Gateway, thread_id: str) -> Feed:
        """The feed of a thread, for one viewer more."""
        key = (gateway.deployment.slug, thread_id)
        followed = self._followed.get(key)
        if followed is None or followed.task.done():
            feed = Feed(gateway, thread_id)
            task = asyncio.create_task(feed.follow(), name=f"feed {thread_id}")
            followed = self._followed[key] = _Followed(feed, task, asyncio.get_running_loop())
        followed.feed.viewers += 1
        return followed.feed

    async def leave(self, gateway: Gateway, thread_id: str, feed: Feed) -> None:
        """One viewer less; soon after the last one the upstream stream is closed, unless somebody comes back."""
        key = (gateway.deployment.slug, thread_id)
        followed = self._followed.get(key)
        if followed is None or followed.feed is not feed:
            return
        feed.viewers -= 1
        if feed.viewers <= 0 and GRACE:
            followed.loop.call_later(GRACE, self._close, key, followed)
        elif feed.viewers <= 0:
            self._close(key, followed)
            await asyncio.gather(followed.task, return_exceptions=True)

    def _close(self, key: Key, followed: _Followed) -> None:
        """Stop a feed that nobody reads."""
        if followed.feed.viewers <= 0:
            followed.task.cancel()
            if self._followed.get(key) is followed:
                del self._followed[key]

    def wake(self, deployment: str, thread_id: str) -> None:
        """A verb has changed this thread: whoever watches it in this process looks at once."""
        followed = self._followed.get((deployment, thread_id))
        if followed and not followed.loop.is_closed():
            followed.loop.call_soon_threadsafe(followed.feed.wake)


hub = Hub()
