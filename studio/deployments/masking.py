"""Keys out of texts: what is shown of a request never holds what only a deployment and Studio know.

Every configured header counts as a secret, and so does a password in the address. A secret is also found where it
stands quoted in an address, escaped in JSON, or without the scheme before it (`Bearer …`). Very short values are not
looked for: they would be found in every other word, and guard nothing.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from studio.deployments.config import Deployment
from studio.history.model import Json

GUARDED = re.compile(r"(?i)key|token|secret|auth|passw|cookie|session|credential")
SHORTEST_KEY, SHORTEST = 4, 8
"""Characters from which on the value of a header is looked for in texts: where its name tells of a key, and else."""


class Mask:
    """What stands for the secrets of a deployment. `url` is its address without them; `headers` are all names with
    which Studio authenticates itself there, each with what stands for its value."""

    def __init__(self, deployment: Deployment) -> None:
        parts = urlsplit(deployment.url)
        self.headers = {name: _stand_in(name) for name in deployment.headers}
        if "@" in parts.netloc and not any(name.lower() == "authorization" for name in self.headers):
            self.headers["authorization"] = _stand_in("authorization")
        found = {form: shown for secret, shown in _secrets(deployment) for form in _forms(secret)}
        self._found = sorted(found.items(), key=lambda pair: len(pair[0]), reverse=True)
        self.url = self.text(urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])))

    def text(self, text: str) -> str:
        """The text with something in the place of each secret."""
        for secret, shown in self._found:
            text = text.replace(secret, shown)
        return text

    def value(self, value: Json) -> Json:
        """The same for JSON, names and numbers included. Raises RecursionError for what is nested too deeply."""
        if isinstance(value, dict):
            return {self.text(name): self.value(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.value(part) for part in value]
        if value is None or isinstance(value, bool):
            return value
        shown = self.text(str(value))
        return value if shown == str(value) else shown

    def body(self, body: bytes) -> bytes:
        """The same for the body of a request, which stays the JSON that it is; one without secrets is not touched."""
        if not self._found:
            return body
        text = body.decode("utf-8", "replace")
        try:
            value = json.loads(text)
            clean = self.value(value)
        except (ValueError, RecursionError):
            value = clean = None
        if clean != value:
            text = json.dumps(clean)
        masked = self.text(text)  # what no value holds: one of two equal names, a body that is no JSON
        return body if clean == value and masked == text else masked.encode("utf-8", "replace")

    def beginning(self, body: bytes, size: int) -> bytes:
        """The first bytes of a large body, as text; a secret that would be cut in two is taken out as a whole."""
        return self.text(body.decode("utf-8", "replace")).encode("utf-8", "replace")[:size]


def _stand_in(name: str) -> str:
    return "<your key>" if name.lower() == "x-api-key" else f"<your {name}>"


def _secrets(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Each secret with what stands for it."""
    for name, value in deployment.headers.items():
        shown, least = _stand_in(name), SHORTEST_KEY if GUARDED.search(name) else SHORTEST
        scheme, _, rest = value.partition(" ")
        told = (value, rest, *_password(rest)) if scheme.lower() == "basic" else (value, rest)
        yield from ((secret, shown) for secret in told if len(secret) >= least)
    user, _, password = urlsplit(deployment.url).netloc.rpartition("@")[0].partition(":")
    shown = _stand_in("authorization")
    yield from ((secret, shown) for secret in (password or user, unquote(password or user)) if len(secret) >= 4)


def _password(encoded: str) -> tuple[str, ...]:
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ()
    return (f"{user}:{password}", password)


def _forms(secret: str) -> Iterator[str]:
    """The ways in which a secret is written."""
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield json.dumps(secret)[1:-1]
