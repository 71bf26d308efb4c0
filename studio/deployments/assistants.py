"""Assistants and the nodes of their graphs."""

from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from studio.deployments.errors import translated
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read

K = TypeVar("K")
T = TypeVar("T")
KEPT_SECONDS = 60
LISTED_SECONDS = 15
"""For so long a list of assistants is taken for true: every page shows it, and it hardly ever changes."""
_listed: dict[tuple[str, int], tuple[float, list["Assistant"]]] = {}
_inputs: dict[tuple[str, str], tuple[float, dict[str, str]]] = {}
"""Input fields by deployment and assistant, with the time until which they are taken for true."""


@dataclass(frozen=True, slots=True)
class Assistant:
    """A graph with a configuration, under a name. `default`: the one that the server made for the graph itself."""

    id: str
    name: str
    graph_id: str
    default: bool = False

    @property
    def label(self) -> str:
        """The name, with the graph where it says something more."""
        return self.name if self.name == self.graph_id else f"{self.name} ({self.graph_id})"


async def search(gateway: Gateway, limit: int = 200) -> list[Assistant]:
    """The assistants of a deployment, by graph and name, the default one of each graph first."""
    key = (gateway.deployment.url, limit)
    kept = _still_true(_listed, key)
    if kept is not None:
        return kept
    rows: list[Any] = await read(gateway, "The assistants", lambda: gateway.sdk.assistants.search(limit=limit))
    with translated(gateway.deployment):
        found = [_assistant(row) for row in rows]
    found.sort(key=lambda a: (a.graph_id, not a.default, a.name, a.id))
    _listed[key] = (monotonic() + LISTED_SECONDS, found)
    return found


async def nodes(gateway: Gateway, assistant_id: str) -> list[str]:
    """The names of the nodes of an assistant's graph, without its start and end."""
    graph: Any = await read(gateway, "The graph", lambda: gateway.sdk.assistants.get_graph(assistant_id))
    with translated(gateway.deployment):
        names = [str(node["id"]) for node in graph["nodes"]]
    return [name for name in names if name not in ("__start__", "__end__")]


async def input_fields(gateway: Gateway, assistant_id: str) -> dict[str, str]:
    """The channels that an assistant takes as input, with their JSON types; empty when the deployment cannot tell."""
    key = (gateway.deployment.url, assistant_id)
    kept = _still_true(_inputs, key)
    if kept is not None:
        return kept
    schemas: Any = await read(gateway, "The schemas", lambda: gateway.sdk.assistants.get_schemas(assistant_id))
    with translated(gateway.deployment):
        schema = schemas.get("input_schema") or schemas.get("state_schema") or {}
        fields = {str(name): _type(field) for name, field in (schema.get("properties") or {}).items()}
    _inputs[key] = (monotonic() + KEPT_SECONDS, fields)
    return fields


def _still_true(answers: dict[K, tuple[float, T]], key: K) -> T | None:
    """An answer that is kept until a time that has not come yet."""
    until, answer = answers.get(key, (0.0, None))
    return answer if until > monotonic() else None


def _type(field: Any) -> str:
    kind = field.get("type") if isinstance(field, dict) else None
    return kind if isinstance(kind, str) else "object"


def _assistant(row: Any) -> Assistant:
    by_system = (row.get("metadata") or {}).get("created_by") == "system"
    return Assistant(row["assistant_id"], row.get("name") or row["graph_id"], row["graph_id"], by_system)
