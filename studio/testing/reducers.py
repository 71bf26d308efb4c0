"""How a channel of messages takes in what is written to it: as LangGraph's add_messages does, and as others might."""

from collections.abc import Callable
from typing import Any

from studio.testing.exchange import Refused

Reducer = Callable[[Any, Any], Any]
OVERWRITE = "__overwrite__"
REMOVE_ALL = "__remove_all__"
TYPES = {"user": "human", "assistant": "ai"}


def past_reducer(written: Any) -> bool:
    """Whether what is written shall take the place of a value whatever the channel's reducer says."""
    return isinstance(written, dict) and list(written) == [OVERWRITE]


def messages(written: Any, new_id: Callable[[], str]) -> list[dict[str, Any]]:
    """Whatever a node or a client writes, as complete messages with ids."""
    items = written if isinstance(written, list) else [written]
    return [_message(item, new_id) for item in items]


def add_messages(old: Any, new: Any) -> list[Any]:
    """The same id replaces, another one is appended, `remove` removes one or, by a certain id, all that came before;
    what follows that is taken as it is."""
    everything = [place for place, message in enumerate(new) if _removes(message) and message["id"] == REMOVE_ALL]
    if everything:
        return list(new[everything[-1] + 1 :])
    merged, gone = list(old or []), set()
    places = {message["id"]: place for place, message in enumerate(merged)}
    for message in new:
        id = message["id"]
        if id not in places and _removes(message):
            raise Refused(400, f"Attempting to delete a message with an ID that doesn't exist ('{id}')")
        if _removes(message):
            gone.add(id)
        elif id in places:
            merged[places[id]] = message
            gone.discard(id)
        else:
            places[id] = len(merged)
            merged.append(message)
    return [message for message in merged if message["id"] not in gone]


def append(old: Any, new: Any) -> list[Any]:
    """A reducer that ignores ids (operator.add): an edit becomes one more message."""
    return [*(old or []), *new]


def drop(old: Any, new: Any) -> Any:
    """A reducer that takes nothing once there is something."""
    return old or new


def replace(old: Any, new: Any) -> Any:
    """A channel without a reducer: the last value counts."""
    return new


def _removes(message: Any) -> bool:
    return bool(message["type"] == "remove")


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
