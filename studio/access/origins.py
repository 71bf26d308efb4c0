"""What "the same origin" means here: scheme, host and port, written as browsers write them.

A proxy that ends TLS speaks plain HTTP with us, so by a request alone the scheme of its page cannot be known; a header
that tells it could be sent by anybody. `STUDIO_ORIGINS` names such pages instead.
"""

from django.conf import settings

DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def own_origin(scheme: str | None, host: str) -> str:
    """The Origin that a browser sends for a page at `scheme://host`; it leaves the default port out."""
    scheme = scheme or "http"
    return f"{scheme}://{host.lower().removesuffix(DEFAULT_PORTS.get(scheme, ''))}"


def is_ours(origin: str, scheme: str | None, host: str) -> bool:
    """Whether a page of this `origin` is one of ours that was served under `host`, by us or by a proxy before us."""
    if origin in settings.STUDIO_ORIGINS:
        scheme = origin.partition(":")[0]
    return origin == own_origin(scheme, host)
