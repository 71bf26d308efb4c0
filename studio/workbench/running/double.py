"""What may be done with a message while a run is active: the four strategies in words, and which one suits."""

from dataclasses import dataclass
from datetime import datetime

from studio.deployments.run_rows import Run

YOUNG = 15.0
"""Seconds up to which a message may well be a correction of what has just been sent."""
EFFECTS = ("tool", "action", "update", "write", "send", "publish", "save")
"""Parts of the names of nodes that change something outside of the thread."""


@dataclass(frozen=True, slots=True)
class Way:
    """One strategy: its name for the server, in words, what it does to the run that is active now."""

    name: str
    words: str
    effect: str
    erases: bool = False


@dataclass(frozen=True, slots=True)
class Double:
    """The choice while a run is active: `suggested` is the name of a way, `why` the reason for it; `age` is that of the
    run in seconds."""

    run: Run
    age: float
    waiting: int
    ways: tuple[Way, ...]
    suggested: str
    why: str


def double(run: Run, waiting: int, following: tuple[str, ...], now: datetime) -> Double:
    """The ways to send something while `run` is active and others wait behind it; `following` are the nodes at work."""
    age = (now - run.created_at).total_seconds() if run.created_at else 0.0
    queue = f", behind {waiting} other{'s' * (waiting > 1)}" if waiting else ""
    others = f" The {waiting} that wait{'s' * (waiting == 1)} go{'es' * (waiting == 1)} with it." if waiting else ""
    ways = (
        Way("enqueue", "wait in the queue", f"The run goes on to its end; yours starts after it{queue}."),
        Way("interrupt", "stop it, keep its work", f"Its checkpoints stay, and yours goes on from them.{others}"),
        Way("rollback", "stop it and erase it", f"It is removed with its checkpoints.{others}", erases=True),
        Way("reject", "refuse", "Nothing is sent as long as a run is active."),
    )
    return Double(run, age, waiting, ways, "enqueue", _why(age, following))


def _why(age: float, following: tuple[str, ...]) -> str:
    """The queue is suggested, for it loses nothing; when something else suits better, this says so."""
    acting = [node for node in following if any(part in node.lower() for part in EFFECTS)]
    if acting:
        return f"The queue is best: “{acting[0]}” may be changing something that cannot be taken back."
    if age < YOUNG:
        return "The run is young: if you correct what you just sent, erase it; if this is something new, queue it."
    return "The run has worked for a while: the queue loses none of it."
