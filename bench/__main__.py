"""`make bench`: what Studio adds to what the deployment itself needs.

Everything is measured in one run against one embedded server; each figure is the median of several requests, and the
ratio compares it with the deployment's own answer, asked for in turns with Studio's.
"""

import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from bench import browsing, graph, live, threads, windows
from bench.meter import metered
from bench.timing import Ask, beside, median, memory
from demo.embedded import embedded_server
from tests.support.studio import studio_process

PART = {"HX-Request": "true"}


@dataclass(frozen=True, slots=True)
class Bench:
    """Both servers, and how to ask them. `studio` is the address of the threads of the one deployment."""

    folder: Path
    http: httpx.AsyncClient
    client: LangGraphClient
    upstream: str
    studio: str
    pid: int

    def page(self, thread: str, tail: str = "") -> Ask:
        """How a page of Studio is asked for."""
        return lambda: self.http.get(f"{self.studio}{thread}/{tail}", headers=PART if tail else {})

    def raw(self, thread: str, tail: str = "state") -> Ask:
        """How the deployment itself is asked."""
        return lambda: self.http.get(f"{self.upstream}/threads/{thread}/{tail}")


async def main() -> None:
    """Start a server and a Studio of their own, measure, print."""
    windows.main()
    with tempfile.TemporaryDirectory() as name, embedded_server(Path(name) / "server") as server:
        server.wait_ready()
        folder = Path(name)
        (folder / "studio").mkdir()
        with studio_process(folder / "studio", LANGGRAPH_URL=server.url) as (url, child):
            async with httpx.AsyncClient(timeout=120) as http, get_client(url=server.url, api_key=None) as client:
                address = f"{url}/d/local/threads/"
                bench = Bench(folder, http, client, server.url, address, child.process.pid)
                await _measure(bench)
    await graph.main()
    await live.main()


async def _measure(bench: Bench) -> None:
    await bench.page(await threads.conversation(bench.client, 3))()  # what is loaded once
    long = await threads.conversation(bench.client, 1000)
    print("1,000 messages × 1,000 checkpoints")
    fresh = await median(bench.raw(long))
    await _cold(bench, long)
    await _warm(bench, long, fresh)
    few, many = [await threads.small_states(bench.client, count) for count in (100, 10_000)]
    print("10,000 checkpoints of small state")
    await _many(bench, few, many)
    print("5 MB in one channel")
    await _large(bench, await threads.large_value(bench.client, 5_000_000))
    async with browsing.chromium() as browser:
        if browser is None:
            print("no Chromium: the figures of the browser are left out")
            return
        print("in Chromium")
        newest = '[data-message-id="m999"]'
        shown = await browsing.until_visible(browser, f"{bench.studio}{long}/", newest)
        still = await browsing.until_visible(browser, browsing.static_page(bench.folder, 1000), newest)
        print(f"  newest of 1,000 messages visible after {shown:.0f} ms; on a static page after {still:.0f} ms")
        tasks = await browsing.long_tasks(browser, f"{bench.studio}{many}/")
        print(
            f"  tasks over 50 ms while 10,000 rows are scrolled: {len(tasks)} {[round(task) for task in tasks] or ''}"
        )
    await _reopened(bench, long)


async def _cold(bench: Bench, thread: str) -> None:
    """The first look at a long thread: the first screen, and the walk through all of it."""
    one_page = await median(bench.raw(thread, "history?limit=5"))
    before = memory(bench.pid)
    began = time.perf_counter()
    await bench.page(thread)()
    first = (time.perf_counter() - began) * 1000
    told = (await bench.page(thread, "history.json")()).json()
    walked = time.perf_counter() - began
    grown, peak = memory(bench.pid) - before, memory(bench.pid, "VmHWM") - before
    raw, size = await _walk(bench, thread)
    print(f"  cold: first screen {first:.0f} ms, one page of history from the server {one_page:.0f} ms")
    times = walked / raw
    print(f"  cold: all {told['known']} checkpoints in {walked:.1f} s, {times:.2f} × downloading {size / 1e6:.0f} MB")
    print(f"  cold: memory of Studio +{grown:.0f} MB, at most +{peak:.0f} MB on the way")


