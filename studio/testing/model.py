"""What a fake deployment holds: threads of checkpoints, and runs with the events they have sent."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

ACTIVE = ("pending", "running")


@dataclass(slots=True)
class FakeTask:
    """A node of the super-step after a checkpoint."""

    id: str
    name: str
    result: Any = None
    error: str | None = None
    interrupts: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    namespace: str | None = None
    """Where the subgraph that it runs has its checkpoints."""


@dataclass(slots=True)
class FakeCheckpoint:
    """A checkpoint with its values. `wrote`: the nodes that wrote last, which decide what comes next."""

    id: str
    parent_id: str | None
    step: int
    source: str
    values: dict[str, Any]
    next: tuple[str, ...]
    wrote: tuple[str, ...]
    created_at: datetime
    run_id: str | None = None
    tasks: list[FakeTask] = field(default_factory=list)


@dataclass(slots=True)
class FakeThread:
    """A thread, or what one of its subgraphs did: then with a `namespace` and the checkpoints above it, by namespace.
    `checkpoints` in the order in which they were made."""

    id: str
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    checkpoints: list[FakeCheckpoint] = field(default_factory=list)
    runs: "list[FakeRun]" = field(default_factory=list)
    error: dict[str, str] | None = None
    stuck: dict[str, Any] = field(default_factory=dict)
    """The checkpoint that runs have named, on a server on which that sticks."""
    untouched_copy: bool = False
    """Until something happens to it, the official server lists a copy as idle and without values."""
    namespace: str = ""
    parents: dict[str, str] = field(default_factory=dict)
    subgraphs: "dict[str, FakeThread]" = field(default_factory=dict)
    """All of them by namespace; those of subgraphs too."""

    @property
    def head(self) -> FakeCheckpoint:
        """The newest checkpoint; there has to be one."""
        return self.checkpoints[-1]

    @property
    def active(self) -> "list[FakeRun]":
        """Runs that wait or work, the oldest first."""
        return [run for run in self.runs if run.status in ACTIVE]

    @property
    def status(self) -> str:
        """busy, error, interrupted (something is still to run) or idle."""
        if self.active:
            return "busy"
        if self.error:
            return "error"
        waits = self.checkpoints and self.head.next and not self.untouched_copy
        return "interrupted" if waits else "idle"

    def find(self, checkpoint_id: str | None) -> FakeCheckpoint | None:
        """The checkpoint with this id, or the newest one for None."""
        if checkpoint_id is None:
            return self.checkpoints[-1] if self.checkpoints else None
        return next((c for c in self.checkpoints if c.id == checkpoint_id), None)

    @property
    def stored(self) -> int:
        """How many checkpoints there are in all, those of subgraphs included."""
        return len(self.checkpoints) + sum(len(inner.checkpoints) for inner in self.subgraphs.values())

    def within(self, namespace: str) -> "FakeThread":
        """The history of a namespace; an empty one where there is none."""
        nothing = FakeThread(self.id, self.metadata, self.created_at, self.updated_at, namespace=namespace)
        return self.subgraphs.get(namespace, nothing) if namespace else self

    def nest(self, at: FakeCheckpoint, task: FakeTask) -> "FakeThread":
        """Let a task after a checkpoint run a subgraph; its history, which is to be grown as a thread is."""
        task.namespace = f"{self.namespace}|{task.name}:{task.id}".lstrip("|")
        inner = self.within(task.namespace)
        inner.parents, inner.subgraphs = self.parents | {self.namespace: at.id}, self.subgraphs
        return self.subgraphs.setdefault(task.namespace, inner)

    def remove(self, gone: Container[str]) -> None:
        """Take away checkpoints and what their subgraphs did."""
        self.checkpoints = [c for c in self.checkpoints if c.id not in gone]
        for namespace, inner in list(self.subgraphs.items()):
            if inner.parents[self.namespace] in gone:
                del self.subgraphs[namespace]

    def remove_run(self, run: "FakeRun") -> None:
        """Take away a run and every checkpoint that it made, as a rollback does."""
        run.stop("interrupted")
        self.runs.remove(run)
        self.remove({c.id for c in self.checkpoints if c.run_id == run.id})


@dataclass(slots=True)
class FakeEvent:
    """One event of a stream; `id` is empty when the run is not resumable."""

    id: str
    name: str
    data: Any


@dataclass(slots=True)
class FakeRun:
    """A run as a script: each `advance` sends one event more and does what belongs to it."""

    id: str
    thread_id: str
    assistant_id: str
    graph_id: str
    asked: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    status: str = "pending"
    events: list[FakeEvent] = field(default_factory=list)
    script: Iterator[None] = field(default_factory=lambda: iter(()))

    @property
    def active(self) -> bool:
        """Whether it still waits or works."""
        return self.status in ACTIVE

    def advance(self, events: int = 1) -> None:
        """Work until so many more events have been sent, or until the end."""
        for _ in range(events):
            next(self.script, None)

    def release(self) -> None:
        """Work to the end, or to an interrupt."""
        for _ in self.script:
            pass

    def stop(self, status: str) -> None:
        """End it here; what it has done stays."""
        if self.active:
            self.script, self.status = iter(()), status
