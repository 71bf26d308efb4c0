"""A run's events in, HTML pieces out. No I/O: feed it events, and flush when a frame may be sent.

Text is only ever appended, as text: tokens that arrive between two flushes become one piece. Once a message is
complete it is part of the state, and the page exchanges the streamed text for the rendered message.

Runs that others start stream what their creators asked for: a message may come in pieces (`messages`, `events`) or as
a whole that grows (`messages/partial`), and in several of these ways at once. The first way in which it comes counts.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from django.utils.html import format_html
from django.utils.safestring import SafeString

from studio.deployments.runs import Event
from studio.history.messages import ROLES, parse_message
from studio.history.value_diff import short_json
from studio.live.pieces import AFRESH, APPEND, ARTICLE, CALL, FAILURE, NEWS, NUMBERS, PROGRESS

STEPS = frozenset(("updates", "values", "checkpoints", "tasks", "debug"))
"""Modes of which every event may mean that the state has changed."""
MOST_NUMBERS = 8


@dataclass(slots=True)
class Reducer:
    """Collects what has happened since the last flush. `stepped`: the state has changed; `tokens` counts the pieces of
    text and arguments that have come, which is what models send for each token."""

    stepped: bool = False
    tokens: int = 0
    _pieces: list[SafeString] = field(default_factory=list)
    _texts: dict[str, list[str]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _ways: dict[str, str] = field(default_factory=dict)
    _lengths: dict[str, int] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send."""
        return not (self._pieces or self._texts)

    def feed(self, event: Event) -> None:
        """Take in one event; one that is malformed or of no interest here changes nothing."""
        match event.mode, event.data:
            case "messages", [dict() as chunk, *rest]:
                self._message("pieces", chunk, rest[0] if rest else None)
            case "messages/partial" | "messages/complete", [*messages]:
                for message in messages:
                    self._message("wholes", message, None)
            case "events", {"event": "on_chat_model_stream", "data": {"chunk": dict() as chunk}, **about}:
                self._message("events", chunk, about.get("metadata"))
            case "metadata", data:
                self._begin(data)
            case mode, _ if mode in STEPS:
                self.stepped = True
            case "custom", data:
                self._custom(data)
            case "error", data:
                told = data if isinstance(data, dict) else {"message": data}
                self._add(
                    FAILURE, error=str(told.get("error") or "error"), message=_cut(told.get("message") or "", 2000)
                )

    def flush(self) -> str:
        """The HTML of everything since the last flush."""
        self._settle()
        html = "".join(self._pieces)
        self._pieces.clear()
        return html

    def _begin(self, data: Any) -> None:
        """A run begins, or begins again after its worker was lost: then what it said before counts no more."""
        self.stepped = True
        attempt = data.get("attempt") if isinstance(data, dict) else None
        if isinstance(attempt, int) and attempt > 1:
            for known in (self._pieces, self._texts, self._seen, self._ways, self._lengths):
                known.clear()
            self._add(AFRESH)
            self._add(NEWS, text=f"Running, attempt {attempt}…")
        elif not (isinstance(data, dict) and data.get("status")):
            self._add(NEWS, text="Running…")

    def _message(self, way: str, chunk: Any, metadata: Any) -> None:
        message = parse_message(chunk)
        id = chunk.get("id") if isinstance(chunk, dict) else None
        if message is None or not isinstance(id, str) or ROLES.get(str(chunk.get("type"))) != "ai":
            return  # complete messages of other roles come with the state
        key = "live-" + hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:16]
        if self._ways.setdefault(key, way) != way:
            return
        if key not in self._seen:
            self._announce(key, id, message.role, metadata)
        whole = way == "wholes"
        self._text(f"{key}-text", message.text, whole)
        calls = chunk.get("tool_calls" if whole else "tool_call_chunks")
        for place, call in enumerate(calls if isinstance(calls, list) else ()):
            if isinstance(call, dict):
                # Arguments that come as a whole are parsed anew each time: they do not grow by what is appended.
                self._call(key, {**call, "index": place, "args": ""} if whole else call)

    def _announce(self, key: str, id: str, role: str, metadata: Any) -> None:
        self._seen.add(key)
        self.stepped = True  # what the model was asked is part of the state by now
        facts: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
        node = str(facts.get("langgraph_node") or "")
        self._add(NEWS, text=f"{node or 'The model'} is at work…")
        self._add(ARTICLE, key=key, id=id, role=role, name="AI", node=node)

    def _call(self, key: str, call: dict[str, Any]) -> None:
        target = f"{key}-args-{_index(call)}"
        if target not in self._seen:
            self._seen.add(target)
            name = str(call.get("name") or "tool call")
            self._add(CALL, key=key, index=_index(call), name=name, id=str(call.get("id") or ""))
        self._text(target, call.get("args"))

    def _custom(self, data: Any) -> None:
        told: dict[str, Any] = data if isinstance(data, dict) else {}
        progress = told.get("progress")
        if _is_number(progress):
            rest = {key: value for key, value in told.items() if key != "progress"}
            words = " · ".join(f"{key} {_cut(value, 60)}" for key, value in rest.items())
            done = f"{min(max(0, progress), 100):g}"  # in this order, what is no number counts as none
            self._add(PROGRESS, value=done, text=f"{done} % {words}")
        elif numbers := {key: value for key, value in told.items() if _is_number(value)}:
            some = dict(list(numbers.items())[:MOST_NUMBERS])
            self._add(NUMBERS, numbers=json.dumps(some, allow_nan=True), text=_cut(data, 200))
        else:
            self._add(NEWS, text=_cut(data, 200))

    def _text(self, target: str, text: Any, whole: bool = False) -> None:
        """Append a text, or of one that comes as a `whole` again and again what is new in it."""
        if whole and isinstance(text, str):
            sent = self._lengths.get(target, 0)
            self._lengths[target] = max(sent, len(text))
            text = text[sent:]
        if isinstance(text, str) and text:
            self.tokens += 1
            self._texts.setdefault(target, []).append(text)

    def _add(self, template: str, **facts: Any) -> None:
        self._settle()
        self._pieces.append(format_html(template, **facts) if facts else SafeString(template))

    def _settle(self) -> None:
        """Turn the collected texts into pieces, so that what comes next stands after them."""
        for target, texts in self._texts.items():
            self._pieces.append(format_html(APPEND, target=target, text="".join(texts)))
        self._texts.clear()


def _index(call: dict[str, Any]) -> int:
    index = call.get("index")
    return index if isinstance(index, int) and 0 <= index < 1000 else 0


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cut(value: Any, limit: int) -> str:
    text = value if isinstance(value, str) else short_json(value)
    return text if len(text) <= limit else text[:limit] + "…"
