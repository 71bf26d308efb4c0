"""Sockets are opened only by our own pages: an allowed Host, and an Origin that equals it to the letter."""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

from studio.access.origins import is_ours

Application = Callable[..., Awaitable[Any]]


def same_origin_only(application: Application) -> Application:
    """Deny every socket whose handshake does not come from a page of this very Studio."""

    async def guard(scope: Any, receive: Any, send: Any) -> Any:
        allowed = application if _is_own(scope) else WebsocketDenier.as_asgi()
        return await allowed(scope, receive, send)

    return guard


def _is_own(scope: Any) -> bool:
    headers = {name: value.decode("latin-1") for name, value in scope.get("headers", ())}
    host, origin = headers.get(b"host", ""), headers.get(b"origin", "")
    domain, _ = split_domain_port(host)
    scheme = {"ws": "http", "wss": "https"}.get(scope.get("scheme", "ws"), "http")
    return validate_host(domain, settings.ALLOWED_HOSTS) and is_ours(origin, scheme, host)
