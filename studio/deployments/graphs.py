"""The graphs of assistants: their nodes and edges, and what is inside of their subgraphs, as the deployment draws them.

A deployment answers with the graph as it was written, or (xray) with every subgraph replaced by what is inside of it,
under names such as `visa:ask`. Both are asked for, and put together again: a graph in which some nodes are graphs.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from studio.deployments.assistants import id_of
from studio.deployments.config import Deployment
from studio.deployments.errors import DeploymentError, translated
from studio.deployments.gateway import Gateway
from studio.deployments.kept import Kept
from studio.deployments.requests import read

START, END = "__start__", "__end__"
DEEPEST = 20
"""Levels of subgraphs that are told apart."""
NOTHING: dict[str, Any] = {"nodes": [], "edges": []}
_kept: Kept[tuple[Deployment, str], "Graph"] = Kept(seconds=60, most=50)
"""By assistant."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a graph. `id` is its name, after that of the subgraph it is in and a colon; `tools` are the names of
    those that it calls; `breaks`: "before" and "after", where its author lets every run stop; `inside`: the graph that
    it is, None for a plain node."""

    id: str
    name: str
    tools: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    inside: "Graph | None" = None

    @property
    def ends(self) -> bool:
        """Whether it is no node but the start or the end of the graph."""
        return self.name in (START, END)


@dataclass(frozen=True, slots=True)
class Edge:
    """What may run after a node, always or on a `conditional` edge; `label` says when, where the author gave the way a
    name."""

    source: str
    target: str
    conditional: bool = False
    label: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and edges, as deep as the deployment tells. There is one edge at most from a node to another."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def within(self, names: Iterable[str]) -> "Graph | None":
        """The subgraph that one gets to by these names of nodes, one inside the other; None when it is not known."""
        found: Graph | None = self
        for name in names:
            node = next((node for node in found.nodes if node.name == name), None) if found else None
            found = node.inside if node else None
        return found


async def graph(gateway: Gateway, assistant: str) -> Graph:
    """The graph of an assistant (its id, or the name of its graph), asked for once a minute. Raises DeploymentError
    when the deployment has none to tell."""
    return await _kept.get((gateway.deployment, assistant), lambda: _told(gateway, assistant))


async def names(gateway: Gateway, assistant: str) -> list[str]:
    """The names of the nodes of an assistant's graph, without its start and end. Raises DeploymentError."""
    return [node.name for node in (await graph(gateway, assistant)).nodes if not node.ends]


async def _told(gateway: Gateway, assistant: str) -> Graph:
    assistant_id = await id_of(gateway, assistant)
    plain, deep = await asyncio.gather(_ask(gateway, assistant_id, False), _inside(gateway, assistant_id))
    with translated(gateway.deployment):
        return _parsed(plain, deep)


async def _ask(gateway: Gateway, assistant_id: str, xray: bool) -> Any:
    return await read(gateway, "The graph", lambda: gateway.sdk.assistants.get_graph(assistant_id, xray=xray))


async def _inside(gateway: Gateway, assistant_id: str) -> Any:
    """The graph with its subgraphs; an empty one where there are none, or where these cannot be told. A large graph
    costs the deployment a second each time it is told, so it is asked first whether there is anything inside of it."""
    with suppress(DeploymentError):
        names = await read(gateway, "The subgraphs", lambda: gateway.sdk.assistants.get_subgraphs(assistant_id))
        if names == {}:
            return NOTHING
    with suppress(DeploymentError):
        return await _ask(gateway, assistant_id, True)
    return NOTHING


def _parsed(plain: Any, deep: Any) -> Graph:
    """The graph with all that is inside of it."""
    all_nodes, all_edges = _nodes(deep), _edges(deep)
    nodes = {}
    for id, node in _nodes(plain).items():
        inside = None if id in all_nodes else _subgraph(id, all_nodes, all_edges, 1)
        nodes[id] = Node(id, id, node.tools, node.breaks, inside)
    edges = _edges(plain)
    for id in (end for edge in edges for end in (edge.source, edge.target)):
        nodes.setdefault(id, Node(id, id))
    return Graph(tuple(nodes.values()), tuple(edges))


def _subgraph(id: str, nodes: Mapping[str, Node], edges: list[Edge], depth: int) -> Graph | None:
    """What is inside of a node, by the names of its parts. The deployment has tied it to what is around it: where that
    enters and leaves there is a start and an end."""
    prefix = id + ":"
    members = {name: node for name, node in nodes.items() if name.startswith(prefix)}
    if not members:
        return None
    found: dict[str, Node] = {}
    for name, node in members.items():
        part = name if depth >= DEEPEST else prefix + name.removeprefix(prefix).partition(":")[0]
        if part not in found:
            inside = None if part in members else _subgraph(part, members, edges, depth + 1)
            found[part] = Node(part, part.removeprefix(prefix), node.tools * (inside is None), node.breaks, inside)
    start, end = Node(prefix + START, START), Node(prefix + END, END)
    ways: list[Edge] = []
    for edge in edges:
        source, target = _part(edge.source, prefix, found), _part(edge.target, prefix, found)
        if source and target and (source != target or edge.source == edge.target):
            ways.append(Edge(source, target, edge.conditional, edge.label))
        elif target and not source and start.id not in members:
            ways.append(Edge(start.id, target))
        elif source and not target and end.id not in members:
            ways.append(Edge(source, end.id))
    used = {end for way in ways for end in (way.source, way.target)}
    around = {node.id: node for node in (start, end) if node.id in used}
    return Graph(tuple((around | found).values()), tuple(_merged(ways)))


def _part(id: str, prefix: str, parts: Mapping[str, Node]) -> str:
    """The part of a subgraph that a node belongs to; "" for one outside of it."""
    if not id.startswith(prefix):
        return ""
    return id if id in parts else prefix + id.removeprefix(prefix).partition(":")[0]


def _nodes(told: Any) -> dict[str, Node]:
    found = {}
    for row in told["nodes"]:
        metadata = row.get("metadata") if isinstance(row.get("metadata"), dict) else {}
        tools = metadata.get("__tools")
        breaks = str(metadata.get("__interrupt", "")).split(",")
        id = str(row["id"])  # a number where the node has no name
        names = tuple(str(tool) for tool in tools) if isinstance(tools, list) else ()
        found[id] = Node(id, id, names, tuple(side for side in ("before", "after") if side in breaks))
    return found


def _edges(told: Any) -> list[Edge]:
    found = []
    for row in told["edges"]:
        source, target, label = str(row["source"]), str(row["target"]), row.get("data")
        named = str(label) if isinstance(label, str | int | float) and str(label) != target else ""
        found.append(Edge(source, target, row.get("conditional") is True, named))
    return _merged(found)


def _merged(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for each pair of nodes, with all labels."""
    found: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        same = found.get((edge.source, edge.target))
        if same:
            labels = dict.fromkeys(label for label in (same.label, edge.label) if label)
            edge = Edge(edge.source, edge.target, same.conditional or edge.conditional, ", ".join(labels))
        found[edge.source, edge.target] = edge
    return list(found.values())
