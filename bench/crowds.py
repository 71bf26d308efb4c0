"""The live room under a crowd: many runs at once, one client that never reads, many tasks."""

import asyncio
import base64
import json
import os
import re
import socket
import statistics
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from urllib.parse import urlsplit

import httpx

from bench.timing import memory
from bench.viewers import Seen
from bench.watching import PAUSE, Live, started, viewers

RUNS, TASKS, READERS = 200, 100, 20
SHORT = {"tokens": 100, "width": 6, "delay": 0.02, "pause": PAUSE}
HEAVY = {"tokens": 250, "width": 4_000, "turns": 16, "delay": 0.001, "pause": PAUSE}
HEAVY_TEXT = 16
"""Megabytes of text of it, in messages of one each: no single event is large."""
ROUNDS = 3
WORK = {"steps": 10, "delay": 0.3}
LISTED = re.compile(r'data-run-id="([^"]+)"\s+data-status="([^"]+)"')


async def many_runs(live: Live) -> None:
    """So many runs started at once, each with a viewer; the deployment works on some of them at a time."""
    threads = [await live.thread() for _ in range(RUNS)]
    with live.studio("runs") as (studio, pid):
        before = memory(pid)
        async with viewers(studio, threads) as watch:
            await asyncio.gather(*(started(live.client, "talk", SHORT, thread) for thread in threads))
        print(
            f"  {RUNS} runs at once: {await live.missed(watch.seen)}; memory of Studio at most "
            f"{memory(pid, 'VmHWM'):.0f} MB (before: {before:.0f})"
        )


async def one_that_never_reads(live: Live) -> None:
    """Peaks of fresh processes on the same run, in turns: with readers only, and with a silent client among them."""
    grown: dict[bool, list[float]] = {False: [], True: []}
    seen: list[Seen] = []
    for silent in [False, True] * ROUNDS:
        with live.studio(f"silent-{len(seen)}") as (studio, pid):
            await live.seen(studio, SHORT, READERS)
            before, thread = memory(pid), await live.thread()
            with never_reading(studio, thread) if silent else nullcontext():
                async with viewers(studio, [thread] * READERS) as watch:
                    await started(live.client, "talk", HEAVY, thread)
                grown[silent].append(memory(pid, "VmHWM") - before)
            seen += watch.seen
    without, among = statistics.median(grown[False]), statistics.median(grown[True])
    print(
        f"  one that never reads beside {READERS} that read {HEAVY_TEXT} MB: {among - without:+.1f} MB "
        f"(+{among:.0f} {_rounded(grown[True])}, without it +{without:.0f} {_rounded(grown[False])}); "
        f"{await live.missed(seen)}"
    )


def _rounded(figures: list[float]) -> list[int]:
    return [round(figure) for figure in figures]


@contextmanager
def never_reading(studio: str, thread: str) -> Iterator[None]:
    """A client with a small receive buffer that opens a socket, says hello and never reads what it is sent."""
    address = urlsplit(studio)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((address.hostname, address.port))
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET /ws/d/local/threads/{thread}/ HTTP/1.1",
            f"Host: {address.netloc}",
            f"Origin: {studio}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += client.recv(1)
        assert answer.startswith(b"HTTP/1.1 101"), answer
        hello = json.dumps({"type": "hello", "cursor": ""}).encode()
        client.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)  # masked with zeros
        yield
        assert client.recv(1, socket.MSG_PEEK), "the client that never reads was not served"


async def pipelines(live: Live) -> None:
    """So many tasks started at once; what their pages say in the end is compared with the SDK."""
    threads = [await live.thread("pipeline") for _ in range(TASKS)]
    with live.studio("tasks") as (studio, _):
        async with viewers(studio, threads) as watch:
            await asyncio.gather(*(started(live.client, "pipeline", WORK, thread) for thread in threads))
        ended = sum(seen.ended for seen in watch.seen)
        whole = sum(seen.progress == 100 for seen in watch.seen)
        async with httpx.AsyncClient(timeout=60) as http:
            same = 0
            for seen in watch.seen:
                page = (await http.get(f"{studio}/d/local/threads/{seen.thread}/runs/")).text
                says = dict(LISTED.findall(page)).get(seen.run)
                same += says == (await live.client.runs.get(seen.thread, seen.run))["status"] if seen.run else 0
    print(
        f"  {TASKS} tasks at once: {ended} seen to their end, {whole} of them with all progress; "
        f"{same} statuses as the SDK says"
    )
