"""What may be done with a message while a run is active: the four strategies in words, and which one suits."""

from dataclasses import dataclass
from datetime import datetime

from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.run_rows import Run
from studio.deployments.starts import STRATEGIES

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


async def offered(gateway: Gateway) -> tuple[str, ...]:
    """The strategies of a deployment, the one to suggest first; where that cannot be told, all of them."""
    try:
        return (await dialect(gateway)).strategies
    except DeploymentError:
        return STRATEGIES


def double(
    run: Run, waiting: int, following: tuple[str, ...], now: datetime, strategies: tuple[str, ...] = STRATEGIES
) -> Double:
    """The ways to send something while `run` is active and others wait behind it, those of the deployment's
    `strategies`, of which the first is suggested; `following` are the nodes at work."""
    age = (now - run.created_at).total_seconds() if run.created_at else 0.0
    queue = f", behind {waiting} other{'s' * (waiting > 1)}" if waiting else ""
    others = f" The {waiting} that wait{'s' * (waiting == 1)} go{'es' * (waiting == 1)} with it." if waiting else ""
    ways = (
        Way("enqueue", "wait in the queue", f"The run goes on to its end; yours starts after it{queue}."),
        Way("interrupt", "stop it, keep its work", f"Its checkpoints stay, and yours goes on from them.{others}"),
        Way("rollback", "stop it and erase it", f"It is removed with its checkpoints.{others}", erases=True),
        Way("reject", "refuse", "Nothing is sent as long as a run is active."),
    )
    there = tuple(way for way in ways if way.name in strategies)
    return Double(run, age, waiting, there, strategies[0], _why(age, following, strategies))


def _why(age: float, following: tuple[str, ...], strategies: tuple[str, ...]) -> str:
    """The queue is suggested, for it loses nothing; when something else suits better, this says so."""
    if "enqueue" not in strategies:
        return "This server has no queue: wait for the end of the run, or stop it."
    acting = [node for node in following if any(part in node.lower() for part in EFFECTS)]
    if acting:
        return f"The queue is best: “{acting[0]}” may be changing something that cannot be taken back."
    if age < YOUNG and "rollback" in strategies:
        return "The run is young: if you correct what you just sent, erase it; if this is something new, queue it."
    return "The run has worked for a while: the queue loses none of it."
