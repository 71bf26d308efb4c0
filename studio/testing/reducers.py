"""How a channel of messages takes in what is written to it: as LangGraph's add_messages does, and as others might."""

from collections.abc import Callable
from typing import Any

from studio.testing.exchange import Refused

Reducer = Callable[[Any, Any], Any]
TYPES = {"user": "human", "assistant": "ai"}


def messages(written: Any, new_id: Callable[[], str]) -> list[dict[str, Any]]:
    """Whatever a node or a client writes, as complete messages with ids."""
    items = written if isinstance(written, list) else [written]
    return [_message(item, new_id) for item in items]


def add_messages(old: Any, new: Any) -> list[Any]:
    """The same id replaces, another one is appended, `remove` removes."""
    merged = {message["id"]: message for message in old or []}
    for message in new:
        if message["type"] != "remove":
            merged[message["id"]] = message
        elif merged.pop(message["id"], None) is None:
            raise Refused(400, f"Attempting to delete a message with an ID that doesn't exist ('{message['id']}')")
    return list(merged.values())


def append(old: Any, new: Any) -> list[Any]:
    """A reducer that ignores ids (operator.add): an edit becomes one more message."""
    return [*(old or []), *new]


def drop(old: Any, new: Any) -> Any:
    """A reducer that takes nothing once there is something."""
    return old or new


def replace(old: Any, new: Any) -> Any:
    """A channel without a reducer: the last value counts."""
    return new


def _message(item: Any, new_id: Callable[[], str]) -> dict[str, Any]:
    if isinstance(item, str):
        item = {"type": "human", "content": item}
    kind = item.get("type") or item.get("role")
    if not kind or "content" not in item:
        raise Refused(400, f"Message dict must contain 'role' and 'content' keys, got {item}")
    whole = {"additional_kwargs": {}, "response_metadata": {}, "name": None, **item, "type": TYPES.get(kind, kind)}
    whole.pop("role", None)
    whole["id"] = item.get("id") or new_id()
    return whole
