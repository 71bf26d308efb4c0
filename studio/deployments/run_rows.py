"""A run as lists and pages show it, read out of the rows that deployments answer with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from studio.deployments.wire import parse_time
from studio.history.blocks import text_of
from studio.history.model import Json

ACTIVE = ("pending", "running")
SERVERS_OWN = frozenset(("created_by", "assistant_id", "graph_id", "langgraph_auth_user_id", "user_id", "run_attempt"))
OWN_KEYS = frozenset(
    ("run_id", "thread_id", "graph_id", "assistant_id", "checkpoint_id", "checkpoint_ns", "checkpoint_map")
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a thread. `config`, `context` and `metadata` are what its creator chose, without what the server
    added; `input` or `command` is what it was started with; `breaks` are its breakpoints, before and after nodes;
    `modes` is what it streams."""

    id: str
    thread_id: str
    assistant_id: str
    status: str
    created_at: datetime | None = None
    updated_at: datetime | None = None
    config: Mapping[str, Json] = field(default_factory=dict)
    context: Mapping[str, Json] = field(default_factory=dict)
    metadata: Mapping[str, Json] = field(default_factory=dict)
    input: Json = None
    command: Json = None
    strategy: str = ""
    modes: tuple[str, ...] = ()
    breaks: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

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


def run_of(row: Any) -> Run:
    """The run in a row; raises LookupError or TypeError when it is none."""
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
        metadata=_own(row.get("metadata")),
        input=kwargs.get("input"),
        command=kwargs.get("command"),
        strategy=text_of(row.get("multitask_strategy")),
        modes=_names(kwargs.get("stream_mode")),
        breaks=(_names(kwargs.get("interrupt_before")), _names(kwargs.get("interrupt_after"))),
    )


def _own(metadata: Any) -> dict[str, Json]:
    """What a person wrote into the metadata of a run; servers add names of their own."""
    given = metadata if isinstance(metadata, dict) else {}
    return {name: value for name, value in given.items() if name not in SERVERS_OWN}


def _names(value: Any) -> tuple[str, ...]:
    """One name or several."""
    if isinstance(value, str):
        return (value,)
    return tuple(name for name in value if isinstance(name, str)) if isinstance(value, list) else ()
