"""What assistants take as input, and what their state is, as the deployment describes both in one answer.

The JS server compiles the source of a graph for that, again for each request until it succeeds. Pages wait for a schema
when they are opened, so they wait for a moment only, and for one that cannot be had only now and then.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from studio.deployments.assistants import id_of
from studio.deployments.config import Deployment
from studio.deployments.errors import DeploymentError, translated
from studio.deployments.gateway import Gateway
from studio.deployments.kept import Kept
from studio.deployments.requests import read
from studio.history.model import Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Schemas:
    """JSON schemas as they came, which may be anything; None when the deployment does not know one."""

    input: Json
    state: Json


PATIENCE = 5.0
"""Seconds that a schema may take."""
LASTING = ("failed", "timeout")
"""Kinds of failure that come again when the same is asked again."""
_kept: Kept[tuple[Deployment, str], Schemas | DeploymentError] = Kept(seconds=60, most=100)
"""By assistant, or why it has none. Schemas of graphs that talk are large: each holds the schemas of all messages."""
_inner: Kept[tuple[Deployment, str], dict[str, Json] | DeploymentError] = Kept(seconds=60, most=100)
"""The states of its subgraphs, by assistant, and there by the names of nodes with a stroke between them."""


async def input_schema(gateway: Gateway, assistant: str) -> Json:
    """The schema of the input of an assistant (its id, or the name of its graph); that of its whole state when it has
    none of its own. Raises DeploymentError when the deployment cannot tell."""
    found = await _schemas(gateway, assistant)
    return found.input or found.state


async def state_schema(gateway: Gateway, assistant: str) -> Json:
    """The schema of an assistant's state; that of its output when it tells no other. Raises DeploymentError when the
    deployment cannot tell."""
    return (await _schemas(gateway, assistant)).state


async def inner_schema(gateway: Gateway, assistant: str, names: Sequence[str]) -> Json:
    """The schema of the state of a subgraph, by the names of the nodes that lead to it; None where it is not known.
    Raises DeploymentError when the deployment cannot tell."""
    key = (gateway.deployment, assistant)
    answer = await _inner.get(key, lambda: _described(gateway, _told_inside(gateway, assistant)))
    return _insisted(answer).get("|".join(names))


async def _told_inside(gateway: Gateway, assistant: str) -> dict[str, Json]:
    assistant_id = await id_of(gateway, assistant)
    ask = gateway.sdk.assistants.get_subgraphs
    told: Any = await read(gateway, "The schema", lambda: ask(assistant_id, recurse=True))
    with translated(gateway.deployment):
        return {name: schemas.get("state_schema") for name, schemas in told.items()}


async def _schemas(gateway: Gateway, assistant: str) -> Schemas:
    key = (gateway.deployment, assistant)
    return _insisted(await _kept.get(key, lambda: _described(gateway, _told(gateway, assistant))))


def _insisted(answer: T | DeploymentError) -> T:
    if isinstance(answer, DeploymentError):
        raise DeploymentError(answer.kind, answer.title, answer.hint, answer.detail)
    return answer


async def _described(gateway: Gateway, asked: Awaitable[T]) -> T | DeploymentError:
    """What the deployment tells, or why it will not tell it the next time either."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await asked
    except TimeoutError:
        title = f"{gateway.deployment.host} takes long to describe this assistant."
        return DeploymentError("timeout", title, "Load the page again in a minute.")
    except DeploymentError as error:
        if error.kind not in LASTING:
            raise
        return error


async def _told(gateway: Gateway, assistant: str) -> Schemas:
    assistant_id = await id_of(gateway, assistant)
    told: Any = await read(gateway, "The schema", lambda: gateway.sdk.assistants.get_schemas(assistant_id))
    with translated(gateway.deployment):
        return Schemas(told.get("input_schema"), told.get("state_schema") or told.get("output_schema"))