async def _walk(bench: Bench, thread: str) -> tuple[float, int]:
    """Seconds and bytes of downloading all pages of history, decoded by nobody but for the last id."""
    began, before, size = time.perf_counter(), "", 0
    while True:
        page = await bench.raw(thread, f"history?limit=12{before}")()
        size += len(page.content)
        entries = page.json()
        if len(entries) < 12:
            return time.perf_counter() - began, size
        before = f"&before={entries[-1]['checkpoint']['checkpoint_id']}"


async def _warm(bench: Bench, thread: str, fresh: float) -> None:
    """Opening a thread whose index is up to date, beside one raw read of its state: now, and `fresh` as it was when the
    deployment had not been asked for the history yet, which slows the embedded one down."""
    page, raw = await beside(bench.page(thread), bench.raw(thread))
    size = len((await bench.page(thread)()).content)
    print(
        f"  warm: page {page:.1f} ms, {page / raw:.2f} × one raw state beside it ({raw:.1f} ms), {page / fresh:.2f} ×"
    )
    print(f"  one raw state before the history was walked ({fresh:.1f} ms); {size / 1000:.0f} KB")


async def _many(bench: Bench, few: str, many: str) -> None:
    for thread in (few, many):
        await bench.page(thread, "history.json")()
    small, large = await beside(bench.page(few), bench.page(many))
    print(f"  page {large:.0f} ms, {large / small:.2f} × the page at 100 ({small:.0f} ms)")
    print(f"  a window of the history from the middle: {await median(bench.page(many, 'history/?from=5000')):.0f} ms")
    found = await median(bench.page(many, "history/?find=step:5000"))
    print(f"  searching all of it: {found:.0f} ms")


async def _large(bench: Bench, thread: str) -> None:
    page, raw = await beside(bench.page(thread), bench.raw(thread))
    html = (await bench.page(thread)()).text
    state = (await bench.raw(thread)()).content
    checkpoint = json.loads(state)["checkpoint"]["checkpoint_id"]
    branch = await median(bench.page(thread, f"state/?checkpoint={checkpoint}&path=/values/sample"))
    same = await _same(bench, thread, checkpoint)
    digits = (
        "9007199254740993" in (await bench.page(thread, f"state/?checkpoint={checkpoint}&path=/values/sample")()).text
    )
    print(f"  page {page:.0f} ms, {page / raw:.2f} × one raw state ({raw:.0f} ms); {len(html) / 1000:.0f} KB of HTML")
    print(f"  a subtree {branch:.0f} ms; download byte for byte: {same}; all digits kept: {digits}")


async def _same(bench: Bench, thread: str, checkpoint: str) -> bool:
    """Whether the download of a state is what the deployment sends, byte for byte."""
    downloaded = await bench.page(thread, f"state.json?checkpoint={checkpoint}")()
    return downloaded.content == (await bench.raw(thread, f"state/{checkpoint}")()).content


async def _reopened(bench: Bench, thread: str) -> None:
    """What is read from the deployment when a thread is opened again after k new checkpoints."""
    print("reopened after k new checkpoints")
    async with metered(bench.upstream) as meter:
        home = bench.folder / "metered"
        home.mkdir()
        with studio_process(home, LANGGRAPH_URL=meter.url) as (url, _):
            address = f"{url}/d/local/threads/{thread}/history.json"
            await bench.http.get(address)
            state = len((await bench.raw(thread)()).content)
            for count in (1, 10, 50):
                await threads.more(bench.client, thread, count)
                meter.received = 0
                await bench.http.get(address)
                read = meter.received
                print(f"  k = {count}: {read / 1e6:.1f} MB, {read / state / count:.1f} states for each")


if __name__ == "__main__":
    asyncio.run(main())
