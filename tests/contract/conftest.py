"""One world, twice: the fake of studio.testing and the official server. Each test has to hold in both."""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from uuid import uuid4

import pytest

from studio.deployments import dialect, runs, states, threads
from studio.deployments.config import Deployment
from studio.deployments.gateway import Gateway, gateway
from studio.deployments.run_rows import Run
from studio.deployments.runs import Event
from studio.deployments.starts import Start
from studio.history.model import Json, Snapshot
from studio.testing import FakeDeployment, playing
from tests.contract.graphs import serve_samples

PATIENCE = 20
"""Seconds after which a run of a sample graph has surely ended."""


_said: dict[str, str] = {}


@dataclass(frozen=True)
class World:
    """A deployment, and what the tests do with it again and again. `fake` is None for the real one."""

    deployment: Deployment
    fake: FakeDeployment | None = None

    async def gateway(self) -> Gateway:
        return await gateway(self.deployment)

    async def thread(self, graph: str = "chat", title: str = "") -> str:
        return await threads.create(await self.gateway(), graph, title)

    async def run(self, thread: str, graph: str, given: Json = None, **more: object) -> Run:
        """A run that has ended."""
        started = await runs.start(await self.gateway(), thread, Start(graph, given, **more))  # type: ignore[arg-type]
        return await self.ended(started)

    async def say(self, thread: str, text: str, id: str = "") -> Snapshot:
        """Say something in a chat; the state after the answer."""
        message: dict[str, Json] = {"type": "human", "content": text, **({"id": id} if id else {})}
        await self.run(thread, "chat", {"messages": [message]})
        return await self.head(thread)

    async def said(self) -> str:
        """A thread in which “hello” (id h1) was said and answered: a copy of one that was run, which takes a while."""
        if self.deployment.url not in _said:
            _said[self.deployment.url] = await self.thread()
            await self.say(_said[self.deployment.url], "hello", "h1")
        return await threads.copy(await self.gateway(), _said[self.deployment.url], "")

    async def head(self, thread: str) -> Snapshot:
        found = await states.current(await self.gateway(), thread)
        assert found
        return found

    async def begin_long_run(self, thread: str) -> Run:
        """A run that does not end before it is stopped."""
        if self.fake:
            self.fake.hold()
        wanted = Start("pipeline", {"steps": 1000, "delay": 0.1})
        return await runs.start(await self.gateway(), thread, wanted)

    async def nested(self) -> tuple[str, str]:
        """A thread of which a task is a subgraph that waits, and the namespace of that."""
        thread = await self.thread("parallel")
        await self.run(thread, "parallel", {"destination": "Kyoto"})
        head = await self.head(thread)
        task = next(task for task in head.tasks if task.name == "visa")
        if not self.fake:
            return thread, str(task.namespace)
        held = self.fake.threads[thread]
        inner = held.nest(held.head, next(task for task in held.head.tasks if task.name == "visa"))
        self.fake.grow(inner, 2, {"documents": ["passport"]})
        return thread, inner.namespace

    async def watched(self, thread: str, wanted: Start) -> tuple[Run, list[Event]]:
        """A run that was followed from before its start, and what was seen of it."""
        if self.fake:
            self.fake.hold()
        run = await runs.start(await self.gateway(), thread, wanted)
        follower = asyncio.ensure_future(self.events(run))
        if self.fake:
            while not self.fake.seen(f"GET /threads/{thread}/runs/{run.id}/stream"):  # noqa: ASYNC110 – nothing tells
                await asyncio.sleep(0)
            self.fake.release()
        return run, await follower

    async def events(self, run: Run, after: str | None = None) -> list[Event]:
        """What following a run tells."""
        gateway = await self.gateway()
        return [event async for event in runs.follow(gateway, run.thread_id, run.id, after)]

    async def ended(self, run: Run) -> Run:
        async with asyncio.timeout(PATIENCE):
            while (now := await runs.get(await self.gateway(), run.thread_id, run.id)).active:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return now


@pytest.fixture(params=["fake", pytest.param("server", marks=pytest.mark.server)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    fake = FakeDeployment() if request.param == "fake" else None
    with playing(fake) if fake else nullcontext():
        if fake:
            serve_samples(fake)
            yield World(fake.deployment, fake)
        else:
            yield World(Deployment("local", request.getfixturevalue("server_url")))
            dialect._known.clear()


@pytest.fixture
def tag() -> str:
    """Metadata value of no other test's threads: the real server is shared."""
    return str(uuid4())
