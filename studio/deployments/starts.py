"""How a run is started, and what each server has to be sent for that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from studio.deployments.dialect import Dialect
from studio.history.model import Json

STREAM_MODES = ("messages-tuple", "updates", "custom")
"""What Studio's own pages need of a run."""
EVERY_MODE = ("values", "updates", "messages", "messages-tuple", "custom", "tasks", "checkpoints", "debug", "events")
STRATEGIES = ("enqueue", "interrupt", "rollback", "reject")
DURABILITIES = ("sync", "async", "exit")
GO_ON: dict[str, Any] = {"update": {"__go_on__": None}}
"""A command that goes on from a checkpoint and does nothing else: writes to channels that no graph has are ignored."""


@dataclass(frozen=True, slots=True)
class Start:
    """What to run: `input`, or `command` (a resume), or neither to go on from the checkpoint; and how. `before` and
    `after` are breakpoints: names of nodes, or "*" alone for all; `delay` is in seconds; `durability` one of
    DURABILITIES, or "" for the server's own choice."""

    assistant_id: str
    input: Json = None
    command: Mapping[str, Json] | None = None
    checkpoint_id: str | None = None
    config: Mapping[str, Json] = field(default_factory=dict)
    context: Mapping[str, Json] = field(default_factory=dict)
    metadata: Mapping[str, Json] = field(default_factory=dict)
    multitask_strategy: str = "reject"
    modes: tuple[str, ...] = STREAM_MODES
    subgraphs: bool = True
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    durability: str = ""
    delay: int = 0
    webhook: str = ""


def arguments(wanted: Start, speech: Dialect) -> dict[str, Any]:
    """The arguments of `runs.create` for a start; what was not chosen is not sent."""
    goes_on = wanted.input is None and wanted.command is None
    asked: dict[str, Any] = {
        "input": wanted.input,
        "command": GO_ON if goes_on and speech.restarts else wanted.command,
        "stream_mode": list(wanted.modes),
        "stream_subgraphs": wanted.subgraphs,
        "multitask_strategy": wanted.multitask_strategy,
        "checkpoint": {"checkpoint_id": wanted.checkpoint_id} if wanted.checkpoint_id else None,
        "config": _config(wanted, speech.sticks) or None,
        # Servers refuse both at once, and fill the one from the other.
        "context": dict(wanted.context) or None if not wanted.config else None,
        "metadata": dict(wanted.metadata) or None,
        "interrupt_before": _breakpoints(wanted.before),
        "interrupt_after": _breakpoints(wanted.after),
        "durability": wanted.durability or None,
        "after_seconds": wanted.delay or None,
        "webhook": wanted.webhook or None,
    }
    always = ("input", "command", "stream_mode", "stream_subgraphs", "multitask_strategy")
    return {name: value for name, value in asked.items() if name in always or value is not None}


def _config(wanted: Start, sticks: bool) -> dict[str, Any]:
    """The configuration; where a server remembers the checkpoint of another run, that one is taken out."""
    config: dict[str, Any] = dict(wanted.config)
    configurable = config.get("configurable") or {}
    if sticks and not wanted.checkpoint_id and isinstance(configurable, dict):
        config["configurable"] = {**configurable, "checkpoint_id": None}
    return config


def _breakpoints(nodes: tuple[str, ...]) -> str | list[str] | None:
    return "*" if nodes == ("*",) else list(nodes) or None
