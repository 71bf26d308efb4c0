"""The graph of an assistant as a thread shows it: its nodes with what happened to them, drawn and as a list."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.safestring import SafeString

from studio.access.permissions import may_write
from studio.deployments.graphs import Edge, Graph, Node
from studio.history.model import Snapshot
from studio.history.visits import Visits, visits
from studio.web.graph_boxes import Figure, Picture
from studio.web.graph_lines import Stroke
from studio.web.graph_svg import draw
from studio.workbench.desk import Desk
from studio.workbench.graphs.nodegraph import graph_of
from studio.workbench.graphs.noderows import NAMES, Goal, Row, Shown, words
from studio.workbench.graphs.now import WORDS, now_at
from studio.workbench.links import thread_url
from studio.workbench.stops import Stop, at_head, breakable

MOST_NODES, MOST_EDGES = 200, 400
"""What is drawn without being asked for."""
TOO_MANY = 3_000
"""Nodes or edges beyond which nothing is drawn."""
EVERY = "1"
"""All subgraphs: what to expand, beside the names of single ones."""


async def shown(request: HttpRequest, desk: Desk, snapshot: Snapshot, assistant_id: str, whole: bool) -> dict[str, Any]:
    """What the templates need to show the graph at a checkpoint: `graph`, or the `problem` there is with it. `whole`:
    it has a page to itself."""
    graph = await graph_of(desk, assistant_id)
    if isinstance(graph, str):
        return {"graph_problem": graph, "graph_whole": whole}
    takes = await breakable(desk.gateway)
    view = _View(request, desk, snapshot, graph, whole, takes)
    return {"graph": await view.shown(), "graph_whole": whole, "breakable": takes}


class _View:
    """A graph with what a person has expanded, at a checkpoint."""

    def __init__(
        self, request: HttpRequest, desk: Desk, snapshot: Snapshot, graph: Graph, whole: bool, breakable: bool
    ) -> None:
        self.request, self.desk, self.snapshot, self.graph, self.whole = request, desk, snapshot, graph, whole
        self.takes = breakable and may_write(request) and not desk.namespace
        self.asked = list(dict.fromkeys(request.GET.getlist("xray")))[:100]
        self.expanded = {node.id for node in _all(graph) if node.inside} if EVERY in self.asked else set(self.asked)
        self.visits: Visits = visits(desk.tree, snapshot.checkpoint.id)
        self.made = set(desk.tree.ran(snapshot.checkpoint.id))
        runs = desk.at_head and desk.active_run is not None and desk.active_run.status == "running"
        self.stop = at_head(desk) or Stop("")
        self.now: Mapping[str, str] = now_at(snapshot, runs, self.stop.before)
        self.url = thread_url(desk.slug, desk.thread.id, namespace=desk.namespace)

    async def shown(self) -> Shown:
        """The graph, drawn unless that is too much."""
        visible = list(self._visible(self.graph))
        nodes, edges = sum(len(g.nodes) for g in visible), sum(len(g.edges) for g in visible)
        vast, large = max(nodes, edges) > TOO_MANY, nodes > MOST_NODES or edges > MOST_EDGES
        rows = list(self._rows(self.graph, 0))
        svg, drawn = SafeString(""), not vast and (not large or "draw" in self.request.GET)
        if drawn:
            picture = self._picture(self.graph, {row.node.id: row for row in rows}, 0)
            made = await asyncio.to_thread(draw, picture) if large else draw(picture)
            place = {id: at for at, id in enumerate(made.order)}
            svg, rows = made.svg, sorted(rows, key=lambda row: place[row.node.id])
        foldable = {node.id for node in _all(self.graph) if node.inside}
        return Shown(
            rows=[row for row in rows if not row.node.ends],
            nodes=nodes,
            edges=edges,
            svg=svg,
            drawn=drawn,
            large=large,
            vast=vast,
            page=self._page,
            part=self.url + ("graph/" if self.whole else "inspector/"),
            target="#graph" if self.whole else "#inspector",
            here=self._address(self.expanded),
            alone=self._address(self.expanded, whole=True),
            anyway=self._address(self.expanded, draw=True),
            every=self._address({EVERY}) if foldable - self.expanded else "",
        )

    @property
    def _page(self) -> str:
        return self.url + "graph/" * self.whole

    def _visible(self, graph: Graph) -> Iterator[Graph]:
        yield graph
        for node in graph.nodes:
            if node.inside and node.id in self.expanded:
                yield from self._visible(node.inside)

    def _rows(self, graph: Graph, depth: int) -> Iterator[Row]:
        goals: dict[str, list[Goal]] = {}
        names = {node.id: NAMES.get(node.name, node.name) for node in graph.nodes}
        for edge in graph.edges:
            goals.setdefault(edge.source, []).append(Goal(names[edge.target], edge.conditional, edge.label))
        for node in graph.nodes:
            yield self._row(node, tuple(goals.get(node.id, ())), depth)
            if node.inside and node.id in self.expanded:
                yield from self._rows(node.inside, depth + 1)

    def _row(self, node: Node, goals: tuple[Goal, ...], depth: int) -> Row:
        row = Row(node, depth, goals=goals, expands=node.inside is not None, open=node.id in self.expanded)
        if node.inside:
            row = replace(row, fold=self._address(self.expanded ^ {node.id}))
        if depth:  # what happened inside is in the history of the subgraph
            return row
        if node.ends:
            reached = any(target == node.name for _, target in self.visits.ways)
            return replace(row, times=self.visits.counts.get(node.name, int(reached)))
        now = self.now.get(node.name, "")
        return replace(
            row,
            checkpoint=self.snapshot.checkpoint.id if now else self.visits.newest.get(node.name, ""),
            times=self.visits.counts.get(node.name, 0),
            made=node.name in self.made,
            now=now,
            words=WORDS.get(now, ""),
            breakable=self.takes,
            left=node.name in self.stop.after,
            inside=self._inside(node),
        )

    def _inside(self, node: Node) -> str:
        """The history of what runs inside of a node in the super-step that follows."""
        names = (task.namespace for task in self.snapshot.tasks if task.name == node.name and task.namespace)
        namespace = next(names, "")
        return thread_url(self.desk.slug, self.desk.thread.id, None, "graph", namespace) if namespace else ""

    def _picture(self, graph: Graph, rows: Mapping[str, Row], depth: int) -> Picture:
        ways = self.visits.ways if not depth else frozenset()
        names = {node.id: node.name for node in graph.nodes}
        figures = tuple(self._figure(node, rows, depth) for node in graph.nodes)
        strokes = tuple(_stroke(edge, (names[edge.source], names[edge.target]) in ways) for edge in graph.edges)
        return Picture(figures, strokes)

    def _figure(self, node: Node, rows: Mapping[str, Row], depth: int) -> Figure:
        row, opened = rows[node.id], node.inside if node.id in self.expanded else None
        tools = f"{len(node.tools)} tool{'s' * (len(node.tools) != 1)}" if node.tools else ""
        return Figure(
            id=node.id,
            name=node.name,
            words=words(row),
            url=thread_url(self.desk.slug, self.desk.thread.id, row.checkpoint, "graph", self.desk.namespace)
            if row.checkpoint
            else "",
            now=row.now,
            times=row.times,
            made=row.made,
            breaks=node.breaks,
            left=row.left,
            note=tools,
            fold=self._page + row.fold if row.fold else "",
            inside=self._picture(opened, rows, depth + 1) if opened else None,
        )

    def _address(self, expanded: set[str], draw: bool = False, whole: bool = False) -> str:
        """This graph with other subgraphs expanded, as a query."""
        asked = [("checkpoint", self.request.GET.get("checkpoint", ""))]
        asked += [("tab", "" if self.whole or whole else "graph")]
        asked += [("xray", name) for name in sorted(expanded)]
        asked += [("draw", "1" if draw or "draw" in self.request.GET else "")]
        return "?" + urlencode([(name, value) for name, value in asked if value])


def _all(graph: Graph) -> Iterator[Node]:
    """Every node, however deep."""
    for node in graph.nodes:
        yield node
        if node.inside:
            yield from _all(node.inside)


def _stroke(edge: Edge, taken: bool) -> Stroke:
    return Stroke(edge.source, edge.target, edge.conditional, edge.label, taken)
