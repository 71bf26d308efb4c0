"""Every way a deployment can fail, as one exception that says what happened and what to try.

`translated` is the only place where the SDK's and httpx's exceptions are caught. What a server says is shown to
people only where it helps (400, 404, 422, 500) and cut short: the text of a 409 lists whole runs, with their
configuration.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import msgspec
from langgraph_sdk.errors import APIStatusError

from studio.deployments.config import Deployment

DETAIL_LIMIT = 400
NO_SUCH_ADDRESS = ("Not Found", "404 Not Found")
"""What servers say of an address that they do not have at all. The official one says so of a run that is gone, too."""
UNREADABLE = (
    msgspec.MsgspecError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)
"""What reading an answer of an unexpected shape raises."""


class DeploymentError(Exception):
    """A deployment failed or refused.

    `kind`: unreachable, timeout, broken, unauthorized, forbidden, not_found, conflict, invalid, busy, failed,
    unsupported or malformed. `title` says what happened, `hint` what to try, `detail` what the server said.
    """

    def __init__(self, kind: str, title: str, hint: str = "", detail: str = "") -> None:
        super().__init__(title)
        self.kind = kind
        self.title = title
        self.hint = hint
        self.detail = detail

    @property
    def uncertain(self) -> bool:
        """Whether a write that ended like this may have happened all the same."""
        return self.kind in ("timeout", "broken", "failed", "malformed")

    @property
    def lacking(self) -> bool:
        """Whether the deployment seems not to have such an address at all."""
        return self.kind == "unsupported" or (self.kind == "not_found" and self.detail in NO_SUCH_ADDRESS)

    @property
    def status(self) -> int:
        """The HTTP status with which Studio answers its own client."""
        return {"not_found": 404, "conflict": 409, "invalid": 422, "unsupported": 501, "timeout": 504}.get(
            self.kind, 502
        )


GONE = "It may have been deleted meanwhile."


def not_found(what: str, hint: str = GONE) -> DeploymentError:
    """The error for something that the deployment does not hold (any more)."""
    return DeploymentError("not_found", f"{what} is not on the deployment.", hint)


def conflict(status: int | None = None) -> DeploymentError:
    """The error for a thread at which a run works; `status`: where a server has said so."""
    told = f" ({status})" if status else ""
    hint = "Wait for the run to end or stop it, then try again."
    return DeploymentError("conflict", f"A run is active on this thread{told}.", hint)


def unsupported(deployment: Deployment, said: str = "", does: str = "offer this", hint: str = "") -> DeploymentError:
    """The error for something that this kind of server does not do."""
    title = f"{deployment.host} does not {does}."
    return DeploymentError("unsupported", title, hint or "Other pages work as usual.", said)


@contextmanager
def translated(deployment: Deployment, what: str = "This") -> Iterator[None]:
    """Turn whatever a request to `deployment` raises into a `DeploymentError`; `what` names the thing asked for."""
    try:
        yield
    except APIStatusError as error:
        raise from_status(deployment, error.status_code, error.response.content, what) from error
    except httpx.HTTPStatusError as error:
        raise from_status(deployment, error.response.status_code, error.response.content, what) from error
    except httpx.TimeoutException as error:
        raise _timeout(deployment, error) from error
    except httpx.InvalidURL as error:
        raise DeploymentError("invalid", "This id cannot be part of an address.", "", type(error).__name__) from error
    except (httpx.ConnectError, httpx.UnsupportedProtocol) as error:
        title = f"The deployment at {deployment.host} refuses connections."
        hint = "Start it, or check its address in the configuration; this page works again as soon as it answers."
        raise DeploymentError("unreachable", title, hint) from error
    except httpx.HTTPError as error:
        title = f"The connection to {deployment.host} broke."
        raise DeploymentError("broken", title, "Try again; the deployment may be restarting.") from error
    except UNREADABLE as error:
        title = f"{deployment.host} answered with something that Studio cannot read."
        hint = "Check that the address is that of a LangGraph server."
        raise DeploymentError("malformed", title, hint, type(error).__name__) from error


def from_status(deployment: Deployment, status: int, body: bytes, what: str) -> DeploymentError:
    """The error that an HTTP status of a deployment stands for."""
    said = _detail(body)
    host = deployment.host
    match status:
        case 401:
            hint = "Set LANGGRAPH_API_KEY (or the key of this deployment) and start Studio again."
            return DeploymentError("unauthorized", f"{host} does not accept Studio's API key (401).", hint)
        case 403:
            hint = "The key is known, but may not do this."
            return DeploymentError("forbidden", f"{host} forbids this (403).", hint, said)
        case 404:
            return DeploymentError("not_found", f"{what} is not on the deployment (404).", GONE, said)
        case 405 | 501:
            return unsupported(deployment, said)
        case 409:
            return conflict(status)
        case 400 | 422:
            return DeploymentError("invalid", f"{host} refused the request ({status}).", "", said)
        case 429 | 503:
            return DeploymentError("busy", f"{host} is overloaded ({status}).", "Try again in a moment.", said)
    hint = "The deployment's own log says more."
    return DeploymentError("failed", f"{host} failed on its side ({status}).", hint, said)


def _timeout(deployment: Deployment, error: httpx.TimeoutException) -> DeploymentError:
    if isinstance(error, httpx.ConnectTimeout):
        title = f"The deployment at {deployment.host} cannot be reached."
        return DeploymentError("unreachable", title, "Check its address and the network.")
    title = f"The deployment at {deployment.host} took too long to answer."
    hint = "It may still be working on it: look again before you repeat what you did."
    return DeploymentError("timeout", title, hint)


def _detail(body: bytes) -> str:
    """What the server said, as one short text; HTML error pages of a proxy are reduced to their words."""
    text = body[:65536].decode("utf-8", "replace").strip()
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = re.sub(r"<[^>]*>", " ", text) if text.startswith("<") else text
    if isinstance(told, dict):
        told = told.get("detail") or told.get("message") or told.get("error") or told
    text = " ".join(str(told).split())
    return text if len(text) <= DETAIL_LIMIT else text[:DETAIL_LIMIT] + "…"
