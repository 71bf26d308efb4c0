"""Feeds by thread: made for the first viewer, stopped when the last one leaves."""

import asyncio
from dataclasses import dataclass, field

from studio.deployments.gateway import Gateway
from studio.live.feed import Feed

Key = tuple[str, str]


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
        """One viewer less; the upstream stream is closed with the last one."""
        key = (gateway.deployment.slug, thread_id)
        followed = self._followed.get(key)
        if followed is None or followed.feed is not feed:
            return
        feed.viewers -= 1
        if feed.viewers <= 0:
            del self._followed[key]
            followed.task.cancel()
            await asyncio.gather(followed.task, return_exceptions=True)

    def wake(self, deployment: str, thread_id: str) -> None:
        """A verb has changed this thread: whoever watches it in this process looks at once."""
        followed = self._followed.get((deployment, thread_id))
        if followed and not followed.loop.is_closed():
            followed.loop.call_soon_threadsafe(followed.feed.wake)


hub = Hub()
