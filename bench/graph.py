"""What the graph of a thread costs: arranged for the first time, drawn again, and until it can be seen.

`python -m bench.graph` measures this alone.
"""

import asyncio
import json
import tempfile
import time
from pathlib import Path

import httpx
from langgraph_sdk import get_client

from bench import browsing, mazes
from bench.mazes import SIZES
from bench.timing import Ask, beside, median, timed
from demo.embedded import embedded_server
from studio.web.graph_boxes import Figure, Picture
from studio.web.graph_lines import Stroke
from studio.web.graph_svg import arranged, draw
from tests.support.studio import running_studio

MAZES = Path(__file__).with_name("mazes.py")


async def main() -> None:
    """Start a server with graphs of several sizes and a Studio, measure, print."""
    with tempfile.TemporaryDirectory() as name:
        folder, config = Path(name), Path(name) / "config.json"
        graphs = {graph: f"{MAZES}:{graph}" for graph in SIZES}
        config.write_text(json.dumps({"dependencies": ["."], "graphs": graphs}))
        with embedded_server(folder / "server", config) as server:
            server.wait_ready()
            (folder / "studio").mkdir()
            with running_studio(folder / "studio", LANGGRAPH_URL=server.url) as (studio, _):
                await _measure(server.url, f"{studio}/d/local/threads/")


async def _measure(upstream: str, studio: str) -> None:
    print("the graph of a thread")
    _alone()
    async with httpx.AsyncClient(timeout=120) as http, get_client(url=upstream, api_key=None) as client:
        pages: dict[str, str] = {}
        for graph in SIZES:
            thread = await client.threads.create(graph_id=graph)
            await client.threads.update_state(thread["thread_id"], {"step": 1}, as_node="n0")
            pages[graph] = f"{studio}{thread['thread_id']}/graph/?draw=1"
        await http.get(pages["small"].partition("graph/")[0])  # what is loaded once
        small = await median(_get(http, pages["small"]))
        for graph, (nodes, edges) in SIZES.items():
            first = await timed(_get(http, pages[graph]))
            page, raw = await beside(_get(http, pages[graph]), _get(http, f"{upstream}/assistants/{graph}/graph"))
            print(
                f"  {nodes:,} nodes, {edges:,} edges: first {first:.0f} ms, again {page:.0f} ms, "
                f"{page / small:.1f} × the page of {SIZES['small'][0]} nodes; the deployment tells it in {raw:.0f} ms, "
                "and is asked once a minute"
            )
    await _seen(pages)


def _alone() -> None:
    """The largest graph that is drawn without asking, without a deployment and without a page."""
    told = mazes.full.get_graph()
    ways = {(edge.source, edge.target): edge for edge in told.edges}
    strokes = (Stroke(*ends, edge.conditional, str(edge.data or "")) for ends, edge in ways.items())
    picture = Picture(tuple(Figure(id, id) for id in told.nodes), tuple(strokes))
    began = time.perf_counter()
    arranged(picture)
    between = time.perf_counter()
    draw(picture)
    taken = (between - began) * 1000, (time.perf_counter() - between) * 1000
    print(
        f"  {len(picture.figures)} nodes, {len(ways)} edges: arranged in {taken[0]:.0f} ms, drawn in {taken[1]:.0f} ms"
    )


def _get(http: httpx.AsyncClient, url: str) -> Ask:
    return lambda: http.get(url)


async def _seen(pages: dict[str, str]) -> None:
    async with browsing.chromium() as browser:
        if browser is None:
            print("  no Chromium: the figures of the browser are left out")
            return
        for graph, url in pages.items():
            shown = await browsing.until_visible(browser, url, 'svg.graph [data-node="n0"]')
            print(f"  {SIZES[graph][0]:,} nodes visible after {shown:.0f} ms in Chromium")


if __name__ == "__main__":
    asyncio.run(main())
