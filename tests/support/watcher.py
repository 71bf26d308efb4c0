"""What a thread page in a browser does with the messages of its socket (static/js/thread-live.js), without a browser.

`Page` is the page without any connection; `watching` connects one to the application in this process.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from studio.asgi import application
from tests.support.pages import Element, read
from tests.support.sockets import Socket

PATIENCE = 20
"""Seconds without a message after which nothing more will come."""


@dataclass
class Page:
    """A page that follows the head. `state` are the texts of the messages of the state on show, by id; `live` those of
    messages that stream, by id; `known` all that streamed ones have ever shown. `wants` a refresh: the state has
    changed. `problems` is what no page should ever be told."""

    cursor: str = ""
    connection: str = "reconnecting"
    run: str | None = None
    version: str | None = None
    feed: str = ""
    wants: bool = False
    resyncs: int = 0
    frames: int = 0
    panels: list[str] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)
    live: dict[str, str] = field(default_factory=dict)
    known: dict[str, list[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _keys: dict[str, str] = field(default_factory=dict)

    @property
    def hello(self) -> str:
        """What a socket is greeted with."""
        return json.dumps({"type": "hello", "cursor": self.cursor})

    def take(self, text: str) -> str | None:
        """Take in a message of the socket; what to answer."""
        message = json.loads(text)
        match message.pop("type"):
            case "status":
                self._status(**message)
            case "resync":
                self.cursor, self.resyncs = "", self.resyncs + 1
                if self.run:
                    self._clear()
            case "frame":
                for piece in _parsed(message["html"]).children:
                    self._swap(piece)
                self.cursor, self.frames = f"{self.feed}.{message['seq']}", self.frames + 1
                return json.dumps({"type": "ack", "seq": message["seq"]})
        return None

    def refresh(self, messages: Mapping[str, str]) -> None:
        """Show these messages as the state; what streamed of them goes, and all of it once no run works."""
        self.state = dict(messages)
        for id in [id for id in self.live if id in self.state or not self.run]:
            del self.live[id]

    def _status(
        self, connection: str, run: str | None, feed: str, version: str, thread: str = "", **_more: Any
    ) -> None:
        self.connection, self.feed = connection, feed
        if run and run != self.run:
            self.panels.clear()
        self.run = run
        if thread:
            self.wants = self.wants or version != self.version
            self.version = version

    def _swap(self, piece: Element | str) -> None:
        assert isinstance(piece, Element), f"text outside of a piece: {piece}"
        how, _, target = piece["hx-swap-oob"].partition(":#")
        if target == "live":
            self._clear() if how == "innerHTML" else self._arrive(piece)
        elif target.endswith("-text"):
            self._append(target.removesuffix("-text"), "".join(str(child) for child in piece.children))

    def _arrive(self, piece: Element) -> None:
        self.panels += [panel.text for panel in piece.all(role="alert")]
        for article in piece.all(tag="article"):
            id = article["data-message-id"]
            if id in self.live:
                self.problems.append(f"{id} began twice")
            self._keys[article["id"]] = id
            self.live[id] = ""

    def _append(self, key: str, text: str) -> None:
        id = self._keys.get(key)
        if id in self.live:
            self.live[id] += text
            self.known.setdefault(id, []).append(self.live[id])
        elif id not in self.state:
            self.problems.append(f"“{text}” had no place")

    def _clear(self) -> None:
        self.live.clear()
        self.panels.clear()


def messages_in(html: str) -> dict[str, str]:
    """The texts of the messages in the conversation of a page or of its live part, by id, in their order."""
    articles = _parsed(html).one(id="conversation").all(tag="article", data_message_id=True)
    return {article["data-message-id"]: _text(article) for article in articles}


def _text(article: Element) -> str:
    bodies = [
        child for child in article.children if isinstance(child, Element) and child.attributes.get("class") == "body"
    ]
    return bodies[0].text if bodies else ""


def _parsed(html: str) -> Element:
    return read(SimpleNamespace(content=html.encode()))


def spoiled(page: Page, final: Mapping[str, str]) -> list[str]:
    """What a page has shown that was wrong: problems it met, and text that streamed and was no beginning of its
    message, so that a token was lost, or there twice."""
    found = list(page.problems)
    for id in page.known.keys() & final.keys():
        found += [f"{id} was shown as {text!r}" for text in page.known[id] if not final[id].startswith(text)][:1]
    return found


def amiss(page: Page, final: Mapping[str, str]) -> list[str]:
    """What is wrong with a page whose thread rests: what it has shown, and anything on show but `final`."""
    found = spoiled(page, final)
    if page.run is not None:
        found.append(f"run {page.run} is said to work")
    if page.live:
        found.append(f"still streaming: {page.live}")
    if list(page.state.items()) != [(id, " ".join(text.split())) for id, text in final.items()]:
        found.append(f"on show: {page.state}")
    return found


class Watcher:
    """A page with a socket to the application in this process. `look` gives the messages of the state."""

    def __init__(self, page: Page, path: str, look: Callable[[], Awaitable[Mapping[str, str]]]) -> None:
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
        self.page, self.look = page, look
        self.socket = Socket(application, path, headers)

    async def until(self, met: Callable[[Page], bool]) -> None:
        """Take messages until a condition of the page is met; fails when none comes any more."""
        while not met(self.page):
            try:
                await self._take()
            except TimeoutError:
                raise AssertionError(f"nothing more came: {self.page}") from None

    async def catch_up(self) -> None:
        """Take what has arrived, without waiting for more."""
        while not self.socket.output_queue.empty():
            await self._take()

    async def settle(self) -> None:
        """Take messages until no run works, and show the newest state."""
        await self.until(lambda page: page.run is None and page.version is not None and page.connection == "live")
        self.page.wants = False
        self.page.refresh(await self.look())

    async def _take(self) -> None:
        async with asyncio.timeout(PATIENCE):  # the communicator's own limit would end the application with the waiting
            message = await self.socket.output_queue.get()
        assert message["type"] == "websocket.send", f"the socket was closed: {message}"
        if answer := self.page.take(message["text"]):
            await self.socket.send_to(text_data=answer)


@asynccontextmanager
async def watching(
    thread_id: str,
    look: Callable[[], Awaitable[Mapping[str, str]]],
    page: Page | None = None,
    deployment: str = "local",
) -> AsyncIterator[Watcher]:
    """A watcher whose socket is open and greeted, with a page that may have been on show before."""
    watcher = Watcher(page or Page(), f"/ws/d/{deployment}/threads/{thread_id}/", look)
    connected, _ = await watcher.socket.connect()
    assert connected
    await watcher.socket.send_to(text_data=watcher.page.hello)
    try:
        yield watcher
    finally:
        await watcher.socket.disconnect()
