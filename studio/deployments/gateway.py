"""Clients to a deployment, one per event loop.

An httpx client belongs to the loop it first ran on. Django's sync test client runs each async view on a loop of its
own, so clients are kept by loop, and each is closed by its loop: an async generator that is still suspended is
finalised by `shutdown_asyncgens()`, which `asyncio.run` and asgiref's `async_to_sync` both await before they close a
loop. One SSL context serves all clients: building it costs 15 ms.

The SDK's `get_client` would retry a refused port for seconds and send keys found in the environment to any address;
so the client is put together here.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import httpx
from langgraph_sdk.client import LangGraphClient

from studio.deployments.config import Deployment
from studio.deployments.sent import RememberingClient

TransportFactory = Callable[[Deployment], httpx.AsyncBaseTransport]


@dataclass(frozen=True, slots=True)
class Gateway:
    """The clients of one deployment on one loop. `http` and `sdk` share a pool; `streams` has its own, so that open
    streams never keep a request waiting."""

    deployment: Deployment
    http: httpx.AsyncClient
    sdk: LangGraphClient
    streams: LangGraphClient


@dataclass(slots=True)
class Upstream:
    """How connections are made; `transport` is replaced by suites that play the deployment themselves."""

    timeout: float = 30.0
    silence: float = 30.0
    """Seconds without a byte after which a stream is taken for dead, and joined again if its run still works."""
    transport: TransportFactory | None = None


upstream = Upstream()
_gateways: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Deployment, tuple[Gateway, AsyncGenerator[Gateway]]]]
_gateways = WeakKeyDictionary()


async def gateway(deployment: Deployment) -> Gateway:
    """The gateway to `deployment` on the running loop; made at first use, closed together with the loop."""
    mine = _gateways.setdefault(asyncio.get_running_loop(), {})
    if deployment not in mine:
        lifetime = _lifetime(deployment)
        mine[deployment] = (await anext(lifetime), lifetime)
    return mine[deployment][0]


async def close_gateways() -> None:
    """Close every gateway of the running loop now."""
    for _, lifetime in _gateways.pop(asyncio.get_running_loop(), {}).values():
        await lifetime.aclose()


async def _lifetime(deployment: Deployment) -> AsyncGenerator[Gateway]:
    http, streams = _client(deployment, upstream.timeout), _client(deployment, upstream.silence)
    streams.event_hooks["response"].append(_join_by_ourselves)
    try:
        yield Gateway(deployment, http, LangGraphClient(http), LangGraphClient(streams))
    finally:
        await http.aclose()
        await streams.aclose()


async def _join_by_ourselves(response: httpx.Response) -> None:
    """Without this header the SDK does not join a broken stream again by itself: it would do so silently for many
    seconds, and after the last event id seen, which several events may share."""
    response.headers.pop("location", None)


def _client(deployment: Deployment, read_timeout: float) -> httpx.AsyncClient:
    return RememberingClient(
        deployment,
        base_url=deployment.url,
        headers=dict(deployment.headers),
        timeout=httpx.Timeout(upstream.timeout, connect=5.0, read=read_timeout),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=16),
        transport=upstream.transport(deployment) if upstream.transport else None,
        verify=_ssl_context(),
        follow_redirects=False,
        trust_env=False,
    )


@lru_cache(maxsize=1)
def _ssl_context() -> ssl.SSLContext:
    return ssl.create_default_context()
