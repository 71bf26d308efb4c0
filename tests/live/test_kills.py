"""Processes die in the middle of runs, without a chance to say goodbye: Studio, and the deployment itself. The page of
a browser that stays open shows every token once, tells when it is cut off, and ends with what the deployment holds."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk.client import LangGraphClient
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from demo.embedded import Child, EmbeddedServer, embedded_server
from tests.support.need import need_server
from tests.support.sdk import witness
from tests.support.studio import running_studio, studio_process
from tests.support.watcher import Page, amiss, messages_in, spoiled

SEED = 20
STUDIOS, RUNS, KILLS = 2, 2, 5
"""Two of them beside each other, each with this many runs, in each of which it is killed so often."""
SERVER_KILLS = 4
PATIENCE = 20
"""Seconds in which a page has surely come to what the deployment holds."""
MOST_FRAMES = 5
WORDS = " ".join(f"word{number}" for number in range(22))


class Mortal:
    """A process that is killed and started again with the same command, in the same folder, on the same port."""

    def __init__(self, child: Child) -> None:
        self.child, self._first = child, child.log
        self._command: list[str] = list(child.process.args)  # type: ignore[arg-type]
        proc = Path(f"/proc/{child.process.pid}")
        self._home = (proc / "cwd").resolve()
        entries = (proc / "environ").read_text().split("\0")
        self._environment = dict(entry.split("=", 1) for entry in entries if "=" in entry)
        self.deaths = 0

    def kill(self) -> None:
        os.killpg(self.child.process.pid, signal.SIGKILL)
        self.child.process.wait()
        self.deaths += 1

    def start(self) -> None:
        log = self._first.with_suffix(f".{self.deaths}.log")
        self.child = Child(self.child.name, self._command, log, cwd=self._home, env=self._environment)


class Browser:
    """A page in a browser that never gives up: it comes back with its cursor, and fetches the state when it is told
    that it has changed."""

    def __init__(self, studio: str, thread_id: str) -> None:
        self.page, self._news = Page(), asyncio.Event()
        self._studio, self._path = studio, f"/d/local/threads/{thread_id}/"

    async def until(self, met: Callable[[Page], Any]) -> None:
        """Wait for a condition of the page; gives up after PATIENCE without a complaint: what it shows is judged."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not met(self.page):
                    await self._news.wait()

    async def until_frames(self, more: int) -> None:
        """Wait for so many frames more, or for the end of the run."""
        wanted = self.page.frames + more
        await self.until(lambda page: page.frames >= wanted or (page.run is None and len(page.state) > 1))

    async def until_right(self, final: dict[str, str]) -> None:
        """Wait until the page shows these messages and nothing else, or was wrong already."""
        await self.until(lambda page: bool(spoiled(page, final)) or not amiss(page, final))

    async def watch(self) -> None:
        """Keep a socket open, for ever."""
        address = "ws" + self._studio.removeprefix("http") + "/ws" + self._path
        while True:
            with suppress(OSError, WebSocketException):
                async with connect(address, origin=Origin(self._studio), proxy=None) as socket:
                    await socket.send(self.page.hello)
                    async for text in socket:
                        answer = self.page.take(str(text))
                        self._tell()
                        if answer:
                            await socket.send(answer)
            self.page.connection = "reconnecting"
            self._tell()
            await asyncio.sleep(0.1)

    async def refresh(self) -> None:
        """Bring the state up to date whenever the page wants it, for ever."""
        async with httpx.AsyncClient(base_url=self._studio, headers={"HX-Request": "true"}, timeout=PATIENCE) as client:
            while True:
                if not self.page.wants:
                    await self._news.wait()
                    continue
                self.page.wants = False
                with suppress(httpx.HTTPError):
                    response = await client.get(self._path + "live/")
                    if response.status_code == 200:
                        self.page.refresh(messages_in(response.text))
                        self._tell()
                        continue
                self.page.wants = True
                await asyncio.sleep(0.1)

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


