"""Writing a state: what to send so that the channels become what a person typed, and what became of them.

A deployment never stores what is sent: each channel's reducer makes something of it. What a reducer does is seen only
by its results, so `judge` compares the state before, what was meant, and the state after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studio.history.edits import same_message, to_write
from studio.history.messages import is_conversation
from studio.history.model import Json
from studio.history.plain import same_json

OVERWRITE = "__overwrite__"
"""The key by which LangGraph lets a value past the reducer of a channel."""
REMOVE_ALL = "__remove_all__"
"""The id by which LangChain's reducer removes every message."""

BY_ID, WHOLE, REST, FORCED = "messages", "value", "rest", "overwrite"
"""The ways to write a channel, the one that asks least of it first: the messages that differ, by their ids; the whole
value; what is new at its end; past its reducer."""

PAST = "as meant, written past its reducer"
AS_PLAIN = "as meant, but as plain objects: a node that expects messages may trip over them"
SPEAKERS = {"user": "human", "assistant": "ai"}
"""Who speaks, in others' words and in LangChain's."""


@dataclass(frozen=True, slots=True)
class ChannelVerdict:
    """What became of one channel. `kind`: meant, appended, dropped, altered, or chosen: the reducer's result was asked
    for; `text` says it in words."""

    name: str
    kind: str
    text: str

    @property
    def as_meant(self) -> bool:
        """Whether the channel now holds exactly what was typed, or what was chosen instead."""
        return self.kind in ("meant", "chosen")


def changed(before: Mapping[str, Json], typed: Mapping[str, Json]) -> dict[str, Json]:
    """The channels whose typed value differs; those that were not there count as null."""
    return {name: value for name, value in typed.items() if not same_json(before.get(name), value, exactly=True)}


def ways(before: Json, meant: Json) -> tuple[str, ...]:
    """The ways to write a channel, the one that asks least of it first."""
    if isinstance(meant, list) and is_conversation(before) and (not meant or is_conversation(meant)):
        return (BY_ID, WHOLE, FORCED)
    longer = isinstance(before, list) and isinstance(meant, list) and 0 < len(before) < len(meant)
    if longer and isinstance(meant, list) and isinstance(before, list):
        return (WHOLE, REST, FORCED) if _alike(meant[: len(before)], before) else (WHOLE, FORCED)
    return (WHOLE, FORCED)


def to_send(before: Json, meant: Json, way: str) -> Json:
    """What to send for one channel, in one of its `ways`."""
    if way == FORCED:
        return {OVERWRITE: meant}
    if isinstance(before, list) and isinstance(meant, list):
        if way == REST:
            return meant[len(before) :]
        if way == BY_ID:
            return _messages_to_send(before, meant)
        if is_conversation(before):
            return meant  # its reducer knows no ids: for it these are plain objects, with fields that may be empty
    return as_sent({"": meant})[""]


def as_sent(channels: Mapping[str, Json]) -> dict[str, Json]:
    """Whole values as they are best sent: messages without the empty fields that would be moved."""
    return {
        name: [to_write(message) for message in _dicts(value)] if is_conversation(value) else value
        for name, value in channels.items()
    }


def judge(name: str, before: Json, meant: Json, after: Json, *, there: bool = True, way: str = "") -> ChannelVerdict:
    """What became of a channel that was meant to be `meant`. `there`: the state after has such a channel at all; `way`:
    how it was written, where that is known."""
    if _alike(after, meant):
        plain = way == FORCED and is_conversation(meant)
        return ChannelVerdict(name, "meant", AS_PLAIN if plain else PAST if way == FORCED else "as meant")
    if not there and meant is not None:
        return ChannelVerdict(name, "dropped", "dropped: the graph has no such channel")
    if _alike(after, before):
        return ChannelVerdict(name, "dropped", "dropped: it is as it was before")
    if _added(before, meant, after):
        return ChannelVerdict(name, "appended", "added to what was there, instead of taking its place")
    return ChannelVerdict(name, "altered", "changed by the channel's reducer")


