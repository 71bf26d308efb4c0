"""What work costs, counted and not timed: the lines of Python that it runs are the same on every machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of Python it takes."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def growth(prepared: Callable[[int], Callable[[], object]], size: int) -> float:
    """How many times as much the work on twice the size is: 2 where it is in proportion, 4 where everything looks at
    everything else."""
    return lines_run(prepared(2 * size)) / lines_run(prepared(size))
