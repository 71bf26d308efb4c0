"""Watching runs through Studio and beside it: viewers in a process of their own, and a bare SDK client."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from langgraph_sdk.client import LangGraphClient

from bench.viewers import Seen
from demo.embedded import ROOT
from tests.support.studio import studio_process

PATIENCE = 180
"""Seconds after which a run that was not seen to its end counts as incomplete."""
PAUSE = 3.0
"""Seconds before an answer begins: Studio has noticed the run by then."""
MODES: Any = ["messages-tuple", "updates", "custom"]
LINE = 256 * 1024 * 1024


@dataclass(slots=True)
class Heard:
    """What the SDK heard of a run: (seconds of the monotonic clock, characters so far) after each event with text."""

    events: int = 0
    arrivals: list[tuple[float, int]] = field(default_factory=list)


@dataclass(slots=True)
class Watch:
    """Viewers at work; `seen` is filled when the block ends."""

    seen: list[Seen] = field(default_factory=list)


@asynccontextmanager
async def viewers(studio: str, threads: list[str]) -> AsyncIterator[Watch]:
    """One viewer for each thread named, all ready when the block begins, which ends when all have seen a run end."""
    watch, pipe = Watch(), asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.viewers", cwd=ROOT, stdin=pipe, stdout=pipe, limit=LINE, env=dict(os.environ)
    )
    assert child.stdin
    assert child.stdout
    try:
        job = {"studio": studio, "threads": threads, "patience": PATIENCE}
        child.stdin.write(json.dumps(job).encode() + b"\n")
        line = await child.stdout.readline()
        assert json.loads(line) == "ready", "not every viewer was served"
        yield watch
        watch.seen += [Seen(**seen) for seen in json.loads(await child.stdout.readline())]
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def started(client: LangGraphClient, graph: str, given: Mapping[str, Any], thread: str) -> str:
    """The id of a run, started as Studio starts runs."""
    options: Any = {"stream_mode": MODES, "stream_resumable": True, "stream_subgraphs": True}
    return str((await client.runs.create(thread, graph, input=dict(given), **options))["run_id"])


async def heard(client: LangGraphClient, thread: str, run: str) -> Heard:
    """Follow a run with the bare SDK to the end of its stream."""
    found, length = Heard(), 0
    async for part in client.runs.join_stream(thread, run, last_event_id="-"):
        found.events += 1
        if part.event == "messages" and part.data[0].get("type") == "AIMessageChunk":
            length += len(part.data[0]["content"])
            found.arrivals.append((time.monotonic(), length))
    return found


async def complete(client: LangGraphClient, seen: Seen) -> bool:
    """Whether a viewer was shown the answers to the letter."""
    state: Any = await client.threads.get_state(seen.thread)
    text = "".join(message["content"] for message in state["values"]["messages"])
    return seen.ended and seen.digest == sha256(text.encode()).hexdigest()


def processor_seconds(pid: int) -> float:
    """Seconds of a processor that a process has used. 0 where there is no /proc."""
    figures = Path(f"/proc/{pid}/stat")
    if not figures.exists():
        return 0.0
    fields = figures.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Live:
    """The deployment, and where Studios keep their data."""

    folder: Path
    client: LangGraphClient
    upstream: str

    @contextmanager
    def studio(self, name: str, upstream: str = "") -> Iterator[tuple[str, int]]:
        """Address and process id of a fresh Studio."""
        home = self.folder / name
        home.mkdir()
        with studio_process(home, LANGGRAPH_URL=upstream or self.upstream) as (url, child):
            yield url, child.process.pid

    async def thread(self, graph: str = "talk") -> str:
        """A new thread."""
        return str((await self.client.threads.create(graph_id=graph))["thread_id"])

    async def heard(self, talk: Mapping[str, Any]) -> Heard:
        """An answer as the bare SDK alone hears it."""
        thread = await self.thread()
        run = await started(self.client, "talk", {**talk, "pause": PAUSE}, thread)
        return await heard(self.client, thread, run)

    async def seen(self, studio: str, talk: Mapping[str, Any], count: int = 1) -> list[Seen]:
        """An answer as so many viewers see it."""
        thread = await self.thread()
        async with viewers(studio, [thread] * count) as watch:
            await started(self.client, "talk", {**talk, "pause": PAUSE}, thread)
        return watch.seen

    async def both(self, studio: str, talk: Mapping[str, Any]) -> tuple[Heard, Seen]:
        """An answer as the bare SDK and a viewer take it in side by side."""
        thread = await self.thread()
        async with viewers(studio, [thread]) as watch:
            run = await started(self.client, "talk", {**talk, "pause": PAUSE}, thread)
            found = await heard(self.client, thread, run)
        return found, watch.seen[0]

    async def missed(self, seen: list[Seen]) -> str:
        """What to print about viewers whose text differs from the final message."""
        whole = [await complete(self.client, each) for each in seen]
        resyncs = sum(each.resyncs for each in seen)
        return f"{whole.count(True)} of {len(whole)} complete" + (f", {resyncs} started over" if resyncs else "")
