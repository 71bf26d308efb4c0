"""How requests are made: errors translated, and what is safe to repeat repeated once.

A server drops its keep-alive connection after a 5xx, so the request after that may meet a dead one.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from studio.deployments.errors import translated
from studio.deployments.gateway import Gateway

T = TypeVar("T")


async def read(gateway: Gateway, what: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask something that changes nothing; a connection that broke is tried once more. `what` names the thing."""
    with translated(gateway.deployment, what):
        try:
            return await ask()
        except (httpx.ReadError, httpx.RemoteProtocolError):
            return await ask()


async def write(gateway: Gateway, what: str, do: Callable[[], Awaitable[T]]) -> T:
    """Do something that must not happen twice."""
    with translated(gateway.deployment, what):
        return await do()


async def get_bytes(
    gateway: Gateway,
    what: str,
    path: str,
    params: dict[str, str | int] | None = None,
    body: dict[str, Any] | None = None,
) -> bytes:
    """An answer as it came, for what must keep its exact bytes or be decoded in part: to a GET, or to a POST of `body`
    which only asks."""

    async def ask() -> bytes:
        response = await gateway.http.request("GET" if body is None else "POST", path, params=params, json=body)
        response.raise_for_status()
        return response.content

    return await read(gateway, what, ask)
