"""What assistants take as input, and what their state is, as the deployment describes both in one answer."""

from dataclasses import dataclass
from time import monotonic
from typing import Any

from studio.deployments.errors import translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read
from studio.history.model import Json

KEPT_SECONDS = 60
MOST_KEPT = 100
"""Schemas of graphs that talk are large: each holds the schemas of all messages."""


@dataclass(frozen=True, slots=True)
class Schemas:
    """JSON schemas as they came, which may be anything; None when the deployment does not know one."""

    input: Json
    state: Json


_kept: dict[tuple[str, str], tuple[float, Schemas]] = {}
"""Schemas by deployment and assistant, with the time until which they are taken for true."""


async def input_schema(gateway: Gateway, assistant_id: str) -> Json:
    """The schema of an assistant's input; that of its whole state when it has none of its own. Raises DeploymentError
    when the deployment cannot tell."""
    found = await _schemas(gateway, assistant_id)
    return found.input or found.state


async def state_schema(gateway: Gateway, assistant_id: str) -> Json:
    """The schema of an assistant's state; that of its output when it tells no other. Raises DeploymentError when the
    deployment cannot tell."""
    return (await _schemas(gateway, assistant_id)).state


async def _schemas(gateway: Gateway, assistant_id: str) -> Schemas:
    key = (gateway.deployment.url, assistant_id)
    until, kept = _kept.get(key, (0.0, None))
    if kept and until > monotonic():
        return kept
    told: Any = await read(gateway, "The schema", lambda: gateway.sdk.assistants.get_schemas(assistant_id))
    with translated(gateway.deployment):
        found = Schemas(told.get("input_schema"), told.get("state_schema") or told.get("output_schema"))
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = (monotonic() + KEPT_SECONDS, found)
    return found
