"""The graphs of assistants, as deployments tell them."""

from typing import Any

import pytest

from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import gateway
from studio.deployments.graphs import Graph, graph
from studio.testing import FakeDeployment

GRAPH = r"GET /assistants/[^/]+/graph"


def edge(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"source": source, "target": target, **more}


def told(text: str, *edges: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """A graph as deployments send it: its nodes in a line, with the metadata of some."""
    rows = [{"id": id, "type": "runnable", "data": {"name": id}, "metadata": metadata.get(id)} for id in text.split()]
    return {"nodes": rows, "edges": list(edges)}


async def read(fake: FakeDeployment, plain: Any, deep: Any = None) -> Graph:
    """The graph of an assistant that is told like this, and like that when its subgraphs are asked for."""
    fake.faults.answer_with(GRAPH, plain if deep is None else deep)
    fake.faults.answer_with(GRAPH, plain, times=1)
    return await graph(await gateway(fake.deployment), "chat")


def ways(found: Graph | None) -> set[tuple[str, str]]:
    assert found
    return {(edge.source, edge.target) for edge in found.edges}


TRIP = told(
    "__start__ plan visa combine __end__",
    edge("__start__", "plan"),
    edge("plan", "visa", conditional=True, data="abroad"),
    edge("plan", "combine", conditional=True, data="combine"),
    edge("visa", "combine"),
    edge("combine", "__end__"),
)
INSIDE = told(
    "__start__ plan combine __end__ visa:gather visa:form:ask visa:form:check",
    edge("__start__", "plan"),
    edge("plan", "visa:gather", conditional=True, data="abroad"),
    edge("plan", "combine", conditional=True),
    edge("visa:gather", "visa:form:ask"),
    edge("visa:form:ask", "visa:form:check"),
    edge("visa:form:check", "visa:form:ask", conditional=True),
    edge("visa:form:check", "combine"),
    edge("combine", "__end__"),
)


async def test_nodes_and_edges_come_as_they_are_told(fake_deployment: FakeDeployment) -> None:
    found = await read(fake_deployment, TRIP)
    assert [node.name for node in found.nodes] == ["__start__", "plan", "visa", "combine", "__end__"]
    assert [node.ends for node in found.nodes] == [True, False, False, False, True]
    by_ends = {(edge.source, edge.target): edge for edge in found.edges}
    assert by_ends["plan", "visa"].conditional
    assert by_ends["plan", "visa"].label == "abroad"
    assert by_ends["plan", "combine"].label == "", "a label that only repeats the node says nothing"
    assert not by_ends["visa", "combine"].conditional


async def test_subgraphs_are_put_back_to_where_they_belong_level_by_level(fake_deployment: FakeDeployment) -> None:
    found = await read(fake_deployment, TRIP, INSIDE)
    visa = found.within(["visa"])
    assert ways(visa) == {
        ("visa:__start__", "visa:gather"),
        ("visa:gather", "visa:form"),
        ("visa:form", "visa:__end__"),
    }
    form = found.within(["visa", "form"])
    assert ways(form) == {
        ("visa:form:__start__", "visa:form:ask"),
        ("visa:form:ask", "visa:form:check"),
        ("visa:form:check", "visa:form:ask"),
        ("visa:form:check", "visa:form:__end__"),
    }
    assert form
    assert [node.name for node in form.nodes if not node.ends] == ["ask", "check"]
    assert found.within(["plan"]) is None
    assert found.within(["nowhere", "form"]) is None
    assert found.within([]) == found


async def test_a_subgraph_with_a_start_of_its_own_keeps_it(fake_deployment: FakeDeployment) -> None:
    deep = told(
        "__start__ visa:__start__ visa:a visa:b",
        edge("__start__", "visa:__start__"),
        edge("visa:__start__", "visa:a", conditional=True),
        edge("visa:__start__", "visa:b", conditional=True),
    )
    found = await read(fake_deployment, told("__start__ visa", edge("__start__", "visa")), deep)
    assert ways(found.within(["visa"])) == {("visa:__start__", "visa:a"), ("visa:__start__", "visa:b")}


async def test_a_name_with_a_colon_is_no_subgraph(fake_deployment: FakeDeployment) -> None:
    plain = told("a a:b", edge("a", "a:b"))
    found = await read(fake_deployment, plain, plain)
    assert [(node.id, node.inside) for node in found.nodes] == [("a", None), ("a:b", None)]


async def test_tools_and_the_breakpoints_of_the_author_are_known(fake_deployment: FakeDeployment) -> None:
    plain = told("a b c", a={"__tools": ["add", "multiply"]}, b={"__interrupt": "before,after"}, c={"mine": 1})
    a, b, c = (await read(fake_deployment, plain)).nodes
    assert (a.tools, a.breaks) == (("add", "multiply"), ())
    assert (b.tools, b.breaks) == ((), ("before", "after"))
    assert (c.tools, c.breaks) == ((), ())


async def test_two_edges_between_the_same_nodes_become_one_with_both_labels(fake_deployment: FakeDeployment) -> None:
    plain = told("a b", edge("a", "b", conditional=True, data="yes"), edge("a", "b", data="maybe"), edge("a", "b"))
    (only,) = (await read(fake_deployment, plain)).edges
    assert (only.conditional, only.label) == (True, "yes, maybe")


async def test_nodes_without_a_name_and_edges_to_nowhere_are_taken_too(fake_deployment: FakeDeployment) -> None:
    found = await read(fake_deployment, {"nodes": [{"id": 0}, {"id": "a"}], "edges": [edge("a", "ghost")]})
    assert [node.id for node in found.nodes] == ["0", "a", "ghost"]


@pytest.mark.parametrize("answer", [[], {}, {"nodes": [{}], "edges": []}, {"nodes": [], "edges": [{}]}, "x", None])
async def test_an_answer_of_another_shape_is_an_error_that_says_so(
    answer: Any, fake_deployment: FakeDeployment
) -> None:
    with pytest.raises(DeploymentError) as caught:
        await read(fake_deployment, answer)
    assert caught.value.kind == "malformed"


async def test_levels_without_end_are_cut(fake_deployment: FakeDeployment) -> None:
    deep = told(":".join("a" * 3000))
    found = await read(fake_deployment, told("a"), deep)
    levels, inside = 0, found.within(["a"])
    while inside:
        levels, inside = levels + 1, next((node.inside for node in inside.nodes if node.inside), None)
    assert levels == 20


async def test_a_graph_is_asked_for_once_a_minute(fake_deployment: FakeDeployment) -> None:
    doors = await gateway(fake_deployment.deployment)
    first = await graph(doors, "chat")
    assert await graph(doors, "chat") is first
    asked = [seen for seen in fake_deployment.requests if seen.path.endswith("/graph")]
    assert len(asked) == 2, "as it was written, and with its subgraphs"


async def test_a_graph_without_subgraphs_is_told_once(fake_deployment: FakeDeployment) -> None:
    fake_deployment.faults.answer_with("/subgraphs$", {})
    found = await graph(await gateway(fake_deployment.deployment), "chat")
    assert found.nodes
    assert len([seen for seen in fake_deployment.requests if seen.path.endswith("/graph")]) == 1


async def test_where_subgraphs_cannot_be_told_the_graph_still_is(fake_deployment: FakeDeployment) -> None:
    fake_deployment.faults.fail(GRAPH, 500)
    fake_deployment.faults.answer_with(GRAPH, TRIP, times=1)
    found = await graph(await gateway(fake_deployment.deployment), "chat")
    assert len(found.nodes) == 5
    assert found.within(["visa"]) is None


@pytest.mark.parametrize(("status", "kind"), [(404, "not_found"), (405, "unsupported"), (422, "invalid")])
async def test_a_graph_that_is_not_told_is_an_error_and_not_kept(
    status: int, kind: str, fake_deployment: FakeDeployment
) -> None:
    doors = await gateway(fake_deployment.deployment)
    fake_deployment.faults.fail(GRAPH, status, times=2)
    with pytest.raises(DeploymentError) as caught:
        await graph(doors, "chat")
    assert caught.value.kind == kind
    assert len((await graph(doors, "chat")).nodes) == 3
