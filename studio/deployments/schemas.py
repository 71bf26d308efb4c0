"""What assistants take as input, and what their state is, as the deployment describes both in one answer."""

from dataclasses import dataclass
from typing import Any

from studio.deployments.assistants import id_of
from studio.deployments.config import Deployment
from studio.deployments.errors import translated
from studio.deployments.gateway import Gateway
from studio.deployments.kept import Kept
from studio.deployments.requests import read
from studio.history.model import Json


@dataclass(frozen=True, slots=True)
class Schemas:
    """JSON schemas as they came, which may be anything; None when the deployment does not know one."""

    input: Json
    state: Json


_kept: Kept[tuple[Deployment, str], Schemas] = Kept(seconds=60, most=100)
"""By assistant. Schemas of graphs that talk are large: each holds the schemas of all messages."""


async def input_schema(gateway: Gateway, assistant: str) -> Json:
    """The schema of the input of an assistant (its id, or the name of its graph); that of its whole state when it has
    none of its own. Raises DeploymentError when the deployment cannot tell."""
    found = await _schemas(gateway, assistant)
    return found.input or found.state


async def state_schema(gateway: Gateway, assistant: str) -> Json:
    """The schema of an assistant's state; that of its output when it tells no other. Raises DeploymentError when the
    deployment cannot tell."""
    return (await _schemas(gateway, assistant)).state


async def _schemas(gateway: Gateway, assistant: str) -> Schemas:
    return await _kept.get((gateway.deployment, assistant), lambda: _told(gateway, assistant))


async def _told(gateway: Gateway, assistant: str) -> Schemas:
    assistant_id = await id_of(gateway, assistant)
    told: Any = await read(gateway, "The schema", lambda: gateway.sdk.assistants.get_schemas(assistant_id))
    with translated(gateway.deployment):
        return Schemas(told.get("input_schema"), told.get("state_schema") or told.get("output_schema"))
