"""A run's events in, HTML pieces out. No I/O: feed it events, and flush when a frame may be sent.

Text is only ever appended, as text: tokens that arrive between two flushes become one piece. Once a message is
complete it is part of the state, and the page exchanges the streamed text for the rendered message.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from studio.deployments.runs import Event
from studio.history.diff import short_json
from studio.history.messages import ROLES, parse_message

ARTICLE = (
    '<div hx-swap-oob="beforeend:#live">'
    '<article id="{key}" data-message-id="{id}" data-role="{role}" class="streaming">'
    '<header><span class="dot"></span><b>{name}</b><span class="node">{node} · streaming</span></header>'
    '<div class="body"><div class="text" id="{key}-text"></div></div></article></div>'
)
CALL = (
    '<div hx-swap-oob="beforeend:#{key} > .body"><div class="call"><header><b>{name}</b><code>{id}</code></header>'
    '<pre id="{key}-args-{index}"></pre></div></div>'
)
APPEND = '<div hx-swap-oob="beforeend:#{target}">{text}</div>'
PROGRESS = (
    '<div hx-swap-oob="innerHTML:#progress"><progress max="100" value="{value}">{value} %</progress>'
    "<span>{text}</span></div>"
)
NEWS = '<div hx-swap-oob="innerHTML:#progress"><span class="spinner"></span><span>{text}</span></div>'
FAILURE = (
    '<div hx-swap-oob="beforeend:#live"><div class="panel bad" role="alert"><h3>The run failed: {error}</h3>'
    "<p>{message}</p></div></div>"
)


@dataclass(slots=True)
class Reducer:
    """Collects what has happened since the last flush. `stepped`: the state has changed."""

    stepped: bool = False
    _pieces: list[SafeString] = field(default_factory=list)
    _texts: dict[str, list[str]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send."""
        return not (self._pieces or self._texts)

    def feed(self, event: Event) -> None:
        """Take in one event; one that is malformed or of no interest here changes nothing."""
        match event.mode, event.data:
            case "messages", [dict() as chunk, *rest]:
                self._message(chunk, rest[0] if rest and isinstance(rest[0], dict) else {})
            case "metadata", _:
                self.stepped = True
                self._add(NEWS, text="Running…")
            case "updates", _:
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

    def _message(self, chunk: dict[str, Any], metadata: Mapping[str, Any]) -> None:
        message = parse_message(chunk)
        id = chunk.get("id")
        if message is None or not isinstance(id, str) or ROLES.get(str(chunk.get("type"))) != "ai":
            return  # complete messages of other roles come with the state
        key = "live-" + hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:16]
        if key not in self._seen:
            self._seen.add(key)
            self.stepped = True  # what the model was asked is part of the state by now
            node = str(metadata.get("langgraph_node") or "")
            self._add(NEWS, text=f"{node or 'The model'} is at work…")
            self._add(ARTICLE, key=key, id=id, role=message.role, name="AI", node=node)
        self._text(f"{key}-text", message.text)
        calls = chunk.get("tool_call_chunks")
        for call in calls if isinstance(calls, list) else ():
            if isinstance(call, dict):
                self._call(key, call)

    def _call(self, key: str, call: dict[str, Any]) -> None:
        target = f"{key}-args-{_index(call)}"
        if target not in self._seen:
            self._seen.add(target)
            name = str(call.get("name") or "tool call")
            self._add(CALL, key=key, index=_index(call), name=name, id=str(call.get("id") or ""))
        self._text(target, call.get("args"))

    def _custom(self, data: Any) -> None:
        progress = data.get("progress") if isinstance(data, dict) else None
        if isinstance(progress, int | float) and not isinstance(progress, bool):
            rest = {key: value for key, value in data.items() if key != "progress"}
            told = " · ".join(f"{key} {_cut(value, 60)}" for key, value in rest.items())
            done = f"{min(max(0, progress), 100):g}"  # in this order, what is no number counts as none
            self._add(PROGRESS, value=done, text=f"{done} % {told}")
        else:
            self._add(NEWS, text=_cut(data, 200))

    def _text(self, target: str, text: Any) -> None:
        if isinstance(text, str) and text:
            self._texts.setdefault(target, []).append(text)

    def _add(self, template: str, **facts: Any) -> None:
        self._settle()
        self._pieces.append(format_html(template, **facts))

    def _settle(self) -> None:
        """Turn the collected texts into pieces, so that what comes next stands after them."""
        for target, texts in self._texts.items():
            self._pieces.append(format_html(APPEND, target=target, text="".join(texts)))
        self._texts.clear()


def _index(call: dict[str, Any]) -> int:
    index = call.get("index")
    return index if isinstance(index, int) and 0 <= index < 1000 else 0


def _cut(value: Any, limit: int) -> str:
    text = value if isinstance(value, str) else short_json(value)
    return text if len(text) <= limit else text[:limit] + "…"
