"""A forwarder that counts what comes from a deployment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Meter:
    """`url` leads to the deployment; `received` counts the bytes that came from it."""

    url: str = ""
    received: int = 0


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
        await asyncio.gather(_pump(reader, sink, None), _pump(source, writer, meter))

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    meter.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield meter
    finally:
        server.close()
        for sink in sinks:
            sink.close()
        await asyncio.wait(filter(None, connections))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, meter: Meter | None) -> None:
    try:
        while data := await reader.read(65536):
            if meter:
                meter.received += len(data)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
