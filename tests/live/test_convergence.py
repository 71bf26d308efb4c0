"""Whatever happens between a page and a thread – pages that come and go, answers that fail, messages that mean
nothing, a run that vanishes –, in the end each page shows what the deployment holds, and nothing else."""

import asyncio
import json
import random
from collections.abc import Callable
from contextlib import AsyncExitStack
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.asgi import application
from studio.live import feed as feed_module
from studio.live import hub as hub_module
from studio.live.consumer import LARGEST_MESSAGE
from studio.live.hub import hub
from studio.testing import Habits
from studio.testing.faults import StreamFault
from tests.support.cutting import TOKENS, Scene, scene
from tests.support.sockets import Socket
from tests.support.watcher import Page, Watcher

pytestmark = pytest.mark.django_db(transaction=True)  # Channels tidies database connections around each message
PAGES = 5
RECONNECTS = 400
FLAVOURS = [Habits, Habits.js, Habits.aegra]
JUNK = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=40),
    st.just("[" * LARGEST_MESSAGE),
    st.just(json.dumps({"type": "hello", "cursor": "x" * LARGEST_MESSAGE})),
    st.just('{"type": "ack", "seq": ' + "9" * 4000 + "}"),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
        max_leaves=6,
    ).map(json.dumps),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["hello", "ack", "frame", "run"])},
        optional={"cursor": st.integers() | st.none(), "seq": st.integers() | st.floats() | st.text(max_size=9)},
    ).map(json.dumps),
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look and join again at once."""
    monkeypatch.setattr(feed_module, "IDLE", 0.02)
    monkeypatch.setattr(hub_module, "GRACE", 0)
    monkeypatch.setattr(feed_module, "REJOIN", 0.001)
    monkeypatch.setattr(feed_module, "COALESCE", 0.002)


class Crowd:
    """Pages that come and go; each keeps what it has shown, and comes back with its cursor."""

    def __init__(self, told: Scene) -> None:
        self.told, self.pages = told, [Page() for _ in range(PAGES)]
        self.here: dict[int, tuple[Watcher, AsyncExitStack]] = {}

    async def come(self, number: int) -> None:
        """A page opens its socket."""
        if number not in self.here:
            stack = AsyncExitStack()
            watcher = await stack.enter_async_context(self.told.watch(self.pages[number]))
            self.here[number] = (watcher, stack)

    async def leave(self, number: int) -> None:
        """A page loses its socket, with whatever it has not read."""
        if number in self.here:
            await self.here.pop(number)[1].aclose()

    async def read(self, number: int) -> None:
        """A page takes in what is on its way to it."""
        if number in self.here:
            await asyncio.sleep(0.001)  # a moment for the feed; how much it gets done is left to chance
            await self.here[number][0].catch_up()

    async def converge(self) -> None:
        """All come, and see the run to its end."""
        for number in range(PAGES):
            await self.come(number)
        watchers = [watcher for watcher, _ in self.here.values()]
        await self.told.tell_all(*watchers)
        await self.told.end(*watchers)
        for number in range(PAGES):
            await self.leave(number)


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("seed", range(2))
async def test_hundreds_of_reconnects_lose_nothing_and_repeat_nothing(seed: int, flavour: type[Habits]) -> None:
    chance = random.Random(seed)  # noqa: S311 – repeatable, not secret
    with scene(flavour()) as told:
        crowd = Crowd(told)
        for turn in range(RECONNECTS):
            number = chance.randrange(PAGES)
            await (crowd.leave if number in crowd.here else crowd.come)(number)
            if turn % (RECONNECTS // TOKENS) == 0:
                told.run.advance()
            if chance.random() < 0.3:
                await crowd.read(number)
        await crowd.converge()
        assert hub._followed == {}


MOVES = st.one_of(
    st.tuples(st.sampled_from(["come", "leave", "read"]), st.integers(0, PAGES - 1)),
    st.tuples(st.just("advance"), st.integers(1, 4)),
    st.tuples(st.just("cut"), st.integers(0, 6)),
)


@given(st.lists(MOVES, max_size=40))
@settings(max_examples=40, deadline=None)
async def test_pages_come_and_go_while_streams_are_cut(moves: list[tuple[str, int]]) -> None:
    with scene() as told:
        crowd = Crowd(told)
        for move, number in moves:
            match move:
                case "advance":
                    told.run.advance(min(number, 1 + TOKENS - len(told.run.events)))
                case "cut":
                    told.fake.faults.cut_stream(number, times=2)
                case _:
                    await getattr(crowd, move)(number)
        await crowd.converge()


async def survive(pattern: str, chosen: Callable[[], bool]) -> None:
    """Watch a run while the chosen answers are errors."""
    with scene() as told:
        told.fake.faults.fail(pattern, chosen=chosen)
        async with told.watch() as one, told.watch() as two:
            await told.tell_all(one, two)
            told.fake.release()
            for watcher in (one, two):
                await watcher.until(lambda page: page.run is None)
            told.fake.faults.mend()
            await told.end(one, two)


@pytest.mark.parametrize("pattern", ["", "/stream", "/runs", "GET /threads/[^/]+$"])
@pytest.mark.parametrize("seed", range(3))
async def test_half_of_the_answers_are_errors(seed: int, pattern: str) -> None:
    chance = random.Random(seed)  # noqa: S311 – repeatable, not secret
    await survive(pattern, lambda: chance.random() < 0.5)


@pytest.mark.parametrize("pattern", ["", "/stream", "/runs"])
async def test_every_second_answer_is_an_error(pattern: str) -> None:
    turns = cycle([False, True])
    await survive(pattern, lambda: next(turns))


@pytest.mark.parametrize("status", ["deleted", "interrupted"])
@pytest.mark.parametrize("after", [0, 1, 5])
async def test_a_run_that_vanishes_while_it_is_watched_leaves_nothing_behind(after: int, status: str) -> None:
    with scene() as told:
        told.run.advance(after)
        async with told.watch() as one:
            await one.until(lambda page: page.run == told.run.id)
            if status == "deleted":
                told.thread.remove_run(told.run)
            else:
                told.run.stop(status)
            await told.end(one)
            assert one.page.panels == [], "the page speaks of a failure that there was not"


async def test_a_thread_that_vanishes_while_it_is_watched_is_stale() -> None:
    with scene() as told:
        told.run.advance(5)
        async with told.watch() as one:
            await one.until(lambda page: page.run == told.run.id)
            del told.fake.threads[told.thread.id]
            told.run.stop("interrupted")
            await one.until(lambda page: page.connection == "stale")


async def test_an_error_of_the_run_is_told_once_to_each_page() -> None:
    with scene() as told:
        told.fake.reply(RuntimeError("no more words"))
        told.fake.release()
        run = told.fake.start_run(told.thread, {"assistant_id": "chat", "input": {"messages": []}})
        assert run.status == "error"
        async with told.watch() as one:
            await told.end(one)
            told.fake.hold()
            again = told.fake.start_run(told.thread, {"assistant_id": "chat", "input": {"messages": []}})
            told.fake.reply(RuntimeError("none at all"))
            await one.until(lambda page: page.run == again.id)
            async with told.watch() as two:
                await two.until(lambda page: page.run == again.id)
                again.advance(2)
                for watcher in (one, two):
                    await watcher.until(lambda page: bool(page.panels))
                await told.end(one, two)
                for watcher in (one, two):
                    assert [panel for panel in watcher.page.panels if "none at all" in panel] == watcher.page.panels
                    assert len(watcher.page.panels) == 1


@given(st.integers(0, TOKENS), st.integers(1, 10**15))
@settings(max_examples=20, deadline=None)
async def test_a_cursor_from_the_future_starts_over(begun: int, ahead: int) -> None:
    with scene() as told:
        told.run.advance(1 + begun)
        async with told.watch() as one:
            await one.until(lambda page: page.run == told.run.id)
            async with told.watch(Page(cursor=f"{one.page.feed}.{ahead + 1 + TOKENS}")) as two:
                await told.tell_all(one, two)
                assert two.page.resyncs > 0
                await told.end(one, two)


async def test_a_cursor_of_another_thread_starts_over() -> None:
    with scene() as told:
        told.run.advance(5)
        told.fake.reply("something else")
        other = told.fake.add_thread()
        run = told.fake.start_run(other, told.run.asked)
        beside = Scene(told.fake, other, run)
        run.advance(2)
        async with beside.watch() as elsewhere:
            await elsewhere.until(lambda page: page.frames > 0)
            cursor = elsewhere.page.cursor
            async with told.watch(Page(cursor=cursor)) as one:
                await told.tell_all(one)
                assert one.page.resyncs > 0
                await told.end(one)


@given(st.lists(JUNK, min_size=1, max_size=4), st.integers(0, TOKENS))
@settings(max_examples=40, deadline=None)
async def test_messages_that_mean_nothing_harm_nobody(junk: list[str | bytes], begun: int) -> None:
    with scene() as told:
        told.run.advance(begun)
        async with told.watch() as one:
            for message in junk:
                headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
                socket = Socket(application, f"/ws/d/local/threads/{told.thread.id}/", headers)
                await socket.connect()
                kind = "text" if isinstance(message, str) else "bytes"
                await socket.send_input({"type": "websocket.receive", kind: message})
                await socket.disconnect()
            await told.tell_all(one)
            await told.end(one)
        assert hub._followed == {}


async def test_a_run_that_cannot_be_replayed_is_shown_by_its_state() -> None:
    with scene(stream_resumable=False) as told:
        told.run.advance(4)
        told.fake.faults.disturb_streams(StreamFault(events=3), StreamFault(events=2, quietly=True))
        async with told.watch() as one:
            await one.until(lambda page: page.run == told.run.id)
            told.run.advance(4)
            told.fake.release()
            await one.settle()
            assert one.page.state == {id: " ".join(text.split()) for id, text in told.final.items()}
            assert (one.page.live, one.page.problems, one.page.run) == ({}, [], None)
