"""The verb behind the edit form: find the message, try how it is written, write it, read back, judge, and run on. Knows
nothing of requests.

The steps belong together: `perform` is one piece of work that goes on to its end whatever becomes of the browser, and
its outcome says of each step whether it happened.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from studio.deployments import states, threads
from studio.deployments.errors import DeploymentError, not_found
from studio.deployments.gateway import Gateway
from studio.deployments.runs import Start
from studio.history.edits import Verdict, judge, to_write, with_message
from studio.history.messages import Message, conversation
from studio.history.model import Checkpoint, Json, Snapshot
from studio.history.offers import FORCED
from studio.history.tree import Tree
from studio.index import sync
from studio.workbench.edits.changes import Change, Preview
from studio.workbench.edits.writing import foretell, writer_of
from studio.workbench.starting import begin, like_before

RUN_AFTER = ("replaced", "altered")
"""The verdicts after which a rerun still does what was meant."""
PAST = "It was written past the channel's reducer, as plain objects: a node that expects messages may trip over them."


@dataclass(frozen=True, slots=True)
class Place:
    """A message in the state on show, and the checkpoints to which an edit of it can be written; `tree` is that of all
    checkpoints, as far as they are known."""

    thread_id: str
    channel: str
    message: Message
    selected: Snapshot
    origin: Checkpoint | None
    tree: Tree

    @property
    def newest(self) -> str:
        """The id of the newest checkpoint."""
        return self.tree.head.id if self.tree.head else ""

    @property
    def later(self) -> bool:
        """Whether the state on show is later than the one that brought the message."""
        return self.origin is not None and self.origin.id != self.selected.checkpoint.id


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be written: where (`at_selected`: the checkpoint on show), in whose name, and whether to run on, with
    the start `adjusted`."""

    message: dict[str, Json]
    at_selected: bool = False
    as_node: str | None = None
    rerun: bool = False
    adjusted: Callable[[Start], Start] = lambda start: start


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has happened: the checkpoint that was made, the verdict on it, and whether a run was started from it.
    `problem` is what stopped the run from starting, after the edit was saved."""

    checkpoint_id: str
    verdict: Verdict
    started: bool = False
    problem: DeploymentError | None = None


async def locate(gateway: Gateway, thread_id: str, checkpoint_id: str, channel: str, message_id: str) -> Place:
    """Find the message in the state of a checkpoint. Raises DeploymentError (not_found) when it is not there."""
    asked = states.at(gateway, thread_id, checkpoint_id) if checkpoint_id else states.current(gateway, thread_id)
    selected = await asked
    if selected is None:
        raise not_found(f"A state of thread {thread_id}")
    found = [m for m in conversation(selected.channels.get(channel)) if m.id == message_id]
    if not found:
        raise not_found(f"Message {message_id}", "It may have been removed meanwhile; choose another checkpoint.")
    known = await sync.knowing(gateway, thread_id, selected.checkpoint.id)
    origin = known.spine.lineage(selected.checkpoint.id).messages.get(message_id)
    return Place(thread_id, channel, found[-1], selected, origin.introduced if origin else None, known.spine.tree)


async def perform(gateway: Gateway, place: Place, wish: Wish) -> Outcome:
    """Try, write, read back, judge, run on. Raises DeploymentError only as long as nothing is known to be written."""
    target = place.selected
    if place.origin is not None and place.later and not wish.at_selected:
        target = await states.at(gateway, place.thread_id, place.origin.id)
    seen, sent = await _tried(gateway, place, wish, target)
    as_node = wish.as_node or seen.as_node or None
    written = await states.update(gateway, place.thread_id, sent, target.checkpoint.id, as_node)
    try:
        after = await states.at(gateway, place.thread_id, written)
    except DeploymentError as error:
        told = f"Written, but the new checkpoint could not be read back: {error.title} Look at it before you go on."
        return Outcome(written, Verdict("unverified", told))
    verdict = judge(target.channels.get(place.channel), wish.message, after.channels.get(place.channel))
    if verdict.as_meant and seen.ways[place.channel] == FORCED:
        verdict = replace(verdict, text=f"{verdict.text} {PAST}")
    outcome = Outcome(written, verdict)
    if not wish.rerun or verdict.kind not in RUN_AFTER or not after.checkpoint.next:
        return outcome
    return await _run_on(gateway, place.thread_id, target, wish, outcome)


async def _tried(gateway: Gateway, place: Place, wish: Wish, target: Snapshot) -> tuple[Preview, dict[str, Json]]:
    """The preview of an edit, and what is to be sent: in the way that does what is meant, or where none could be tried
    the message alone. Raises DeploymentError when the deployment does not take it."""
    meant = with_message(target.channels.get(place.channel), wish.message)
    change = Change(target, {place.channel: meant}, wish.as_node or "")
    graph_id = (await threads.get(gateway, place.thread_id)).graph_id
    seen = await foretell(gateway, graph_id, change, change.as_node or writer_of(place.tree, target.checkpoint.id))
    seen.insist()
    alone: dict[str, Json] = {place.channel: [to_write(wish.message)]}
    return seen, change.sent(seen.ways) if seen.after else alone


async def _run_on(gateway: Gateway, thread_id: str, target: Snapshot, wish: Wish, outcome: Outcome) -> Outcome:
    """Start the run from the new checkpoint, with the configuration of the run that made the old one."""
    try:
        wanted = await like_before(gateway, thread_id, target.checkpoint.id, start_from=outcome.checkpoint_id)
        await begin(gateway, thread_id, wish.adjusted(wanted))
    except DeploymentError as error:
        return replace(outcome, problem=error)
    return replace(outcome, started=True)
