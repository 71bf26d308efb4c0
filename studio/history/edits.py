"""Editing a message by id: what to write, where it belongs, and what the deployment made of it.

An edit never trusts itself: `judge` compares the state read back after the write with the state before it and with
the intention, and only that verdict is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studio.history.messages import Message, conversation
from studio.history.model import Json
from studio.history.plain import same_json

COERCED = ("usage_metadata", "invalid_tool_calls")
"""Fields that LangChain, when it makes a message of a dict, takes for unknown ones and puts into additional_kwargs."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a write really did. `kind`: replaced, altered, appended, dropped or unchanged, or unverified where it could
    not be read back; `text` says it in words."""

    kind: str
    text: str

    @property
    def as_meant(self) -> bool:
        """Whether the deployment now holds exactly what was asked for."""
        return self.kind == "replaced"


def with_texts(raw: Mapping[str, Json], texts: Mapping[int, str]) -> dict[str, Json]:
    """The message with new words in some of its text blocks (by place in its content), all else as it was."""
    content = raw.get("content")
    if isinstance(content, list):
        blocks = [_with_text(block, texts[i]) if i in texts else block for i, block in enumerate(content)]
        return {**raw, "content": blocks}
    return {**raw, "content": as_typed(content, texts[0])} if 0 in texts else dict(raw)


def with_args(raw: Mapping[str, Json], args: Mapping[int, Json]) -> dict[str, Json]:
    """The message with new arguments for some of its tool calls (by place among them), all else as it was."""
    calls = raw.get("tool_calls")
    if not isinstance(calls, list) or not args:
        return dict(raw)
    return {**raw, "tool_calls": [_with_args(call, args[i]) if i in args else call for i, call in enumerate(calls)]}


def with_message(held: Json, message: Mapping[str, Json]) -> list[Json]:
    """What a channel holds, with this message in the place of the one with its id."""
    values = held if isinstance(held, list) else []
    return [
        dict(message) if isinstance(value, dict) and value.get("id") == message["id"] else value for value in values
    ]


def as_typed(old: Json, typed: str) -> str:
    """What a browser's text area sent, with its line ends undone: the old text itself when no word was changed."""
    plain = typed.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(old, str) and old.replace("\r\n", "\n").replace("\r", "\n") == plain:
        return old
    return plain


def to_write(message: Mapping[str, Json]) -> dict[str, Json]:
    """The message as it is best sent: without those fields that would be moved, where they are empty anyway."""
    return {name: value for name, value in message.items() if value or name not in COERCED}


def same_message(held: Mapping[str, Json], intended: Mapping[str, Json]) -> bool:
    """Whether a deployment holds a message as it was meant: but for an id that it gave, fields that it filled with
    their empty default, and those that it moves."""
    meant = intended if intended.get("id") else {**intended, "id": held.get("id")}
    return _same(held, meant) or _same(_restored(held, meant), meant)


def judge(before: Json, intended: Mapping[str, Json], after: Json) -> Verdict:
    """Compare one channel before and after a write that meant to replace one message by its id."""
    id = intended.get("id")
    old, new = conversation(before), conversation(after)
    held = [m for m in new if m.id == id]
    others = _changes([m for m in old if m.id != id], [m for m in new if m.id != id]) or _moved(old, new, id)
    if len(new) > len(old):
        return Verdict("appended", f"Appended instead of replaced: the channel grew to {len(new)} messages.{others}")
    if not held:
        return Verdict("dropped", f"Dropped: the channel no longer holds a message with this id.{others}")
    if _same(held[0].raw, intended):
        return Verdict("replaced" if not others else "altered", _replaced(others))
    if _same(_restored(held[0].raw, intended), intended) and not others:
        names = " and ".join(name for name in COERCED if intended.get(name))
        return Verdict("replaced", f"{_replaced('')} The deployment moved its {names} into additional_kwargs.")
    if any(m.id == id and _same(held[0].raw, m.raw) for m in old):
        return Verdict("unchanged", f"Ignored: the deployment kept the message as it was.{others}")
    fields = ", ".join(_differing(held[0].raw, intended))
    changed = f" but the deployment changed what was written ({fields})." if fields else ""
    return Verdict("altered", f"Replaced under its own id,{changed}{others}")


def _replaced(others: str) -> str:
    return f"Replaced under its own id.{others}" if others else "Replaced under its own id, nothing else changed."


def _with_text(block: Json, text: str) -> Json:
    if isinstance(block, dict):
        return {**block, "text": as_typed(block.get("text"), text)}
    return as_typed(block, text)


def _with_args(call: Json, args: Json) -> Json:
    return {**call, "args": args} if isinstance(call, dict) else call


def _changes(old: Sequence[Message], new: Sequence[Message]) -> str:
    """A sentence on the messages beside the edited one, or "" when they are as they were."""
    if same_json([m.raw for m in old], [m.raw for m in new]):
        return ""
    if len(old) != len(new):
        return f" Other messages: {len(old)} before, {len(new)} now."
    return " Other messages changed too."


def _moved(old: Sequence[Message], new: Sequence[Message], id: Json) -> str:
    """A sentence when the edited message is not where it was, "" otherwise or when its number changed."""
    before, after = ([place for place, message in enumerate(ms) if message.id == id] for ms in (old, new))
    return " It moved to another place." if len(before) == len(after) and before != after else ""


def _same(held: Mapping[str, Json], intended: Mapping[str, Json]) -> bool:
    """Equal but for fields that the deployment fills in with their empty default."""
    return not _differing(held, intended)


def _differing(held: Mapping[str, Json], intended: Mapping[str, Json]) -> list[str]:
    """The fields of which the two hold different values."""
    keys = held.keys() | intended.keys()
    pairs = {key: (held.get(key), intended.get(key)) for key in keys - {"example"}}
    return sorted(key for key, pair in pairs.items() if any(pair) and not same_json(*pair))


def _restored(held: Mapping[str, Json], intended: Mapping[str, Json]) -> dict[str, Json]:
    """A message with the coerced fields back in their places."""
    fields, extra, meant = dict(held), held.get("additional_kwargs"), intended.get("additional_kwargs")
    if isinstance(extra, dict):
        own = meant if isinstance(meant, dict) else {}
        moved = {name: extra[name] for name in COERCED if name in extra and name not in own}
        fields["additional_kwargs"] = {name: value for name, value in extra.items() if name not in moved}
        fields.update({name: value for name, value in moved.items() if not fields.get(name)})
    return fields
