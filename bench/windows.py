"""What is told of the past of a long thread whose node rewrites the last of its messages at every step: with nothing
but the pure functions of the history, in seconds of the processor."""

import json
import time
from collections.abc import Callable, Iterable

from bench.threads import message
from studio.history.diff import compare
from studio.history.marks import Mark, Marks
from studio.history.measures import by_run
from studio.history.model import Checkpoint
from studio.history.provenance import trace
from studio.history.strangers import Brought, strangers
from studio.history.tree import grow

STEPS, WINDOW = 10_000, 1_000
APART = 100
"""Steps after which the thread forks."""


def main() -> None:
    """Measure, print."""
    known = [Mark(f"m{number}", f"{number:016x}") for number in range(STEPS)]
    print(f"{STEPS:,} checkpoints, each with the last {WINDOW:,} messages")
    _measure(known[max(0, at - WINDOW + 1) : at + 1] for at in range(STEPS))
    print(f"{STEPS:,} checkpoints of {WINDOW:,} messages, the second of which is edited at each")
    _measure([known[0], Mark("m1", f"{at}"), *known[2:WINDOW]] for at in range(STEPS))
    print(f"two states of {WINDOW:,} messages, of which one is edited")
    text = json.dumps([message(number) for number in range(WINDOW)])
    before, after = json.loads(text), json.loads(text.replace("Message 0:", "Another message:"))
    compared = _seconds(lambda: compare({"messages": before}, {"messages": after}))
    print(f"  {compared * 1000:.1f} ms, {compared / _seconds(lambda: json.loads(text)):.1f} × json.loads")


def _measure(lists: Iterable[list[Mark]]) -> None:
    made: list[Checkpoint] = []
    began = time.process_time()
    for at, marks in enumerate(lists):
        parent = made[at - (2 if at % APART == 0 else 1)] if at else None
        told = Marks(marks).after(parent.messages) if parent else Marks(marks)
        before, run = parent.id if parent else None, f"{at // APART}"
        made.append(Checkpoint(f"{at:08}", before, source="loop", next=("agent",), run_id=run, messages=told))
    tree = grow(made)
    print(f"  put together in {time.process_time() - began:.2f} s")
    found = {
        "the lineage of the newest": lambda: trace(tree, made[-1].id),
        "that of the oldest": lambda: trace(tree, made[0].id),
        "what another branch wrote first": lambda: strangers(tree, made[-1].id, Brought()),
        "the costs of all runs": lambda: by_run(tree),
    }
    print("  " + ", ".join(f"{name} {_seconds(make):.2f} s" for name, make in found.items()))


def _seconds(make: Callable[[], object]) -> float:
    began = time.process_time()
    make()
    return time.process_time() - began


if __name__ == "__main__":
    main()
