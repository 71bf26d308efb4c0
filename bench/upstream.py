"""A forwarder that counts the streams of runs that are opened at a deployment."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

STREAM = re.compile(rb"GET /threads/[^/ ]+/runs/[^/ ]+/stream[? ]")


@dataclass(slots=True)
class Opened:
    """`url` leads to the deployment; `streams` counts the requests for the stream of a run."""

    url: str = ""
    streams: int = 0


@asynccontextmanager
async def counted(upstream: str) -> AsyncIterator[Opened]:
    """Forward connections to a local deployment while the block runs."""
    port = int(upstream.rpartition(":")[2])
    opened = Opened()
    writers: list[asyncio.StreamWriter] = []
    connections: set[asyncio.Task[None] | None] = set()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.current_task())
        source, sink = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((sink, writer))
        await asyncio.gather(_pump(reader, sink, opened), _pump(source, writer, None))

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    opened.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield opened
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.wait(filter(None, connections))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opened: Opened | None) -> None:
    """A client sends its next request only after an answer, so no request line is cut in two."""
    try:
        while data := await reader.read(65536):
            if opened and STREAM.match(data):
                opened.streams += 1
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
