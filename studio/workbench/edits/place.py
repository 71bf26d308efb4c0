"""A message where it stands: in the state on show, on the way that brought it there."""

from collections.abc import Mapping
from dataclasses import dataclass

from studio.deployments import states
from studio.deployments.errors import DeploymentError, not_found
from studio.deployments.gateway import Gateway
from studio.history.messages import Message, conversation
from studio.history.model import Checkpoint, Snapshot
from studio.history.tree import Tree
from studio.index import sync
from studio.workbench.edits.drops import drops
from studio.workbench.links import thread_url

BY_CHANNEL = "By its id neither can be told from the other: edit the whole channel, with “Edit state”."


@dataclass(frozen=True, slots=True)
class Place:
    """A message in the state on show, and the checkpoints to which an edit of it can be written; `tree` is that of all
    checkpoints, as far as they are known; `url` the page that it is on; `namespace`: it is in a subgraph."""

    thread_id: str
    channel: str
    message: Message
    selected: Snapshot
    origin: Checkpoint | None
    tree: Tree
    url: str
    namespace: str = ""

    @property
    def newest(self) -> str:
        """The id of the newest checkpoint."""
        return self.tree.head.id if self.tree.head else ""

    @property
    def drops(self) -> str:
        """What an edit at the state on show takes away, in a sentence."""
        return drops(self.selected.tasks)

    @property
    def later(self) -> bool:
        """Whether the state on show is later than the one that brought the message."""
        return self.origin is not None and self.origin.id != self.selected.checkpoint.id


async def spoken_of(
    gateway: Gateway, thread_id: str, namespace: str, asked: Mapping[str, str], *, alone: bool = False
) -> Place:
    """The message at `message`, `checkpoint` and `channel` of a query or a form, found as by `locate`."""
    checkpoint_id, channel, message_id = (asked.get(name) or "" for name in ("checkpoint", "channel", "message"))
    named = (checkpoint_id, channel or "messages", message_id)
    return await locate(gateway, thread_id, *named, alone=alone, namespace=namespace)


async def locate(
    gateway: Gateway,
    thread_id: str,
    checkpoint_id: str,
    channel: str,
    message_id: str,
    *,
    alone: bool = False,
    namespace: str = "",
) -> Place:
    """Find the message in the state of a checkpoint, the last one of that id. Raises DeploymentError: not_found when it
    is not there, conflict when it has to be `alone` under its id, and is not."""
    at = states.at(gateway, thread_id, checkpoint_id, namespace) if checkpoint_id else None
    selected = await (at or states.current(gateway, thread_id, namespace))
    if selected is None:
        raise not_found(f"A state of thread {thread_id}")
    found = [m for m in conversation(selected.channels.get(channel)) if m.id == message_id]
    if not found:
        raise not_found(f"Message {message_id}", "It may have been removed meanwhile; choose another checkpoint.")
    if alone and len(found) > 1:
        raise DeploymentError("conflict", f"{len(found)} messages have the id “{message_id}”.", BY_CHANNEL)
    known = await sync.knowing(gateway, thread_id, selected.checkpoint.id, namespace)
    origin = known.spine.lineage(selected.checkpoint.id).messages.get(message_id)
    introduced = origin.introduced if origin else None
    url = thread_url(gateway.deployment.slug, thread_id, namespace=namespace)
    return Place(thread_id, channel, found[-1], selected, introduced, known.spine.tree, url, namespace)
