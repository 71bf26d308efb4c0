"""A fake deployment as an ASGI application, to be served on a port where only a real connection will do."""

from typing import Any
from urllib.parse import parse_qsl

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from studio.testing.deployment import FakeDeployment
from studio.testing.exchange import Answer
from studio.testing.sse import pieces
from studio.testing.transport import seen


class FakeApplication:
    """Speaks for a fake. A fault without an answer ends the connection, as far as the ASGI server lets it."""

    def __init__(self, fake: FakeDeployment) -> None:
        self._fake = fake

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """The entry point of ASGI."""
        if scope["type"] != "http":
            raise RuntimeError(f"a deployment speaks HTTP, not {scope['type']}")
        await _send(self._fake.handle(await _seen(scope, receive)), send)


async def _seen(scope: HTTPScope, receive: ASGIReceiveCallable) -> Any:
    body, more = b"", True
    while more:
        message: Any = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    path, _, _ = (scope["raw_path"] or scope["path"].encode()).decode("ascii").partition("?")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return seen(scope["method"], path, dict(parse_qsl(scope["query_string"].decode())), headers, body)


async def _send(told: Answer, send: ASGISendCallable) -> None:
    headers = [(name.encode(), value.encode()) for name, value in told.headers.items()]
    await send({"type": "http.response.start", "status": told.status, "headers": headers, "trailers": False})
    if isinstance(told.body, bytes):
        await send({"type": "http.response.body", "body": told.body, "more_body": False})
        return
    async for piece in pieces(told.body):
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
