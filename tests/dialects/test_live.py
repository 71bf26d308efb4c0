"""The socket of a thread page on the other servers: every token of a run once, whenever a page comes."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.test import AsyncClient

from tests.dialects.world import World
from tests.support.watcher import Page, Watcher, amiss, messages_in, watching

pytestmark = pytest.mark.django_db(transaction=True)
HELLO = "You said: Hello. 1 2 3 4 5 6 7 8 9 10 11 12"


@asynccontextmanager
async def page_of(thread: str, page: Page | None = None) -> AsyncIterator[Watcher]:
    """A page of a thread, as a browser has it open."""
    client = AsyncClient()

    async def look() -> Mapping[str, str]:
        answer = await client.get(f"/d/local/threads/{thread}/")
        return messages_in(answer.content.decode())

    async with watching(thread, look, page) as watcher:
        yield watcher


async def say(thread: str, world: World, text: str = "Hello") -> None:
    """Send a message by the form, as another page does."""
    (chat,) = [one for one in await asyncio.to_thread(world.assistants) if one["graph_id"] == "chat"]
    typed = {"assistant": chat["assistant_id"], "input": text}
    answer = await AsyncClient().post(f"/d/local/threads/{thread}/send/", typed)
    assert answer.status_code == 303, answer.content.decode()


async def final(world: World, thread: str) -> dict[str, str]:
    """The messages that the server holds, by id."""
    values: Any = (await asyncio.to_thread(world.settled, thread))["values"]
    return {message["id"]: message["content"] for message in values["messages"]}


def streamed(page: Page) -> list[str]:
    """What each message that streamed has shown at last."""
    return [texts[-1] for texts in page.known.values()]


async def test_a_page_shows_every_token_of_a_run_once(world: World) -> None:
    thread = await asyncio.to_thread(world.new, "chat")
    async with page_of(thread) as watcher:
        await watcher.until(lambda page: page.connection == "live")
        await say(thread, world)
        await watcher.until(lambda page: page.run is not None)
        await watcher.settle()
        assert amiss(watcher.page, await final(world, thread)) == []
        (texts,) = watcher.page.known.values()
        assert texts[-1] == HELLO
        assert len(texts) > 3, "it came piece by piece"


async def test_pages_that_come_during_a_run_show_it_from_its_start_and_all_the_same(world: World) -> None:
    thread = await asyncio.to_thread(world.new, "chat")
    async with page_of(thread) as early:
        await early.until(lambda page: page.connection == "live")
        await say(thread, world)
        await early.until(lambda page: bool(page.known))
        async with page_of(thread) as late:
            await asyncio.gather(early.settle(), late.settle())
            told = await final(world, thread)
            assert amiss(early.page, told) == amiss(late.page, told) == []
            assert streamed(early.page) == [HELLO]
            assert set(streamed(late.page)) <= {HELLO}


async def test_a_page_that_loses_its_socket_comes_back_without_a_gap_or_a_repetition(world: World) -> None:
    thread = await asyncio.to_thread(world.new, "chat")
    async with page_of(thread) as stays:
        async with page_of(thread) as goes:
            await goes.until(lambda page: page.connection == "live")
            await say(thread, world)
            await goes.until(lambda page: bool(page.known))
        async with page_of(thread, goes.page) as back:
            await stays.until(lambda page: bool(page.known))
            await asyncio.gather(back.settle(), stays.settle())
            told = await final(world, thread)
            assert amiss(back.page, told) == amiss(stays.page, told) == []


async def test_a_run_that_somebody_else_starts_is_seen_and_its_end_too(world: World) -> None:
    thread = await asyncio.to_thread(world.new, "chat")
    given: Any = {"messages": [{"type": "human", "content": "Hello"}]}
    async with page_of(thread) as watcher:
        await watcher.until(lambda page: page.connection == "live")
        more: Any = {"stream_mode": ["values"], "stream_resumable": True}
        await asyncio.to_thread(lambda: world.sdk.runs.create(thread, "chat", input=given, **more))
        await watcher.until(lambda page: page.wants or page.run is not None)
        told = await final(world, thread)
        await watcher.settle()
        assert amiss(watcher.page, told) == []
