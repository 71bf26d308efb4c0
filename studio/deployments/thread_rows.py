"""A thread as lists and headers show it, read out of the rows that deployments answer with."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from studio.deployments.wire import parse_time
from studio.history.blocks import first_words, text_of
from studio.history.messages import conversation
from studio.history.model import Json
from studio.history.questions import question

COPIED_FROM = "copied_from"
"""Where a copy keeps the id of its original: its runs stay there."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as lists and headers show it. `waits` is the first question that waits for a person, or "", and
    `questions` how many there are, None where the deployment does not tell."""

    id: str
    status: str
    title: str
    preview: str = ""
    waits: str = ""
    questions: int | None = None
    graph_id: str = ""
    assistant_id: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        """Whether it merely stopped, as far as is told: nobody is asked anything."""
        return self.questions == 0

    @property
    def more_questions(self) -> int:
        """How many questions wait beside the first."""
        return max(0, (self.questions or 0) - 1)

    @property
    def copied_from(self) -> str:
        """The thread that this one was copied from by Studio, or ""."""
        return text_of(self.metadata.get(COPIED_FROM))

    @property
    def stamp(self) -> str:
        """Differs whenever the deployment has touched the thread."""
        return f"{self.status} {self.updated_at.isoformat() if self.updated_at else ''}"


def thread_of(row: Any) -> Thread:
    """The thread in a row; raises LookupError or TypeError when it is none."""
    metadata, asked = row.get("metadata") or {}, questions(row)
    thread = Thread(
        id=row["thread_id"],
        status=row.get("status") or "idle",
        title=row["thread_id"],
        graph_id=text_of(metadata.get("graph_id")),
        assistant_id=text_of(metadata.get("assistant_id")),
        created_at=parse_time(row.get("created_at")),
        updated_at=parse_time(row.get("updated_at")),
        metadata=metadata,
        waits=_called(asked[0]) if asked else "",
        questions=None if asked is None else len(asked),
    )
    first, preview = _extracted(row["extracted"]) if row.get("extracted") else _from_values(row.get("values"))
    title = text_of(metadata.get("title")) or text_of(metadata.get("name")) or first or thread.id
    return replace(thread, title=first_words(title, 100), preview=preview.replace("**", ""))


def questions(row: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The pending questions in the row of a thread, None where it does not tell. They come by task: {id: […]}."""
    interrupts = row.get("interrupts")
    if not isinstance(interrupts, dict):
        return None
    return [i for group in interrupts.values() if isinstance(group, list) for i in group if isinstance(i, dict)]


def _extracted(found: dict[str, Any]) -> tuple[str, str]:
    """First human message and last message from what `EXTRACT` asked for."""
    first = found.get("first") if found.get("first_type") in ("human", "user") else found.get("second")
    return first_words(first), first_words(found.get("last"))


def _from_values(values: Any) -> tuple[str, str]:
    """The same from whole values, for servers that cannot extract."""
    messages = conversation(values.get("messages")) if isinstance(values, dict) else []
    first = next((m for m in messages if m.role == "human"), None)
    return first_words(first.text if first else ""), first_words(messages[-1].text if messages else "")


def _called(asked: dict[str, Any]) -> str:
    """What a question is called in a list."""
    told = question(asked.get("value"))
    return first_words(told.words) or ", ".join(action.name for action in told.actions) or "an answer"
