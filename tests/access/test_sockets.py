"""Sockets are opened by our own pages only."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.test.utils import override_settings

from studio.access.sockets import same_origin_only
from tests.support.sockets import Socket


async def open_door(scope: Any, receive: Any, send: Any) -> None:
    """Takes in whoever is let through."""
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


async def is_let_in(headers: Mapping[str, str], scheme: str = "ws") -> bool:
    """Whether a handshake with these headers gets through to the application."""
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    socket = Socket(same_origin_only(open_door), "/ws/d/local/threads/x/", headers=sent)
    socket.scope["scheme"] = scheme
    accepted, _ = await socket.connect()
    if accepted:
        await socket.disconnect()
    return accepted


@pytest.mark.parametrize(
    ("host", "origin", "scheme"),
    [
        ("localhost:8000", "http://localhost:8000", "ws"),
        ("LOCALHOST:8000", "http://localhost:8000", "ws"),
        ("localhost", "http://localhost", "ws"),
        ("localhost:80", "http://localhost", "ws"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", "ws"),
        ("[::1]:8000", "http://[::1]:8000", "ws"),
        ("localhost:8000", "https://localhost:8000", "wss"),
        ("localhost:443", "https://localhost", "wss"),
    ],
)
async def test_a_page_of_ours_opens_one(host: str, origin: str, scheme: str) -> None:
    assert await is_let_in({"host": host, "origin": origin}, scheme)


@pytest.mark.parametrize(
    ("host", "origin", "scheme"),
    [
        ("localhost:8000", "http://localhost:9999", "ws"),
        ("localhost:8000", "http://localhost", "ws"),
        ("localhost:8000", "https://localhost:8000", "ws"),
        ("localhost:8000", "http://localhost:8000", "wss"),
        ("localhost:8000", "http://127.0.0.1:8000", "ws"),
        ("localhost:8000", "http://evil.example", "ws"),
        ("localhost:8000", "http://evil.localhost:8000", "ws"),
        ("localhost:8000", "http://localhost:8000/", "ws"),
        ("localhost:8000", "null", "ws"),
        ("localhost:8000", "", "ws"),
        ("evil.example:8000", "http://evil.example:8000", "ws"),
        ("evil.example", "http://localhost:8000", "ws"),
        ("", "http://", "ws"),
        ("localhost:x", "http://localhost:x", "ws"),
        ("locälhost", "http://locälhost", "ws"),
    ],
)
async def test_nobody_else_does(host: str, origin: str, scheme: str) -> None:
    assert not await is_let_in({"host": host, "origin": origin}, scheme)


@pytest.mark.parametrize("headers", [{}, {"host": "localhost:8000"}, {"origin": "http://localhost:8000"}])
async def test_a_handshake_without_host_or_origin_is_refused(headers: dict[str, str]) -> None:
    assert not await is_let_in(headers)


async def test_the_names_come_from_the_settings() -> None:
    ours = {"host": "studio.example", "origin": "http://studio.example"}
    assert not await is_let_in(ours)
    with override_settings(ALLOWED_HOSTS=["studio.example"]):
        assert await is_let_in(ours)


@pytest.mark.parametrize(
    ("host", "origin", "let_in"),
    [
        ("studio.example", "https://studio.example", True),
        ("localhost", "https://studio.example", False),
        ("studio.example", "https://other.example", False),
        ("localhost", "https://localhost", False),
    ],
)
async def test_behind_a_proxy_pages_of_the_named_origin_open_one(host: str, origin: str, let_in: bool) -> None:
    hosts = ["studio.example", "localhost"]
    with override_settings(ALLOWED_HOSTS=hosts, STUDIO_ORIGINS=["https://studio.example"]):
        assert await is_let_in({"host": host, "origin": origin}) is let_in


async def test_the_real_application_stands_behind_the_guard() -> None:
    from studio.asgi import application

    headers = [(b"host", b"localhost:8000"), (b"origin", b"http://localhost:9999")]
    socket = Socket(application, "/ws/d/local/threads/x/", headers=headers)
    accepted, _ = await socket.connect()
    assert not accepted
