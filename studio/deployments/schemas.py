"""What assistants take as input, as the deployment describes it."""

from time import monotonic
from typing import Any

from studio.deployments.errors import translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read
from studio.history.model import Json

KEPT_SECONDS = 60
MOST_KEPT = 100
"""Schemas of graphs that talk are large: each holds the schemas of all messages."""
_kept: dict[tuple[str, str], tuple[float, Json]] = {}
"""Schemas by deployment and assistant, with the time until which they are taken for true."""


async def input_schema(gateway: Gateway, assistant_id: str) -> Json:
    """The JSON schema of an assistant's input as it came, which may be anything; that of its whole state when it has
    none of its own, None when the deployment knows neither. Raises DeploymentError when it cannot tell."""
    key = (gateway.deployment.url, assistant_id)
    until, kept = _kept.get(key, (0.0, None))
    if until > monotonic():
        return kept
    schemas: Any = await read(gateway, "The input schema", lambda: gateway.sdk.assistants.get_schemas(assistant_id))
    with translated(gateway.deployment):
        schema: Json = schemas.get("input_schema") or schemas.get("state_schema")
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = (monotonic() + KEPT_SECONDS, schema)
    return schema
