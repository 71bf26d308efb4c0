"""Carries requests of Studio's clients to a fake deployment, and streams back as it is sent.

`httpx.ASGITransport` would hold a stream back until its end.
"""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx

from studio.testing.deployment import FakeDeployment
from studio.testing.exchange import Answer, Cut, Seen, Stream
from studio.testing.faults import Unreachable
from studio.testing.sse import pieces


class FakeTransport(httpx.AsyncBaseTransport):
    """In the place of a connection. Keeps nothing, so that it may serve any event loop."""

    def __init__(self, fake: FakeDeployment) -> None:
        self._fake = fake

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the fake, or the failure that it wants."""
        path, _, _ = request.url.raw_path.decode("ascii").partition("?")
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.aread()
        try:
            told = self._fake.handle(seen(request.method, path, dict(request.url.params), headers, body))
        except Unreachable as unreachable:
            raise unreachable.failure("a scripted fault") from None
        return httpx.Response(told.status, headers=dict(told.headers), stream=_Body(told), request=request)


def seen(method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Seen:
    """A request as the fake sees it."""
    value: Any = json.loads(body) if body else None
    return Seen(method, path, query, headers, value)


class _Body(httpx.AsyncByteStream):
    def __init__(self, told: Answer) -> None:
        self._told = told

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if isinstance(self._told.body, bytes):
            yield self._told.body
            return
        stream: Stream = self._told.body
        try:
            async for piece in pieces(stream):
                yield piece
        except Cut as cut:
            raise httpx.ReadError(str(cut)) from None
