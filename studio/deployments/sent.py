"""What Studio sent to its deployments: every request that may have changed something, with what came of it.

Remembered in this process alone, as long as there is room, and never with a header or a key. The client notes what
it sends by itself, so that no caller can forget to; httpx's event hooks would not hear of a request without an
answer, and that is the one which people look for.
"""

import asyncio
import re
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from threading import Lock
from typing import Any
from weakref import ref

import httpx

from studio.deployments.config import Deployment
from studio.deployments.masking import Mask

KEPT = 200
"""Requests that are kept of each deployment."""
LARGEST = 100_000
"""Bytes of a body that are kept."""
ROOM = 8_000_000
"""Bytes of bodies that are kept in all."""
WRITING = ("POST", "PUT", "PATCH", "DELETE")
READING = re.compile(
    r"POST /(?:(?:threads|assistants|runs|runs/crons|store/items)/(?:search|count)|store/namespaces"
    r"|assistants/[^/]+/versions|threads/[^/]+/(?:history|state/checkpoint|storage))(?:\?.*)?"
)
"""What is a POST only because it asks for much."""

TRIAL = "state.preview"
"""The verb of what is sent only to see what would become of a change."""

_numbers = count(1)
_acting: ContextVar[tuple[ref[asyncio.AbstractEventLoop], str, str] | None] = ContextVar("acting", default=None)
"""The loop goes with it: asgiref hands what a view has set on to whoever called it, as far as another loop."""


@dataclass(slots=True)
class Sent:
    """A request. `verb` is what a person did to cause it ("" when that is not known) and `about` the thread on which
    they did it; `path` is below the deployment's address and has its query; `body` is cut at LARGEST, and was of `size`
    bytes; `masked`: a secret stood in one of them. No `status`: it was not answered (yet), and `failure` says why;
    `seconds` are those until then."""

    deployment: Deployment
    method: str
    path: str
    body: bytes = b""
    size: int = 0
    masked: bool = False
    verb: str = ""
    about: str = ""
    number: int = field(default_factory=lambda: next(_numbers))
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: int | None = None
    failure: str = ""
    seconds: float | None = None

    @property
    def cut(self) -> bool:
        """Whether only the beginning of the body is known."""
        return self.size > LARGEST

    def concerns(self, thread_id: str) -> bool:
        """Whether it was sent to this thread, or by something that was done on its page."""
        return self.about == thread_id or re.match(rf"/threads/{re.escape(thread_id)}([/?]|$)", self.path) is not None


class Journal:
    """The requests that are kept, of all deployments; from any thread."""

    def __init__(self, kept: int = KEPT, room: int = ROOM) -> None:
        self._kept, self._room, self._lock = kept, room, Lock()
        self._sent: deque[Sent] = deque()

    def add(self, sent: Sent) -> None:
        """Keep one more; the oldest ones make room."""
        with self._lock:
            self._sent.append(sent)
            if Counter(one.deployment.slug for one in self._sent)[sent.deployment.slug] > self._kept:
                self._sent.remove(next(one for one in self._sent if one.deployment.slug == sent.deployment.slug))
            while sum(len(one.body) for one in self._sent) > self._room:
                self._sent.popleft()

    def of(self, deployment: Deployment, thread_id: str = "") -> list[Sent]:
        """What was sent to a deployment, newest first; or only what concerns one thread."""
        with self._lock:
            kept = [sent for sent in self._sent if sent.deployment == deployment]
        return [sent for sent in reversed(kept) if not thread_id or sent.concerns(thread_id)]


journal = Journal()


def acting(verb: str, thread_id: str = "") -> None:
    """Say what a person does, on which thread: what this task sends from now on is remembered under it."""
    _acting.set((ref(asyncio.get_running_loop()), verb, thread_id))


@contextmanager
def trying() -> Iterator[None]:
    """What is sent in this block only tries what a person wants to do; it is remembered as that."""
    acts = _acting.get()
    token = _acting.set((acts[0], TRIAL, acts[2])) if acts else None
    try:
        yield
    finally:
        if token:
            _acting.reset(token)


def changes(method: str, path: str) -> bool:
    """Whether such a request may change something."""
    return method in WRITING and not READING.fullmatch(f"{method} {path}")


class RememberingClient(httpx.AsyncClient):
    """A client to a deployment that notes what it sends, unless that only reads."""

    def __init__(self, deployment: Deployment, **more: Any) -> None:
        super().__init__(**more)
        self._deployment = deployment

    async def send(self, request: httpx.Request, **more: Any) -> httpx.Response:
        """Send a request as httpx does; the bodies of answers are none of our business."""
        path = request.url.raw_path.decode("ascii").removeprefix(self.base_url.raw_path.decode("ascii").rstrip("/"))
        if not changes(request.method, path):
            return await super().send(request, **more)
        sent = _noted(self._deployment, request, path)
        begun = time.monotonic()
        try:
            response = await super().send(request, **more)
            sent.status = response.status_code
        except BaseException as error:
            sent.failure = _why(error)
            raise
        finally:
            sent.seconds = time.monotonic() - begun
        return response


def _noted(deployment: Deployment, request: httpx.Request, path: str) -> Sent:
    mask, body = Mask(deployment), request.content
    clean, shown = mask.body(body) if len(body) <= LARGEST else mask.beginning(body, LARGEST), mask.text(path)
    masked = not body.startswith(clean) or shown != path
    acts = _acting.get()
    _, verb, about = acts if acts and acts[0]() is asyncio.get_running_loop() else (None, "", "")
    sent = Sent(deployment, request.method, shown, clean, len(body), masked, verb, about)
    journal.add(sent)
    return sent


def _why(error: BaseException) -> str:
    """Why there is no answer, in words; the text of the error may hold anything."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "no connection"
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return "the connection broke" if isinstance(error, httpx.HTTPError) else "given up"
