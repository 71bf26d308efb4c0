"""What goes in and out of a fake deployment, whatever carries it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that reached the fake. `path` is as it was sent, still quoted; names of `headers` are lower case;
    `json` is the body, None without one."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    json: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Stream(Protocol):
    """A body that comes in pieces: ask again until it is over. May raise `Cut`."""

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""

    def ready(self) -> list[bytes]:
        """The pieces that are there by now and were not taken before."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the fake says to a request."""

    status: int = 200
    body: bytes | Stream = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The request is answered with a status of 400 or more and a `{detail}`, as the official server does."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Cut(Exception):
    """The connection breaks here."""


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """JSON as an answer; a text is sent as it is, as HTML when it looks like it."""
    if isinstance(value, Answer):
        return value
    if isinstance(value, str):
        kind = "text/html" if value.lstrip().startswith("<") else "text/plain"
        return Answer(status, value.encode(), {"content-type": kind, **(headers or {})})
    return Answer(status, json.dumps(value).encode(), {"content-type": "application/json", **(headers or {})})
