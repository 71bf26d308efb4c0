"""The server itself, and its assistants."""

from itertools import pairwise
from typing import Any
from uuid import UUID

from studio.testing.deployment import FakeDeployment
from studio.testing.exchange import Refused, Seen
from studio.testing.graph import Graph
from studio.testing.routing import route


@route("GET", "/ok")
def alive(fake: FakeDeployment, seen: Seen) -> Any:
    """Whether it lives."""
    if fake.habits.flavour == "aegra":
        raise Refused(404, "Not Found")
    return {"ok": True}


@route("GET", "/info")
def info(fake: FakeDeployment, seen: Seen) -> Any:
    """What it is."""
    return fake.habits.info


@route("POST", "/assistants/search")
def search(fake: FakeDeployment, seen: Seen) -> Any:
    """A page of assistants, the newest first."""
    asked = seen.json or {}
    if fake.habits.flavour == "aegra" and asked.get("limit", 10) > 100:
        raise Refused(422, "Input should be less than or equal to 100")
    rows = [row for row in fake.assistants[::-1] if asked.get("graph_id") in (None, row["graph_id"])]
    offset = asked.get("offset") or 0
    return rows[offset : offset + asked.get("limit", 10)]


@route("GET", "/assistants/{assistant}")
def get(fake: FakeDeployment, seen: Seen, assistant: str) -> Any:
    """One assistant."""
    _require_uuid(assistant)
    return _found(fake, assistant)


@route("GET", "/assistants/{assistant}/graph")
def graph(fake: FakeDeployment, seen: Seen, assistant: str) -> Any:
    """Nodes and edges; a graph may be called by its name here."""
    if assistant not in fake.graphs:
        _require_uuid(assistant)
        assistant = _found(fake, assistant)["graph_id"]
    return _drawn(fake.graphs[assistant])


@route("GET", "/assistants/{assistant}/schemas")
def schemas(fake: FakeDeployment, seen: Seen, assistant: str) -> Any:
    """What its input looks like, as the test said, and its state, as far as the fake knows: the channels."""
    _require_uuid(assistant)
    graph_id = _found(fake, assistant)["graph_id"]
    given = fake.graphs[graph_id].input_schema
    channels: dict[str, Any] = {name: {"type": "array"} for name in fake.graphs[graph_id].reducers}
    state = {"type": "object", "title": f"{graph_id}_state", "properties": channels}
    return {"graph_id": graph_id, "input_schema": given, "output_schema": None, "state_schema": state}


@route("POST", "/assistants/{assistant}/versions")
def versions(fake: FakeDeployment, seen: Seen, assistant: str) -> Any:
    """A page of the versions of an assistant, the newest first."""
    _require_uuid(assistant)
    _found(fake, assistant)
    asked = seen.json or {}
    offset = asked.get("offset") or 0
    kept = ("assistant_id", "version", "graph_id", "config", "context", "metadata", "created_at", "name", "description")
    rows = [{name: row[name] for name in kept} for row in fake.versions[assistant][::-1]]
    return rows[offset : offset + asked.get("limit", 10)]


def _drawn(graph: Graph) -> dict[str, Any]:
    names = ["__start__", *graph.nodes, "__end__"]
    levels = [("__start__",), *graph.steps, ("__end__",)]
    edges = [{"source": a, "target": b} for up, down in pairwise(levels) for a in up for b in down]
    return {"nodes": [{"id": name} for name in names], "edges": edges}


def _found(fake: FakeDeployment, assistant: str) -> dict[str, Any]:
    found = next((row for row in fake.assistants if row["assistant_id"] == assistant), None)
    if found is None:
        raise Refused(404, "Not Found")
    return found


def _require_uuid(assistant: str) -> None:
    try:
        UUID(assistant)
    except ValueError:
        raise Refused(422, "Invalid assistant ID: must be a UUID") from None
