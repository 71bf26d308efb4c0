"""The live room: what it adds to a run that is watched, and what many viewers or many runs cost.

Aimed at: a relay of at least 0.9 × the pace of the bare SDK; a token at most 60 ms later than there (p95); at most
1.5 × the text and 200 bytes a frame on the socket; one upstream stream and at most twice the processor for 50 viewers;
at most 400 MB for 200 runs; at most 8 MB for a client that never reads; nobody's text incomplete, ever.

`python -m bench.live` measures this alone; `make bench` measures it with the rest. It has a server of its own, so that
neither slows the other down.
"""

import asyncio
import math
import statistics
import tempfile
from pathlib import Path

from langgraph_sdk import get_client

from bench import crowds
from bench.meter import metered
from bench.viewers import Seen
from bench.watching import Heard, Live, processor_seconds
from demo.embedded import ROOT, embedded_server

CONFIG = ROOT / "bench" / "langgraph.json"
"""The graphs of this benchmark: a sample, and one that talks as much as it is asked to."""
ROUNDS = 3
FAST = {"tokens": 10_000, "width": 6, "delay": 0}
PACED = {"tokens": 400, "width": 6, "delay": 0.02}
LONG = {"tokens": 4_000, "width": 6, "delay": 0.002}


async def main() -> None:
    """Measure with a server of its own."""
    with tempfile.TemporaryDirectory() as name, embedded_server(Path(name) / "server", CONFIG) as server:
        server.wait_ready()
        async with get_client(url=server.url, api_key=None) as client:
            await _measure(Live(Path(name), client, server.url))


async def _measure(live: Live) -> None:
    print("live")
    with live.studio("live") as (studio, _):
        await live.both(studio, PACED | {"tokens": 20})  # what is loaded once
        await _relay(live, studio)
        await _delay(live, studio)
        await _bytes(live, studio)
    await _many_viewers(live)
    await crowds.many_runs(live)
    await crowds.one_that_never_reads(live)
    await crowds.pipelines(live)


async def _relay(live: Live, studio: str) -> None:
    """Seconds from the first token that the SDK has to the last one, in rounds, so that a noisy moment hits both."""
    beside: list[tuple[float, float]] = []
    alone: list[tuple[float, float]] = []
    shown: list[Seen] = []
    for _ in range(ROUNDS):
        found, seen = await live.both(studio, FAST)
        began = found.arrivals[0][0]
        beside.append((_seconds(found, began), _seconds(seen, began)))
        found, [watched] = await live.heard(FAST), await live.seen(studio, FAST)
        alone.append((_seconds(found), _seconds(watched)))
        shown += [seen, watched]
    for name, taken in (("side by side", beside), ("each alone", alone)):
        bare, relayed = [FAST["tokens"] / statistics.median(column) for column in zip(*taken, strict=True)]
        ratios = sorted(round(bare / relayed, 2) for bare, relayed in taken)
        print(
            f"  relay, {name}: {relayed:.0f} tokens/s, {relayed / bare:.2f} × the bare SDK ({bare:.0f}); "
            f"each round {ratios}"
        )
    print(f"  {await live.missed(shown)}")


def _seconds(taken: Heard | Seen, began: float | None = None) -> float:
    """From the first text, or from when it `began`, to the last; without end where nothing came."""
    if not taken.arrivals:
        return math.inf
    return taken.arrivals[-1][0] - (taken.arrivals[0][0] if began is None else began)


async def _delay(live: Live, studio: str) -> None:
    found, seen = await live.both(studio, PACED)
    later, frames = [], iter(seen.arrivals)
    at, shown = 0.0, 0.0
    for came, length in found.arrivals:
        while shown < length:
            at, shown = next(frames, (math.inf, math.inf))  # what never came is late without end
        later.append((at - came) * 1000)
    middle, high = statistics.median(later), statistics.quantiles(later, n=20)[-1]
    print(f"  a token later than at the SDK: p50 {middle:.0f} ms, p95 {high:.0f} ms; {seen.frames} frames")


async def _bytes(live: Live, studio: str) -> None:
    for name, letter in (("ASCII", "n"), ("Japanese", "語")):
        [seen] = await live.seen(studio, LONG | {"letter": letter})
        allowed = 1.5 * seen.text_size + 200 * seen.frames
        sent, text = seen.size / 1000, seen.text_size / 1000
        print(
            f"  {LONG['tokens']:,} tokens, {name}: {sent:.0f} KB sent for {text:.0f} KB of text, {seen.frames} "
            f"frames: {seen.size / allowed:.2f} × what is allowed; {await live.missed([seen])}"
        )


async def _many_viewers(live: Live) -> None:
    async with metered(live.upstream) as opened:
        with live.studio("viewers", opened.url) as (studio, pid):
            await live.seen(studio, PACED | {"tokens": 20}, 50)
            for name, talk in (("paced", PACED), ("fast", FAST)):
                used: dict[int, list[float]] = {1: [], 50: []}
                shown: list[Seen] = []
                opened.streams = 0
                for count in [1, 50] * ROUNDS:
                    before = processor_seconds(pid)
                    shown += await live.seen(studio, talk, count)
                    used[count].append(processor_seconds(pid) - before)
                one, many = statistics.median(used[1]), statistics.median(used[50])
                print(
                    f"  50 viewers, {name}: {opened.streams / ROUNDS / 2:g} upstream streams a run, {many:.2f} s of "
                    f"processor, {many / one if one else 0:.1f} × that of one ({one:.2f} s); {await live.missed(shown)}"
                )


if __name__ == "__main__":
    asyncio.run(main())
