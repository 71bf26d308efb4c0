"""JSON as deployments send it, parsed once into our own types.

States are decoded with the standard library, which keeps every digit of an integer. History pages, which repeat the
full values of every checkpoint, are decoded only as far as the spine needs: the values stay raw bytes, out of which
the ids of messages are picked.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec

from studio.history.messages import ROLES
from studio.history.model import Checkpoint, Interrupt, Json, Snapshot, Task, error_name

T = TypeVar("T")


class _Message(msgspec.Struct):
    type: Any = None
    role: Any = None
    id: Any = None
    content: msgspec.Raw = msgspec.Raw()

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
_messages = msgspec.json.Decoder(list[_Message])


def parse_history(body: bytes) -> tuple[list[Checkpoint], int]:
    """The spine of a history page, newest first, and how many entries it had, those without a checkpoint included."""
    entries = _decoded(_entries, body)
    return [c for entry in entries if (c := _checkpoint(entry))], len(entries)


def parse_snapshot(body: bytes) -> Snapshot | None:
    """The state in this body; None for a thread without one and for a checkpoint that does not exist."""
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


def parse_time(text: str | None) -> datetime | None:
    """An ISO 8601 time as deployments write it; None when there is none or it cannot be read."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """The JSON in a body. Half of a surrogate pair, which JavaScript sends and msgspec refuses, becomes “?”."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended: str = json.dumps(json.loads(body), ensure_ascii=False)
        return decoder.decode(mended.encode("utf-8", "replace"))


def _checkpoint(entry: _Entry) -> Checkpoint | None:
    if entry.checkpoint is None or not entry.checkpoint.checkpoint_id:
        return None
    metadata = entry.metadata or _Metadata()
    tasks = entry.tasks or []
    waiting = set(entry.next or ())
    conversations = list(_conversations(bytes(entry.values)))
    digest = blake2b(b"".join(raw for raw, _ in conversations), digest_size=8).hexdigest() if conversations else ""
    return Checkpoint(
        id=entry.checkpoint.checkpoint_id,
        parent_id=entry.parent_checkpoint.checkpoint_id if entry.parent_checkpoint else None,
        step=metadata.step,
        source=metadata.source or "",
        next=tuple(entry.next or ()),
        created_at=parse_time(entry.created_at),
        run_id=metadata.run_id,
        message_ids=tuple(m.id for _, messages in conversations for m in messages if m.id and isinstance(m.id, str)),
        messages_digest=digest,
        interrupted=any(task.interrupts and task.name in waiting for task in tasks),
        error=next((error_name(str(task.error)) for task in tasks if task.error), ""),
    )


def _conversations(values: bytes) -> Iterable[tuple[bytes, list[_Message]]]:
    """The channels of raw values that hold messages, in the order in which `message_channels` shows them."""
    if not values.lstrip().startswith(b"{"):
        return
    channels = _channels.decode(values)
    for name in sorted(channels, key=lambda name: (name != "messages", name)):
        raw = bytes(channels[name])
        if raw.startswith(b"[") and (messages := _read_messages(raw)):
            yield raw, messages


def _read_messages(raw: bytes) -> list[_Message]:
    """The messages in a raw list; none when anything in it is something else."""
    try:
        messages = _messages.decode(raw)
    except msgspec.ValidationError:
        return []
    whole = all(m.kind is not None and (bytes(m.content) or m.kind == "remove") for m in messages)
    return messages if whole and any(m.kind in ROLES for m in messages) else []


def _task(data: dict[str, Any]) -> Task:
    error = data.get("error")
    checkpoint = data.get("checkpoint") or {}
    return Task(
        id=str(data.get("id", "")),
        name=str(data.get("name", "")),
        error=error if isinstance(error, str) else _as_text(error),
        interrupts=tuple(Interrupt(i.get("id"), i.get("value")) for i in data.get("interrupts") or ()),
        result=data.get("result"),
        namespace=checkpoint.get("checkpoint_ns"),
    )


def _as_text(value: Json) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
