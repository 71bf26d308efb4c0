"""Where a thread stands still before its end, and why, as far as that is known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.run_rows import Run
from studio.history.model import Snapshot
from studio.workbench.desk import Desk

PAUSED = "Its run was paused, or stopped by hand."
UNKNOWN = "It was paused, or met a breakpoint."


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop of a thread, and `why`, in a sentence. `before` and `after` name the nodes whose breakpoints it met;
    `next` what follows, which some deployments do not tell at a breakpoint, and none where all nodes that were at work
    are `done`: what comes after them is settled when the thread goes on."""

    why: str
    next: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


async def shown(desk: Desk) -> dict[str, Any]:
    """What the templates need: the `stop` of the head, if it is on show and nobody is asked there; and whether the
    deployment is `breakable`, that is, takes breakpoints."""
    return {"stop": at_head(desk), "breakable": await breakable(desk.gateway)}


async def breakable(gateway: Gateway) -> bool:
    """Whether the deployment stops runs at breakpoints; where that cannot be told, it may."""
    try:
        return (await dialect(gateway)).breaks
    except DeploymentError:
        return True


def at_head(desk: Desk) -> Stop | None:
    """The stop of the thread on the desk; None where it ended, works, waits for an answer or is looked at elsewhere."""
    if not desk.at_head or desk.active_run or desk.namespace or desk.selected is None or desk.selected.interrupts:
        return None
    if not (desk.selected.goes_on or desk.thread.status == "interrupted"):
        return None
    return stop(desk.selected, desk.runs, desk.tree.ran(desk.selected.checkpoint.id))


def stop(snapshot: Snapshot, runs: Sequence[Run], ran: Sequence[str] = ()) -> Stop:
    """Why a thread stands still at its head; `runs`: the newest ones, newest first; `ran`: the nodes that made it."""
    following = tuple(dict.fromkeys(snapshot.checkpoint.next))  # a node may be sent to several times
    if told := _of_tasks(snapshot):
        return Stop(told, following)
    if snapshot.done and not following:
        return Stop(_paused(snapshot), done=snapshot.done)
    if snapshot.checkpoint.source == "update":
        return Stop("The state was edited here, and nothing has run since.", following)
    run = next((run for run in runs if run.id == snapshot.checkpoint.run_id), None)
    if any(one.status == "interrupted" for one in (*runs[:1], run) if one):
        return Stop(PAUSED, following)
    if run is None or run.status != "success":
        return Stop(UNKNOWN, following)
    return _at_breakpoints(run, following, ran)


def _of_tasks(snapshot: Snapshot) -> str:
    """What the tasks tell of it, or ""."""
    if edited := dict.fromkeys(task.name for task in snapshot.tasks if task.withdrawn):
        names, asks = " and ".join(edited), "ask" if len(edited) > 1 else "asks"
        return f"The state inside of {names} was edited after a question was asked there; {names} {asks} again."
    ended = [task for task in snapshot.tasks if task.error and task.name in snapshot.checkpoint.next]
    if failed := dict.fromkeys(task.name for task in ended if not task.stopped):
        return f"{', '.join(failed)} failed."
    return _paused(snapshot) if ended else ""


def _paused(snapshot: Snapshot) -> str:
    if not snapshot.cut_short:
        return PAUSED
    names = " and ".join(dict.fromkeys(task.name for task in snapshot.cut_short))
    return f"{PAUSED} That was before the edges of {names} were followed, so “Resume” runs this whole super-step again."


def _at_breakpoints(run: Run, following: tuple[str, ...], ran: Sequence[str]) -> Stop:
    before, after = _met(run.breaks[0], following), _met(run.breaks[1], dict.fromkeys(ran))
    if not any(run.breaks):
        return Stop("Its run was not told to stop here: its graph stops by itself.", following)
    if run.breaks[0] == ("*",) and not after:
        return Stop("Its run was to stop before every node.", following, before)
    if run.breaks[0] and not following:  # the node before which it stopped is one of these
        return Stop(f"Its run was to stop before {', '.join(run.breaks[0])}.")
    met = [f"{side} {', '.join(names)}" for side, names in (("before", before), ("after", after)) if names]
    return Stop(f"Its run met a breakpoint {' and '.join(met)}." if met else UNKNOWN, following, before, after)


def _met(breaks: tuple[str, ...], nodes: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in nodes if breaks == ("*",) or name in breaks)
