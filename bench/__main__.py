"""`make bench`: what Studio adds to what the deployment itself needs.

Everything is measured in one run against one embedded server; each figure is the median of several requests, and the
ratio compares it with the deployment's own answer measured right beside it.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from bench import threads
from demo.embedded import embedded_server
from tests.support.studio import running_studio

TIMES = 7
Ask = Callable[[], Awaitable[httpx.Response]]


async def main() -> None:
    """Start a server and a Studio of their own, measure, print."""
    with tempfile.TemporaryDirectory() as folder, embedded_server(Path(folder) / "server") as server:
        server.wait_ready()
        home = Path(folder) / "studio"
        home.mkdir()
        with running_studio(home, LANGGRAPH_URL=server.url) as (studio, _):
            async with httpx.AsyncClient(timeout=120) as http, get_client(url=server.url, api_key=None) as client:
                await _measure(http, client, server.url, studio)


async def _measure(http: httpx.AsyncClient, client: LangGraphClient, upstream: str, studio: str) -> None:
    long = await threads.conversation(client, 1000)
    await _cold(http, upstream, studio, long)
    await _warm("1,000 messages × 1,000 checkpoints", http, upstream, studio, long)
    few, many = [await threads.small_states(client, count) for count in (100, 3000)]
    pages = [await _median(_page(http, studio, thread)) for thread in (few, many)]
    print(f"3,000 small checkpoints: page {pages[1]:.0f} ms, {pages[1] / pages[0]:.2f} × the page at 100")
    window = await _median(lambda: http.get(f"{studio}/d/local/threads/{many}/history/?from=1500", headers=PART))
    print(f"  a window of the history from the middle: {window:.0f} ms")
    await _warm("5 MB in one channel", http, upstream, studio, await threads.large_value(client, 5_000_000))


PART = {"HX-Request": "true"}


async def _cold(http: httpx.AsyncClient, upstream: str, studio: str, thread: str) -> None:
    """The first look at a long thread: the first screen, and the walk through all of it."""
    began = time.perf_counter()
    await http.get(f"{studio}/d/local/threads/{thread}/")
    first = time.perf_counter() - began
    told = (await http.get(f"{studio}/d/local/threads/{thread}/history.json")).json()
    walked = time.perf_counter() - began
    began, before, size = time.perf_counter(), "", 0
    while True:
        page = await http.get(f"{upstream}/threads/{thread}/history?limit=12{before}")
        size += len(page.content)
        if len(page.json()) < 12:
            break
        before = f"&before={page.json()[-1]['checkpoint']['checkpoint_id']}"
    raw = time.perf_counter() - began
    print(f"cold: first screen {first * 1000:.0f} ms; whole walk {walked:.1f} s for {told['known']} checkpoints,")
    print(f"  {walked / raw:.2f} × downloading {size / 1e6:.0f} MB of pages raw")


async def _warm(name: str, http: httpx.AsyncClient, upstream: str, studio: str, thread: str) -> None:
    """Opening a thread whose index is up to date, beside one raw read of its state."""
    ask = _page(http, studio, thread)
    await ask()
    page, raw = await _median(ask), await _median(lambda: http.get(f"{upstream}/threads/{thread}/state"))
    size = len((await ask()).content)
    print(f"{name}, warm: page {page:.0f} ms, {page / raw:.2f} × one raw state ({raw:.0f} ms); {size / 1000:.0f} KB")


def _page(http: httpx.AsyncClient, studio: str, thread: str) -> Ask:
    return lambda: http.get(f"{studio}/d/local/threads/{thread}/")


async def _median(ask: Ask) -> float:
    """Milliseconds of a request, the first one not counted."""
    (await ask()).raise_for_status()
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        (await ask()).raise_for_status()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


if __name__ == "__main__":
    asyncio.run(main())
