"""The verb behind the edit form: find the message, try how it is written, write it, read back, judge, and run on. Knows
nothing of requests.

The steps belong together: `perform` is one piece of work that goes on to its end whatever becomes of the browser, and
its outcome says of each step whether it happened.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from studio.deployments import states, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.starts import Start
from studio.deployments.thread_rows import Thread
from studio.history.edits import Verdict, judge, to_write, with_message
from studio.history.model import Json, Snapshot
from studio.history.writes import FORCED
from studio.workbench.edits.changes import Change, Preview
from studio.workbench.edits.inside import run_on, still_open
from studio.workbench.edits.place import Place
from studio.workbench.edits.rivalry import one_at_a_time, still_that_message
from studio.workbench.edits.writing import put, rehearse, writer_of

RUN_AFTER = ("replaced", "altered")
"""The verdicts after which a rerun still does what was meant."""
PAST = "It was written past the channel's reducer, as plain objects: a node that expects messages may trip over them."


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be written: where (`at_selected`: the checkpoint on show), in whose name, and whether to run on, with
    the start `adjusted`. `since`: the newest checkpoint that the person knew."""

    message: dict[str, Json]
    at_selected: bool = False
    as_node: str | None = None
    rerun: bool = False
    adjusted: Callable[[Start], Start] = lambda start: start
    since: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has happened: the checkpoint that was made, the verdict on it, and whether a run was started from it.
    `problem` is what stopped the run from starting, after the edit was saved."""

    checkpoint_id: str
    verdict: Verdict
    started: bool = False
    problem: DeploymentError | None = None


async def perform(gateway: Gateway, place: Place, wish: Wish) -> Outcome:
    """Try, write, read back, judge, run on. Raises DeploymentError only as long as nothing is known to be written:
    RivalError, too, when somebody else was faster."""
    target = place.selected
    if place.origin is not None and place.later and not wish.at_selected:
        target = await states.at(gateway, place.thread_id, place.origin.id, place.namespace)
    thread = await threads.get(gateway, place.thread_id)
    seen, sent = await _tried(gateway, thread, place, wish, target)
    async with one_at_a_time(gateway, thread.id):
        await still_that_message(gateway, place, wish.since)
        inside = await still_open(gateway, thread.id, place.namespace, target)
        as_node = wish.as_node or seen.as_node or None
        written = await put(gateway, thread.id, sent, target.checkpoint.id, as_node, place.namespace)
    if written.after is None:
        return Outcome(written.checkpoint_id, Verdict("unverified", written.unread))
    verdict = judge(target.channels.get(place.channel), wish.message, written.after.channels.get(place.channel))
    if verdict.as_meant and seen.ways[place.channel] == FORCED:
        verdict = replace(verdict, text=f"{verdict.text} {PAST}")
    outcome = Outcome(written.checkpoint_id, verdict)
    follows = not inside.rests if inside else bool(written.after.checkpoint.next)
    if not wish.rerun or verdict.kind not in RUN_AFTER or not follows:
        return outcome
    problem = await run_on(gateway, thread, inside, target.checkpoint.id, outcome.checkpoint_id, wish.adjusted)
    return replace(outcome, started=not problem, problem=problem)


async def _tried(
    gateway: Gateway, thread: Thread, place: Place, wish: Wish, target: Snapshot
) -> tuple[Preview, dict[str, Json]]:
    """The preview of an edit, and what is to be sent: in the way that does what is meant, or where none could be tried
    the message alone. Raises DeploymentError when the deployment does not take it."""
    meant = with_message(target.channels.get(place.channel), wish.message)
    change = Change(target, {place.channel: meant}, wish.as_node or "", namespace=place.namespace)
    seen = await rehearse(gateway, thread, change, writer_of(place.tree, target.checkpoint.id))
    seen.insist()
    alone: dict[str, Json] = {place.channel: [to_write(wish.message)]}
    return seen, change.sent(seen.ways) if seen.after else alone
