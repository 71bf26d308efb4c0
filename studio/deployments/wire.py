"""JSON as deployments send it, parsed once into our own types.

States are decoded with the standard library, which keeps every digit of an integer. History pages, which repeat the
full values of every checkpoint, are decoded only as far as the spine needs: the values stay raw bytes. They are hashed,
and the ids and token counts of messages are picked out of them.
"""

import json
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec

from studio.history.marks import Mark, Marks
from studio.history.messages import ROLES, usage_of
from studio.history.model import Checkpoint, Held, Interrupt, Json, Snapshot, Task, error_name

T = TypeVar("T")


class _Message(msgspec.Struct):
    type: Any = None
    role: Any = None
    id: msgspec.Raw = msgspec.Raw()
    content: msgspec.Raw = msgspec.Raw()
    usage_metadata: msgspec.Raw = msgspec.Raw()
    additional_kwargs: msgspec.Raw = msgspec.Raw()

    @property
    def kind(self) -> str | None:
        """What studio.history.messages takes for its type."""
        kind = self.type if isinstance(self.type, str) else self.role
        return kind if isinstance(kind, str) else None


class _Task(msgspec.Struct):
    name: str = ""
    error: Any = None
    interrupts: list[msgspec.Raw] | None = None


class _Pointer(msgspec.Struct):
    checkpoint_id: str | None = None


class _Metadata(msgspec.Struct):
    step: int | None = None
    source: str | None = None
    run_id: str | None = None


class _Entry(msgspec.Struct):
    values: msgspec.Raw = msgspec.Raw(b"null")
    next: list[str] | None = None
    tasks: list[_Task] | None = None
    metadata: _Metadata | None = None
    created_at: str | None = None
    checkpoint: _Pointer | None = None
    parent_checkpoint: _Pointer | None = None


_entries = msgspec.json.Decoder(list[_Entry])
_entry = msgspec.json.Decoder(_Entry)
_channels = msgspec.json.Decoder(dict[str, msgspec.Raw])
_items = msgspec.json.Decoder(list[msgspec.Raw])
_message = msgspec.json.Decoder(_Message)
LARGEST_STEP, LONGEST_SOURCE = 2**31, 32
"""What goes into the index; no server sends more."""
_Read = tuple[Mark, bool] | None
"""The mark of a message and whether its role is known; None for what is none."""


def parse_history(body: bytes) -> tuple[list[Checkpoint], int]:
    """The spine of a history page, newest first, and how many entries it had, those without a checkpoint included."""
    entries = _decoded(_entries, body)
    read: dict[bytes, _Read] = {}  # the checkpoints of a page repeat each other's messages
    return [c for entry in entries if (c := _checkpoint(entry, read))], len(entries)


def parse_snapshot(body: bytes) -> Snapshot | None:
    """The state in this body; None for a thread without one and for a checkpoint that does not exist. Its checkpoint
    is as `parse_history` has it but for the marks, which `marked` adds."""
    data = json.loads(body)
    checkpoint = _checkpoint(_decoded(_entry, body))
    if checkpoint is None or data.get("created_at") is None:
        return None
    return Snapshot(
        checkpoint=checkpoint,
        values=data.get("values"),
        tasks=tuple(_task(task) for task in data.get("tasks") or ()),
        metadata=data.get("metadata") or {},
        config=data.get("checkpoint") or {},
        raw=body,
    )


def marked(snapshot: Snapshot) -> Checkpoint:
    """The checkpoint of a snapshot with the marks of its messages and channels, as a page of history has it."""
    return _checkpoint(_decoded(_entry, snapshot.raw), {}) or snapshot.checkpoint


def parse_time(text: str | None) -> datetime | None:
    """An ISO 8601 time as deployments write it, in UTC unless it says otherwise; None when there is none or it cannot
    be read."""
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The JSON in a body. Half of a surrogate pair, which JavaScript sends and msgspec refuses, becomes “?”."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended: str = json.dumps(json.loads(body), ensure_ascii=False)
        return decoder.decode(mended.encode("utf-8", "replace"))


