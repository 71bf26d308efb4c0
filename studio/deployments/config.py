"""Which deployments there are, read from the environment and nowhere else.

`LANGGRAPH_URL` names one deployment, called `local`; `LANGGRAPH_DEPLOYMENTS` names several (`name=url,name=url`), the
first being the default. A key or header belongs to one deployment: `LANGGRAPH_API_KEY` and `LANGGRAPH_HEADERS` to
the one of `LANGGRAPH_URL`, `LANGGRAPH_API_KEY_<NAME>` and `LANGGRAPH_HEADERS_<NAME>` to the named ones.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:2024"


class ConfigurationError(ValueError):
    """A setting that cannot be used; the message names the variable and never its secret value."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A LangGraph server. `slug` is its name in our addresses; `headers` are secret and never printed."""

    slug: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def host(self) -> str:
        """Host and port, for people."""
        return urlsplit(self.url).netloc


def parse_deployments(environ: Mapping[str, str]) -> dict[str, Deployment]:
    """All configured deployments by slug, the default first."""
    listed = [pair.strip() for pair in environ.get("LANGGRAPH_DEPLOYMENTS", "").split(",") if pair.strip()]
    if not listed:
        url = environ.get("LANGGRAPH_URL") or DEFAULT_URL
        return {"local": Deployment("local", _url("LANGGRAPH_URL", url), _headers(environ, ""))}
    deployments: dict[str, Deployment] = {}
    for pair in listed:
        name, equals, url = pair.partition("=")
        slug = name.strip().lower()
        if not equals or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", slug) or slug in deployments:
            raise ConfigurationError(f"LANGGRAPH_DEPLOYMENTS: “{name}” must be a new name=url pair (a-z, 0-9, -).")
        suffix = "_" + slug.upper().replace("-", "_")
        deployments[slug] = Deployment(slug, _url("LANGGRAPH_DEPLOYMENTS", url), _headers(environ, suffix))
    return deployments


def _url(variable: str, url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, a bracket that is not closed
        usable = False
    if not usable or "@" in parts.netloc or parts.query or parts.fragment:
        raise ConfigurationError(f"{variable}: an address such as http://host:port is needed, without user or query.")
    return url.strip().rstrip("/")


def _headers(environ: Mapping[str, str], suffix: str) -> dict[str, str]:
    """The extra headers (a JSON object of strings) and the API key of one deployment."""
    variable = f"LANGGRAPH_HEADERS{suffix}"
    try:
        headers: dict[str, str] = json.loads(environ.get(variable) or "{}")
        if not all(isinstance(text, str) for pair in headers.items() for text in pair):
            raise ValueError
    except (ValueError, AttributeError):
        raise ConfigurationError(f'{variable}: a JSON object such as {{"X-Team": "a"}} is needed.') from None
    if key := environ.get(f"LANGGRAPH_API_KEY{suffix}"):
        headers["x-api-key"] = key
    if not all(text.isascii() for pair in headers.items() for text in pair):
        raise ConfigurationError(f"LANGGRAPH_API_KEY{suffix} or {variable} holds letters that HTTP cannot send.")
    return headers
