"""The verb behind the edit form: find the message, write it, read back, judge, and run on. Knows nothing of requests.

The steps belong together: `perform` is one piece of work that goes on to its end whatever becomes of the browser, and
its outcome says of each step whether it happened.
"""

from dataclasses import dataclass, replace

from studio.deployments import states
from studio.deployments.errors import DeploymentError, not_found
from studio.deployments.gateway import Gateway
from studio.history.edits import Verdict, judge, to_write
from studio.history.messages import Message, conversation
from studio.history.model import Checkpoint, Json, Snapshot
from studio.index import sync
from studio.workbench.starting import begin, like_before

RUN_AFTER = ("replaced", "altered")
"""The verdicts after which a rerun still does what was meant."""


@dataclass(frozen=True, slots=True)
class Place:
    """A message in the state on show, and the checkpoints to which an edit of it can be written."""

    thread_id: str
    channel: str
    message: Message
    selected: Snapshot
    origin: Checkpoint | None

    @property
    def later(self) -> bool:
        """Whether the state on show is later than the one that brought the message."""
        return self.origin is not None and self.origin.id != self.selected.checkpoint.id


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be written: where (`at_selected`: the checkpoint on show), in whose name, and whether to run on."""

    message: dict[str, Json]
    at_selected: bool = False
    as_node: str | None = None
    rerun: bool = False


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
    return Place(thread_id, channel, found[-1], selected, origin.introduced if origin else None)


async def perform(gateway: Gateway, place: Place, wish: Wish) -> Outcome:
    """Write, read back, judge, run on. Raises DeploymentError only as long as nothing is known to be written."""
    target = place.selected
    if place.origin is not None and place.later and not wish.at_selected:
        target = await states.at(gateway, place.thread_id, place.origin.id)
    values: dict[str, Json] = {place.channel: [to_write(wish.message)]}
    written = await states.update(gateway, place.thread_id, values, target.checkpoint.id, wish.as_node)
    try:
        after = await states.at(gateway, place.thread_id, written)
    except DeploymentError as error:
        told = f"Written, but the new checkpoint could not be read back: {error.title} Look at it before you go on."
        return Outcome(written, Verdict("unverified", told))
    verdict = judge(target.channels.get(place.channel), wish.message, after.channels.get(place.channel))
    outcome = Outcome(written, verdict)
    if not wish.rerun or verdict.kind not in RUN_AFTER or not after.checkpoint.next:
        return outcome
    return await _run_on(gateway, place.thread_id, target, outcome)


async def _run_on(gateway: Gateway, thread_id: str, target: Snapshot, outcome: Outcome) -> Outcome:
    """Start the run from the new checkpoint, with the configuration of the run that made the old one."""
    try:
        wanted = await like_before(gateway, thread_id, target.checkpoint.id, start_from=outcome.checkpoint_id)
        await begin(gateway, thread_id, wanted)
    except DeploymentError as error:
        return replace(outcome, problem=error)
    return replace(outcome, started=True)
