"""How requests are made: errors translated, and what is safe to repeat repeated once.

A server drops its keep-alive connection after a 5xx, so the request after that may meet a dead one; and one that is
shaky for a moment answers 500 to the one request and not to the next.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
from langgraph_sdk.errors import APIStatusError

from studio.deployments.errors import DeploymentError, translated
from studio.deployments.gateway import Gateway

T = TypeVar("T")
ITS_OWN_FAULT = (500, 502, 504)


async def read(gateway: Gateway, what: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask something that changes nothing; what broke or failed on the server's side is tried once more. `what` names
    the thing."""
    with translated(gateway.deployment, what):
        try:
            return await ask()
        except (httpx.ReadError, httpx.RemoteProtocolError):
            return await ask()
        except (httpx.HTTPStatusError, APIStatusError) as error:
            if error.response.status_code not in ITS_OWN_FAULT:
                raise
            try:
                return await ask()
            except (httpx.ReadError, httpx.RemoteProtocolError):
                return await ask()


async def write(gateway: Gateway, what: str, do: Callable[[], Awaitable[T]]) -> T:
    """Do something that must not happen twice."""
    with translated(gateway.deployment, what):
        return await do()


async def unless_refused(asked: Awaitable[T]) -> T | None:
    """An answer; None where the deployment has none to give."""
    try:
        return await asked
    except DeploymentError:
        return None


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
