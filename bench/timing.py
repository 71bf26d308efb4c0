"""Timing requests: medians, and two kinds of request in turns, so that a noisy machine slows both alike."""

import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

TIMES = 9
Ask = Callable[[], Awaitable[httpx.Response]]


async def median(ask: Ask) -> float:
    """Milliseconds of a request, the first one not counted."""
    await timed(ask)
    return statistics.median([await timed(ask) for _ in range(TIMES)])


async def beside(one: Ask, other: Ask) -> tuple[float, float]:
    """Milliseconds of two requests, made in turns, the first of each not counted."""
    await timed(one)
    await timed(other)
    taken = [(await timed(one), await timed(other)) for _ in range(TIMES)]
    return statistics.median(a for a, _ in taken), statistics.median(b for _, b in taken)


async def timed(ask: Ask) -> float:
    """Milliseconds of one request, which has to succeed."""
    began = time.perf_counter()
    (await ask()).raise_for_status()
    return (time.perf_counter() - began) * 1000


def memory(pid: int, field: str = "VmRSS") -> float:
    """Megabytes of a process: VmRSS now, VmHWM at most so far. 0 where there is no /proc."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{field}:")), 0.0)