def _checkpoint(entry: _Entry, read: dict[bytes, _Read] | None = None) -> Checkpoint | None:
    """The checkpoint of an entry, with its marks when `read` holds what has been read of messages so far."""
    if entry.checkpoint is None or not entry.checkpoint.checkpoint_id:
        return None
    metadata = entry.metadata or _Metadata()
    tasks = entry.tasks or []
    waiting = set(entry.next or ())
    marks, channels = (Marks(), {}) if read is None else _marks(bytes(entry.values), read)
    return Checkpoint(
        id=entry.checkpoint.checkpoint_id,
        parent_id=entry.parent_checkpoint.checkpoint_id if entry.parent_checkpoint else None,
        step=metadata.step if metadata.step is not None and abs(metadata.step) < LARGEST_STEP else None,
        source=(metadata.source or "")[:LONGEST_SOURCE],
        next=tuple(entry.next or ()),
        created_at=parse_time(entry.created_at),
        run_id=metadata.run_id,
        messages=marks,
        channels=channels,
        interrupted=any(task.interrupts and task.name in waiting for task in tasks),
        error=next((error_name(str(task.error)) for task in tasks if task.error), ""),
    )


def _marks(values: bytes, read: dict[bytes, _Read]) -> tuple[Marks, dict[str, Held]]:
    """The messages of raw values, by channel in the order in which `message_channels` shows them, and all channels.
    Values that are no object count as one channel without a name."""
    values = values.strip()
    if not values.startswith(b"{"):
        return Marks(), {} if values in (b"", b"null") else {"": Held(_hash(values), len(values))}
    channels = {name: bytes(raw) for name, raw in _channels.decode(values).items()}
    found: list[Mark] = []
    told: set[str] = set()  # messages of an earlier channel, whose tokens count once
    held = {}
    for name in sorted(channels, key=lambda name: (name != "messages", name)):
        raw = channels[name]
        messages = _conversation(raw, read) if raw.startswith(b"[") else []
        found += [mark._replace(input=0, output=0) if mark.key in told else mark for mark in messages]
        told |= {mark.key for mark in messages}
        content = "".join(mark.hash for mark in messages).encode() if messages else raw
        held[name] = Held(_hash(content), len(raw))
    return Marks(found), held


def _conversation(raw: bytes, read: dict[bytes, _Read]) -> list[Mark]:
    """The marks of the messages in a raw list; none when anything in it is something else."""
    found = []
    known_role = False
    for item in _items.decode(raw):
        text = bytes(item)
        if text not in read:
            read[text] = _read_message(text)
        message = read[text]
        if message is None:
            return []
        found.append(message[0])
        known_role = known_role or message[1]
    return found if known_role else []


def _read_message(text: bytes) -> _Read:
    try:
        message = _message.decode(text)
    except msgspec.ValidationError:
        return None
    kind = message.kind
    if kind is None or not (bytes(message.content) or kind == "remove"):
        return None
    extra = bytes(message.additional_kwargs)
    moved = json.loads(extra) if b"usage_metadata" in extra else None
    usage = usage_of({"usage_metadata": _value(message.usage_metadata), "additional_kwargs": moved})
    tokens = (usage.input, usage.output) if usage else (0, 0)
    id = _value(message.id)
    return Mark(id if isinstance(id, str) else "", _hash(text), *tokens), kind in ROLES


def _value(raw: msgspec.Raw) -> Any:
    """A field that may hold anything; None when it is not there."""
    text = bytes(raw)
    return json.loads(text) if text else None


def _hash(text: bytes) -> str:
    return blake2b(text, digest_size=8).hexdigest()


def _task(data: dict[str, Any]) -> Task:
    error = data.get("error")
    checkpoint = data.get("checkpoint") or {}
    return Task(
        id=str(data.get("id", "")),
        name=str(data.get("name", "")),
        error=error if isinstance(error, str) else _as_text(error),
        interrupts=tuple(map(_interrupt, data.get("interrupts") or ())),
        result=data.get("result"),
        namespace=checkpoint.get("checkpoint_ns"),
    )


def _interrupt(data: dict[str, Any]) -> Interrupt:
    return Interrupt(data.get("id"), data.get("value"), data.get("response_schema"))


def _as_text(value: Json) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
