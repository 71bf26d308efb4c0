"""The parts of a thread: checkpoints (the spine of the tree), tasks, interrupts and whole states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from studio.history.marks import NONE, Marks
from studio.history.plain import Json as Json
from studio.history.questions import Question, question


class Held(NamedTuple):
    """What the index keeps of a channel's value: a hash, and its bytes of JSON on the wire."""

    hash: str
    size: int


class Shared(NamedTuple):
    """What two states are known to have in common: the `channels` that hold the very same, and at least so many
    `messages` at their start."""

    channels: frozenset[str] = frozenset()
    messages: int = 0


NOTHING = Shared()
"""Nothing is known."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One node of the tree, without its values.

    `step` is −1 for the first input; `source` is input, loop, update or fork; `next` names the nodes that run
    from here; `messages` are the marks of all its messages and `channels` those of its channels; `error` is the class
    name of the error that stopped a task here, or "".
    """

    id: str
    parent_id: str | None = None
    step: int | None = None
    source: str = ""
    next: tuple[str, ...] = ()
    created_at: datetime | None = None
    run_id: str | None = None
    messages: Marks = NONE
    channels: Mapping[str, Held] = field(default_factory=dict)
    interrupted: bool = False
    error: str = ""

    @property
    def message_ids(self) -> tuple[str, ...]:
        """The ids of its messages, in order; a message without one is left out."""
        return tuple(mark.id for mark in self.messages if mark.id)

    @property
    def size(self) -> int:
        """Bytes of its state on the wire."""
        return sum(held.size for held in self.channels.values())

    def shares(self, other: "Checkpoint | None") -> Shared:
        """What it has in common with another checkpoint."""
        if other is None:
            return NOTHING
        same = frozenset(name for name, held in self.channels.items() if other.channels.get(name) == held)
        return Shared(same, self.messages.since(other.messages)[0])


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A question that a node asked with `interrupt()`; a resume answers it by `id`. `response_schema`: the JSON schema
    of the answer, from servers that tell it."""

    id: str | None
    value: Json
    response_schema: Json = None

    @property
    def question(self) -> Question:
        """What kind of question it is."""
        return question(self.value, self.response_schema)


@dataclass(frozen=True, slots=True)
class Task:
    """A node about to run, running, or run, in the super-step that follows a checkpoint. `withdrawn`: what it asked
    before the state inside of it was edited; it asks anew when it runs, and no answer to these reaches it."""

    id: str
    name: str
    error: str = ""
    interrupts: tuple[Interrupt, ...] = ()
    result: Json = None
    namespace: str | None = None
    withdrawn: tuple[Interrupt, ...] = ()

    @property
    def stopped(self) -> bool:
        """Whether what ended it was a person who cancelled its run, which deployments report as an error."""
        return error_name(self.error) == STOPPED


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole state at one checkpoint. `raw` holds the bytes as the deployment sent them."""

    checkpoint: Checkpoint
    values: Json
    tasks: tuple[Task, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    config: Mapping[str, Json] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def channels(self) -> dict[str, Json]:
        """The state by channel; empty when the deployment's values are not an object."""
        return self.values if isinstance(self.values, dict) else {}

    @property
    def waiting(self) -> tuple[Task, ...]:
        """The tasks that wait for a person: those with interrupts that are still to run."""
        return tuple(task for task in self.tasks if task.interrupts and task.name in self.checkpoint.next)

    @property
    def interrupts(self) -> tuple[Interrupt, ...]:
        """What waits for a person."""
        return tuple(interrupt for task in self.waiting for interrupt in task.interrupts)

    @property
    def done(self) -> tuple[str, ...]:
        """The nodes of the super-step that follows which are done; others may not be."""
        return tuple(dict.fromkeys(task.name for task in self.tasks if task.result is not None))

    @property
    def cut_short(self) -> tuple[Task, ...]:
        """The tasks whose run was stopped after they had told their result and before their edges were followed: a
        deployment takes them for done, and nothing would ever run after them."""
        return tuple(task for task in self.tasks if task.stopped and task.result is not None)

    @property
    def goes_on(self) -> bool:
        """Whether there is something to run from here: what is next, or what was done and not closed. A graph that has
        ended leaves no tasks."""
        return bool(self.checkpoint.next or self.done)

    @property
    def failed(self) -> tuple[Task, ...]:
        """The tasks that ended with an error of their own; those that a person stopped are not among them."""
        return tuple(task for task in self.tasks if task.error and not task.stopped)

    @property
    def asking(self) -> str:
        """Differs whenever other questions are open."""
        return " ".join([self.checkpoint.id, *(interrupt.id or "" for interrupt in self.interrupts)])


STOPPED = "CancelledError"
"""The error that a cancelled run leaves behind."""


def error_name(text: str) -> str:
    """The class name at the head of an error text such as `ValueError('boom')`, else `error`; "" for no text."""
    head = text.partition("(")[0].partition(":")[0].strip().rpartition(".")[2]
    return head if head.isidentifier() else "error" * bool(text)
