"""Messages read out of a state: roles, content blocks, tool calls beside their results, token usage.

Whatever a deployment holds may be malformed; nothing here raises on it. A message keeps its `raw` value, so that an
edit can write back every field that it does not touch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from studio.history.blocks import Block, blocks_of, text_of
from studio.history.model import Json

ROLES = {
    "human": "human",
    "user": "human",
    "ai": "ai",
    "assistant": "ai",
    "AIMessageChunk": "ai",
    "HumanMessageChunk": "human",
    "ToolMessageChunk": "tool",
    "SystemMessageChunk": "system",
    "tool": "tool",
    "function": "tool",
    "system": "system",
    "developer": "system",
    "chat": "chat",
    "generic": "chat",
    "remove": "remove",
}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model asked for. `problem` says why it could not be parsed; `args` is then its text."""

    id: str | None
    name: str
    args: Json
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one model call, as the model reported them."""

    input: int
    output: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a conversation. `role`: human, ai, tool, system, chat, remove, or the type that the sender gave."""

    id: str | None
    role: str
    name: str
    blocks: tuple[Block, ...]
    tool_calls: tuple[ToolCall, ...]
    tool_call_id: str | None
    usage: Usage | None
    status: str
    raw: dict[str, Json]

    @property
    def text(self) -> str:
        """The words of the message, without thoughts and attachments."""
        return "\n".join(block.text for block in self.blocks if block.kind == "text")


@dataclass(frozen=True, slots=True)
class Turn:
    """A message with the results of its tool calls, by call id, and the place of the message in its channel."""

    message: Message
    position: int
    results: dict[str, "Turn"] = field(default_factory=dict)


def parse_message(value: Json) -> Message | None:
    """The message in this value, or None when it does not look like one."""
    kind = _kind(value)
    if kind is None or not isinstance(value, dict):
        return None
    return Message(
        id=text_of(value.get("id")) or None,
        role=ROLES.get(kind, kind),
        name=text_of(value.get("name")),
        blocks=tuple(blocks_of(value.get("content"))),
        tool_calls=tuple(_calls(value)),
        tool_call_id=text_of(value.get("tool_call_id")) or None,
        usage=usage_of(value),
        status=text_of(value.get("status")),
        raw=value,
    )


def message_channels(channels: dict[str, Json]) -> list[str]:
    """The channels that hold messages, `messages` first: non-empty lists in which every item is one."""
    names = [name for name, value in channels.items() if is_conversation(value)]
    return sorted(names, key=lambda name: (name != "messages", name))


def is_conversation(value: Json) -> TypeGuard[list[Json]]:
    """Whether the value is a list of messages and of nothing else, with at least one known role."""
    if not isinstance(value, list) or not value:
        return False
    kinds = {_kind(item) for item in value}
    return None not in kinds and any(kind in ROLES for kind in kinds)


def conversation(value: Json) -> list[Message]:
    """The messages in a channel's value, in order; items that are none are left out."""
    items = value if isinstance(value, list) else []
    return [message for item in items if (message := parse_message(item))]


def turns(messages: Sequence[Message], start: int = 0) -> list[Turn]:
    """The conversation with each tool result moved beside its call; results without a call stay where they are.
    `start` is the place of the first of these messages in its channel."""
    laid: list[Turn] = []
    waiting: dict[str, Turn] = {}
    for position, message in enumerate(messages, start):
        turn = Turn(message, position)
        caller = waiting.pop(message.tool_call_id, None) if message.role == "tool" and message.tool_call_id else None
        if caller and message.tool_call_id:
            caller.results[message.tool_call_id] = turn
        else:
            laid.append(turn)
        waiting.update({call.id: turn for call in message.tool_calls if call.id})
    return laid


def message_ids(channels: dict[str, Json]) -> tuple[str, ...]:
    """The ids of all messages of a state, in order; a message without one is left out."""
    return tuple(m.id for name in message_channels(channels) for m in conversation(channels[name]) if m.id)


def _kind(value: Json) -> str | None:
    """The type or role of what looks like a message; None for anything else."""
    if not isinstance(value, dict):
        return None
    kind = value.get("type") if isinstance(value.get("type"), str) else value.get("role")
    return kind if isinstance(kind, str) and ("content" in value or kind == "remove") else None


def _calls(value: dict[str, Json]) -> Iterable[ToolCall]:
    for call in _dicts(value.get("tool_calls")):
        yield ToolCall(text_of(call.get("id")) or None, text_of(call.get("name")) or "?", call.get("args"))
    for call in _dicts(value.get("invalid_tool_calls")):
        problem = text_of(call.get("error")) or "its arguments could not be parsed"
        yield ToolCall(text_of(call.get("id")) or None, text_of(call.get("name")) or "?", call.get("args"), problem)


def usage_of(message: dict[str, Json]) -> Usage | None:
    """The usage of a message; an edit moves it into additional_kwargs."""
    extra = message.get("additional_kwargs")
    moved = extra.get("usage_metadata") if isinstance(extra, dict) else None
    return _usage(message.get("usage_metadata") or moved)


def _usage(value: Json) -> Usage | None:
    if not isinstance(value, dict):
        return None
    counts = [v if isinstance(v := value.get(key), int) else 0 for key in ("input_tokens", "output_tokens")]
    return Usage(*counts) if any(counts) else None


def _dicts(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