@asynccontextmanager
async def browsing(studio: str, thread_id: str) -> AsyncIterator[Browser]:
    """A browser that looks at a thread."""
    browser = Browser(studio, thread_id)
    tasks = [asyncio.create_task(browser.watch()), asyncio.create_task(browser.refresh())]
    try:
        yield browser
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(scope="module")
def slow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A deployment of its own, whose model takes its time: a run lasts through several lives of Studio."""
    need_server()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEMO_MODEL_DELAY", "0.15")
        with embedded_server(tmp_path_factory.mktemp("slow")) as server:
            server.wait_ready()
            yield server


@pytest.fixture
def studio(slow_server: EmbeddedServer, tmp_path: Path) -> Iterator[str]:
    """The address of a Studio that nothing happens to."""
    with running_studio(tmp_path, LANGGRAPH_URL=slow_server.url) as (url, _):
        yield url


@pytest.fixture
def studios(slow_server: EmbeddedServer, tmp_path: Path) -> Iterator[list[tuple[str, Mortal]]]:
    """Addresses and processes of Studios, each with a database of its own."""
    with ExitStack() as stack:
        found = []
        for number in range(STUDIOS):
            home = tmp_path / str(number)
            home.mkdir()
            url, child = stack.enter_context(studio_process(home, LANGGRAPH_URL=slow_server.url))
            found.append((url, Mortal(child)))
        yield found
        for _, mortal in found:
            mortal.child.stop()


async def say(client: LangGraphClient, thread_id: str, text: str) -> str:
    """Start a run as anybody may; its id."""
    said: Any = {"messages": [{"type": "human", "content": text}]}
    run: Any = await client.runs.create(
        thread_id, "chat", input=said, stream_mode=["messages-tuple", "updates", "custom"], stream_resumable=True
    )
    return str(run["run_id"])


async def ended(client: LangGraphClient, thread_id: str) -> dict[str, str]:
    """The messages of a thread once nothing works on it."""
    while True:
        runs: list[Any] = await client.runs.list(thread_id)
        active = [run["run_id"] for run in runs if run["status"] in ("pending", "running")]
        if not active:
            state: Any = await client.threads.get_state(thread_id)
            return {message["id"]: message["content"] for message in state["values"].get("messages", [])}
        await client.runs.join(thread_id, active[-1])


async def test_a_page_outlives_studio(slow_server: EmbeddedServer, studios: list[tuple[str, Mortal]]) -> None:
    async with witness(slow_server.url) as client, asyncio.TaskGroup() as lives:
        for number, (url, mortal) in enumerate(studios):
            lives.create_task(outlive(client, url, mortal, SEED + number))
    assert [mortal.deaths for _, mortal in studios] == [RUNS * KILLS] * STUDIOS


async def outlive(client: LangGraphClient, url: str, mortal: Mortal, seed: int) -> None:
    """Watch runs to their end, each through several lives of one Studio."""
    chance = random.Random(seed)  # noqa: S311 – repeatable, not secret
    for number in range(RUNS):
        thread: Any = await client.threads.create(graph_id="chat")
        async with browsing(url, thread["thread_id"]) as browser:
            await browser.until(lambda page: page.connection == "live")  # Studio may just have been killed
            await say(client, thread["thread_id"], f"run {number} {WORDS}")
            await browser.until(lambda page: page.known)
            for _ in range(KILLS):
                await browser.until_frames(chance.randint(0, MOST_FRAMES))
                mortal.kill()
                mortal.start()
            final = await ended(client, thread["thread_id"])
            await browser.until_right(final)
            assert amiss(browser.page, final) == [], f"seed {seed}, run {number}: {browser.page}"
            assert browser.page.known, f"seed {seed}, run {number}: nothing was seen streaming"


async def test_a_page_outlives_the_deployment(slow_server: EmbeddedServer, studio: str) -> None:
    chance = random.Random(SEED)  # noqa: S311 – repeatable, not secret
    mortal = Mortal(slow_server.child)
    async with witness(slow_server.url) as client:
        thread: Any = await client.threads.create(graph_id="chat")
        id = thread["thread_id"]
        async with browsing(studio, id) as browser:
            await say(client, id, "hello")
            await browser.until(lambda page: not page.run and len(page.state) == 2)
            mortal.child.stop(patience=10)  # what it holds by now, it will find again
            mortal.start()
            await asyncio.to_thread(ready, slow_server, mortal)
            for number in range(SERVER_KILLS):
                await say(client, id, f"kill {number} {WORDS}")
                await browser.until(lambda page: page.run is not None)
                await browser.until_frames(chance.randint(1, MOST_FRAMES))
                mortal.kill()
                await browser.until(lambda page: page.connection == "stale")
                assert browser.page.connection == "stale", f"seed {SEED}, kill {number}"
                mortal.start()
                await asyncio.to_thread(ready, slow_server, mortal)
                await browser.until(lambda page: page.connection == "live")
                final = await ended(client, id)
                await browser.until_right(final)
                assert amiss(browser.page, final) == [], f"seed {SEED}, kill {number}: {browser.page}"
                assert browser.page.connection == "live"
    assert mortal.deaths == SERVER_KILLS


def ready(server: EmbeddedServer, mortal: Mortal) -> None:
    """Wait until the server answers again."""
    server.child = mortal.child
    server.wait_ready()
