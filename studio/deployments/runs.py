"""Runs: starting them in the background, following what they stream, stopping them.

Studio starts every run in the background and joins its stream, so that a closed page never ends a run. What servers
default differently is always sent.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError, translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read, write
from studio.deployments.wire import parse_time
from studio.history.model import Json

ACTIVE = ("pending", "running")
STREAM_MODES = ("messages-tuple", "updates", "custom")
OWN_KEYS = frozenset(
    ("run_id", "thread_id", "graph_id", "assistant_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map")
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a thread. `config` and `context` are what its creator chose, without what the server added."""

    id: str
    thread_id: str
    assistant_id: str
    status: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    config: Mapping[str, Json] = field(default_factory=dict)
    context: Mapping[str, Json] = field(default_factory=dict)

    @property
    def seconds(self) -> float | None:
        """How long it took, waiting included; None while it is active."""
        if self.active or self.created_at is None or self.updated_at is None:
            return None
        return (self.updated_at - self.created_at).total_seconds()

    @property
    def active(self) -> bool:
        """Whether it still waits or works."""
        return self.status in ACTIVE


@dataclass(frozen=True, slots=True)
class Start:
    """What to run: `input`, or `command` (a resume), or neither to go on from the checkpoint."""

    assistant_id: str
    input: Json = None
    command: Mapping[str, Json] | None = None
    checkpoint_id: str | None = None
    config: Mapping[str, Json] = field(default_factory=dict)
    context: Mapping[str, Json] = field(default_factory=dict)
    multitask_strategy: str = "reject"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run's stream. `mode` is messages, updates, custom, metadata or error; `namespace` names the
    subgraph it came from, outermost first."""

    id: str
    mode: str
    data: Any
    namespace: tuple[str, ...] = ()


async def start(gateway: Gateway, thread_id: str, wanted: Start) -> Run:
    """Start a run in the background, resumable, and answer at once."""
    chosen: dict[str, Any] = {
        "input": wanted.input,
        "command": wanted.command,
        "stream_mode": list(STREAM_MODES),
        "multitask_strategy": wanted.multitask_strategy,
    }
    if wanted.checkpoint_id:
        chosen["checkpoint"] = {"checkpoint_id": wanted.checkpoint_id}
    if wanted.config:
        chosen["config"] = dict(wanted.config)
    elif wanted.context:  # servers refuse both at once, and fill the one from the other
        chosen["context"] = dict(wanted.context)
    row = await write(
        gateway,
        "The thread or the assistant",
        lambda: gateway.sdk.runs.create(
            thread_id,
            wanted.assistant_id,
            stream_resumable=True,
            stream_subgraphs=True,
            **chosen,
        ),
    )
    with translated(gateway.deployment):
        return _run(row)


async def get(gateway: Gateway, thread_id: str, run_id: str) -> Run:
    """One run with its present status."""
    row = await read(gateway, f"Run {run_id}", lambda: gateway.sdk.runs.get(thread_id, run_id))
    with translated(gateway.deployment):
        return _run(row)


async def recent(gateway: Gateway, thread_id: str, limit: int = 10) -> list[Run]:
    """The newest runs of a thread, newest first whatever order the server has."""
    speech = await dialect(gateway)
    wanted = 1000 if speech.flavour == "js" else limit  # it lists the oldest first
    rows: list[Any] = await read(gateway, f"Thread {thread_id}", lambda: gateway.sdk.runs.list(thread_id, limit=wanted))
    with translated(gateway.deployment):
        found = [_run(row) for row in rows]
    return sorted(found, key=lambda run: (run.created_at is not None, run.created_at, run.id), reverse=True)[:limit]


async def cancel(gateway: Gateway, thread_id: str, run_id: str) -> bool:
    """Stop a run and keep its work. False: it had already ended, which is no failure."""
    try:
        await write(
            gateway,
            f"Run {run_id}",
            lambda: gateway.sdk.runs.cancel(thread_id, run_id, wait=False, action="interrupt"),
        )
    except DeploymentError as error:
        if error.kind in ("not_found", "conflict"):
            return False
        raise
    return True


async def follow(gateway: Gateway, thread_id: str, run_id: str, after: str | None = None) -> AsyncIterator[Event]:
    """The events of a run, from its start or `after` an event id, until the stream ends, which is no proof that the
    run did. Raises DeploymentError when the stream cannot be had or breaks."""
    speech = await dialect(gateway)
    with translated(gateway.deployment, f"Run {run_id}"):
        stream = gateway.streams.runs.join_stream(thread_id, run_id, last_event_id=after or speech.replay_from)
        async for part in stream:
            mode, *namespace = part.event.split("|")
            yield Event(part.id or "", mode, part.data, tuple(namespace))


def choices(config: Mapping[str, Any]) -> dict[str, Json]:
    """The part of a run's configuration that its creator chose: what to send again when it is repeated."""
    configurable = config.get("configurable")
    own = {
        key: value
        for key, value in (configurable if isinstance(configurable, dict) else {}).items()
        if key not in OWN_KEYS and not key.startswith(("langgraph_", "__")) and not (key == "user_id" and not value)
    }
    kept: dict[str, Json] = {key: config[key] for key in ("tags", "recursion_limit") if config.get(key)}
    return kept | ({"configurable": own} if own else {})


def _run(row: Any) -> Run:
    kwargs = row.get("kwargs") or row
    return Run(
        id=row["run_id"],
        thread_id=row["thread_id"],
        assistant_id=row.get("assistant_id") or "",
        status=row.get("status") or "",
        created_at=parse_time(row.get("created_at")),
        updated_at=parse_time(row.get("updated_at")),
        config=choices(kwargs.get("config") or {}),
        context=kwargs.get("context") or {},
    )
