"""A forwarder that counts what is asked of a deployment and what comes from it."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

STREAM = re.compile(rb"GET /threads/[^/ ]+/runs/[^/ ]+/stream[? ]")


@dataclass(slots=True)
class Meter:
    """`url` leads to the deployment; `received` counts the bytes that came from it, `streams` the requests for the
    stream of a run."""

    url: str = ""
    received: int = 0
    streams: int = 0

    def asked(self, data: bytes) -> None:
        """A client sends its next request only after an answer, so no request line is cut in two."""
        self.streams += bool(STREAM.match(data))

    def answered(self, data: bytes) -> None:
        """Count what came."""
        self.received += len(data)


@asynccontextmanager
async def metered(upstream: str) -> AsyncIterator[Meter]:
    """Forward connections to a local deployment while the block runs."""
    port = int(upstream.rpartition(":")[2])
    meter = Meter()
    sinks: list[asyncio.StreamWriter] = []
    connections: set[asyncio.Task[None] | None] = set()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.current_task())
        source, sink = await asyncio.open_connection("127.0.0.1", port)
        sinks.extend((sink, writer))
        await asyncio.gather(_pump(reader, sink, meter.asked), _pump(source, writer, meter.answered))

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    meter.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield meter
    finally:
        server.close()
        for sink in sinks:
            sink.close()
        await asyncio.wait(filter(None, connections))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, count: Callable[[bytes], None]) -> None:
    try:
        while data := await reader.read(65536):
            count(data)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
