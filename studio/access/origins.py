"""What "the same origin" means here: scheme, host and port, written as browsers write them."""

DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def own_origin(scheme: str | None, host: str) -> str:
    """The Origin that a browser sends for a page at `scheme://host`; it leaves the default port out."""
    scheme = scheme or "http"
    return f"{scheme}://{host.lower().removesuffix(DEFAULT_PORTS.get(scheme, ''))}"