def worth_forcing(verdict: ChannelVerdict, meant: Json) -> bool:
    """Whether a channel with this verdict shall be written past its reducer. A channel that makes messages of what is
    sent is better off with them, changed a little, than with plain objects in their place."""
    return verdict.kind in ("appended", "dropped") or not is_conversation(meant)


def removal(id: str) -> dict[str, Json]:
    """What removes a message by its id; without a content LangChain would not take it for a message."""
    return {"type": "remove", "content": "", "id": id}


def _messages_to_send(before: Sequence[Json], meant: Sequence[Json]) -> list[Json]:
    """The fewest messages by which LangChain's reducer makes the one list of the other."""
    old = {id: message for message in _dicts(before) if (id := _id(message))}
    wanted = [_id(message) for message in _dicts(meant)]
    named = {id for id in wanted if id}
    kept = [id for id in old if id in named]
    unclear = len(old) < len(before) or len(named) < sum(map(bool, wanted))
    if unclear or wanted[: len(kept)] != kept:
        return _all_anew(meant)
    gone: list[Json] = [removal(id) for id in old if id not in named]
    fresh = [
        message
        for message, id in zip(_dicts(meant), wanted, strict=True)
        if id not in old or not same_json(old[id], message, exactly=True)
    ]
    return [*gone, *(to_write(message) for message in fresh)]


def _all_anew(messages: Sequence[Json]) -> list[Json]:
    return [removal(REMOVE_ALL), *(to_write(message) for message in _dicts(messages))]


def _id(message: Mapping[str, Json]) -> str:
    """The id of a message, "" for one without."""
    id = message.get("id")
    return id if isinstance(id, str) else ""


def _alike(held: Json, meant: Json) -> bool:
    """Equal; messages also when they differ only in what a deployment fills in or moves by itself."""
    if same_json(held, meant):
        return True
    if isinstance(held, dict) and isinstance(meant, dict):
        held, meant = [held], [meant]
    if is_conversation(held) and is_conversation(meant) and len(held) == len(meant):
        return all(_alike_messages(*pair) for pair in zip(_dicts(held), _dicts(meant), strict=True))
    return False


def _alike_messages(held: dict[str, Json], meant: dict[str, Json]) -> bool:
    return same_json(held, meant) or same_message(held, _filled(meant))


def _filled(message: Mapping[str, Json]) -> dict[str, Json]:
    """A message as LangChain makes it of what was typed: with its own word for who speaks, tools being successful."""
    speaker = message.get("type") or message.get("role")
    kind = SPEAKERS.get(speaker, speaker) if isinstance(speaker, str) else speaker
    own = {name: value for name, value in message.items() if name != "role" or message.get("type")}
    return {**({"status": "success"} if kind == "tool" else {}), **own, "type": kind}


def _added(before: Json, meant: Json, after: Json) -> bool:
    """Whether what was meant to take the place of a value was put beside it."""
    if isinstance(before, list) and isinstance(meant, list) and isinstance(after, list):
        return (
            bool(before)
            and len(after) > len(meant)
            and len(after) > len(before)
            and _alike(after[: len(before)], before)
        )
    if isinstance(before, dict) and isinstance(meant, dict) and isinstance(after, dict):
        return bool(before.keys() - meant.keys()) and same_json(after, {**before, **meant})
    numbers = (int, float)
    if any(isinstance(value, bool) for value in (before, meant, after)):
        return False
    if isinstance(before, numbers) and isinstance(meant, numbers) and isinstance(after, numbers):
        try:
            return after == before + meant
        except OverflowError:  # an integer that is too large for the sum with a float
            return False
    return isinstance(before, str) and isinstance(meant, str) and bool(before) and after == before + meant


def _dicts(values: Sequence[Json]) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)]
