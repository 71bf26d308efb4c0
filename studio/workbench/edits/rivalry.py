"""Two people at the same thing: whether somebody else has edited what a form was opened on, before it is written.

To look and to write are two requests. Within this process nobody writes to the thread in between; of two processes each
may write at the same moment, and both edits stand, on branches of their own.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from weakref import WeakValueDictionary

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.history import rivals
from studio.history.edits import same_message
from studio.history.messages import Message, conversation
from studio.history.plain import as_json
from studio.index import sync
from studio.workbench.edits.place import Place
from studio.workbench.edits.ways import PREFIX

MOST_READ = 3
"""Edits that are looked at to find one that differs."""
OTHER_MESSAGE = "Somebody else edited this message meanwhile."
OTHER_STATE = "Somebody else edited this state meanwhile."
_writing: WeakValueDictionary[tuple[int, str, str], asyncio.Lock] = WeakValueDictionary()
"""By loop, deployment and thread."""


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody else's edit of a message: its checkpoint and the message in it, None where it was removed. `unread`: the
    message could not be read."""

    checkpoint_id: str
    message: Message | None = None
    unread: bool = False

    @property
    def shown(self) -> str:
        """Their message to be read: its words, or as JSON what has more than words."""
        if self.message is None:
            return ""
        plain = self.message.text and not self.message.tool_calls
        return self.message.text if plain else as_json(self.message.raw, indent=2)


class RivalError(DeploymentError):
    """Somebody else has written an edit of the same message or state, the `rival`. Nothing was written."""

    def __init__(self, title: str, rival: Rival) -> None:
        super().__init__("conflict", title, "What you save now stands on a branch of its own, beside theirs.")
        self.rival = rival


def known_to(form: Mapping[str, str]) -> str:
    """The newest checkpoint of which the person who sent a form knew, "" where the form does not say: the one that was
    the newest when it was opened, or that of an edit which they were shown."""
    since = form.get("since", "")
    return max(since, form.get("confirmed", "")) if since else ""


def verb_of(form: Mapping[str, str]) -> str:
    """The verb of a form, "" for none: the one of the button, or that which is confirmed now."""
    return form.get("verb", "") or (form.get("asked", "") if form.get("confirmed") else "")


def remembered(form: Mapping[str, str], newest: str) -> dict[str, object]:
    """What a form carries along: the checkpoint that was the newest when it was opened, the verb that may have to be
    confirmed, and the ways that were chosen, by the names of their fields."""
    choices = {name: way for name, way in form.items() if name.startswith(PREFIX)}
    return {"since": form.get("since", "") or newest, "asked": verb_of(form), "choices": choices}


def one_at_a_time(gateway: Gateway, thread_id: str) -> asyncio.Lock:
    """To be held from the last look at a thread until its edit is written."""
    key = (id(asyncio.get_running_loop()), gateway.deployment.slug, thread_id)
    return _writing.setdefault(key, asyncio.Lock())


async def still_that_message(gateway: Gateway, place: Place, since: str) -> None:
    """To be asked right before a write. Raises RivalError when somebody else has edited the message after `since`, so
    that it differs from what was shown."""
    if not since:
        return
    known, _ = await sync.attempt(gateway, place.thread_id, place.namespace, counts=False)
    found = rivals.of_message(known.spine.tree, since, place.selected.checkpoint.id, place.message.id or "")
    for id in islice(found, MOST_READ):
        theirs = await _read(gateway, place, id)
        if theirs.message is None or not same_message(theirs.message.raw, place.message.raw):
            raise RivalError(OTHER_MESSAGE, theirs)


async def still_that_state(
    gateway: Gateway, thread_id: str, checkpoint_id: str, since: str, namespace: str = ""
) -> None:
    """To be asked right before a write. Raises RivalError when the state has been edited after `since`."""
    if not since:
        return
    known, _ = await sync.attempt(gateway, thread_id, namespace, counts=False)
    for id in rivals.of_state(known.spine.tree, since, checkpoint_id):
        raise RivalError(OTHER_STATE, Rival(id))


async def _read(gateway: Gateway, place: Place, checkpoint_id: str) -> Rival:
    try:
        snapshot = await states.values_at(gateway, place.thread_id, checkpoint_id, place.namespace)
    except DeploymentError:
        return Rival(checkpoint_id, unread=True)
    held = conversation(snapshot.channels.get(place.channel))
    return Rival(checkpoint_id, next((m for m in reversed(held) if m.id == place.message.id), None))
