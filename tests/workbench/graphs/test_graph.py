"""The graph of a thread: its nodes with what happened to them, in a drawing and in a list."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.model import Checkpoint, Interrupt, Snapshot, Task
from studio.testing import FakeDeployment, FakeThread, interrupt
from studio.web.graph_boxes import Figure, Picture
from studio.web.graph_lines import Stroke
from studio.web.graph_svg import draw
from studio.workbench.graphs.now import now_at
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db(transaction=True)

GRAPH = r"GET /assistants/[^/]+/graph"
HTMX = {"HX-Request": "true"}


def url(thread: FakeThread, rest: str = "") -> str:
    return f"/d/local/threads/{thread.id}/{rest}"


def told(nodes: str, *ways: str) -> dict[str, Any]:
    """A graph as deployments send it: `a>b` is an edge, `a?b` a conditional one."""
    edges = []
    for way in ways:
        source, _, target = way.partition("?" if "?" in way else ">")
        edges.append({"source": source, "target": target, "conditional": "?" in way})
    return {"nodes": [{"id": id} for id in nodes.split()], "edges": edges}


def tell(fake: FakeDeployment, plain: Any, deep: Any = None) -> None:
    fake.faults.answer_with(GRAPH, plain if deep is None else deep)
    fake.faults.answer_with(GRAPH, plain, times=1)


TRIP = told("__start__ plan visa book __end__", "__start__>plan", "plan?visa", "plan?book", "visa>book", "book>__end__")
INSIDE = told(
    "__start__ plan book __end__ visa:ask visa:check",
    *("__start__>plan", "plan?visa:ask", "plan?book", "visa:ask>visa:check", "visa:check>book", "book>__end__"),
)


@pytest.fixture
def trip(fake_deployment: FakeDeployment) -> FakeThread:
    """A thread on which `plan` and `visa` have run, and `book` waits for an answer."""
    nodes = {"plan": lambda v: "planned", "visa": lambda v: "got it", "book": lambda v: interrupt("Really?")}
    fake_deployment.add_graph("trip", nodes)
    tell(fake_deployment, TRIP, INSIDE)
    return fake_deployment.add_thread("Rome, please", graph_id="trip")


def row(page: Element, node: str) -> Element:
    return page.one(data_row=node)


def test_the_tab_draws_the_graph_and_lists_the_same(client: Client, trip: FakeThread) -> None:
    page = read(client.get(url(trip, "?tab=graph")))
    assert [a.text for a in page.one(aria_label="Inspector", tag="nav").all(aria_current="true")] == ["Graph"]
    drawn = {element["data-node"] for element in page.one(tag="svg", class_="graph").all(data_node=True)}
    assert drawn == {"__start__", "plan", "visa", "book", "__end__"}
    assert [element["data-row"] for element in page.all(data_row=True)] == ["plan", "visa", "book"]
    assert "→ perhaps visa, perhaps book" in row(page, "plan").text
    assert "→ book" in row(page, "visa").text
    assert "5 nodes · 5 edges" in page.one(id="graph").text


def test_it_has_a_page_of_its_own_too(client: Client, trip: FakeThread) -> None:
    page = read(client.get(url(trip, "graph/")))
    assert len(page.all(tag="svg", class_="graph")) == 1
    assert page.all(id="inspector") == []
    assert any(a["href"].startswith(url(trip, "?tab=graph")) for a in page.all(tag="a") if "href" in a.attributes)
    part = read(client.get(url(trip, "graph/"), headers=HTMX))
    assert part.children[0] is part.one(id="graph")
    tab = read(client.get(url(trip, "?tab=graph")))
    assert next(a["href"] for a in tab.all(tag="a") if a.text == "Enlarge") == url(trip, "graph/?")[:-1] + "?"


def test_nodes_lead_to_the_last_checkpoint_that_they_made(client: Client, trip: FakeThread) -> None:
    page = read(client.get(url(trip, "?tab=graph")))
    *_, planned, head = trip.checkpoints
    links = {node: row(page, node).one(class_="nodename").one(tag="a")["href"] for node in ("plan", "visa", "book")}
    assert f"checkpoint={planned.id}" in links["plan"]
    assert f"checkpoint={head.id}" in links["visa"]
    assert f"checkpoint={head.id}" in links["book"], "it runs after this one"
    assert {link["data-node"]: link["href"] for link in page.all(tag="a", data_node=True)} == links


def test_marks_tell_what_made_the_checkpoint_what_waits_and_what_ran(client: Client, trip: FakeThread) -> None:
    page = read(client.get(url(trip, "?tab=graph")))
    assert "×1" in row(page, "plan").text
    assert "made this step" in row(page, "visa").text
    assert "waits for a person" in row(page, "book").text
    classes = {element["data-node"]: element["class"].split() for element in page.all(data_node=True)}
    assert {node for node, names in classes.items() if "visited" in names} == {"plan", "visa", "__start__"}
    assert {node for node, names in classes.items() if "made" in names} == {"visa"}
    assert {node for node, names in classes.items() if "now-waits" in names} == {"book"}
    taken = [way for way in page.all(tag="g") if "taken" in way.attributes.get("class", "").split()]
    assert len(taken) == 2, "to plan, and on to visa"


def test_an_earlier_checkpoint_knows_nothing_of_what_came_after(client: Client, trip: FakeThread) -> None:
    page = read(client.get(url(trip, f"?tab=graph&checkpoint={trip.checkpoints[1].id}")))
    assert "runs next" in row(page, "plan").text
    assert "×" not in row(page, "plan").text
    assert row(page, "visa").one(class_="nodename").all(tag="a") == []
    assert page.all(tag="a", data_node="visa") == []


def test_the_running_node_is_lit_while_the_head_is_followed(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_graph("long", {"a": lambda v: "one", "b": lambda v: "two"})
    thread = fake_deployment.new_thread({"graph_id": "long"})
    fake_deployment.hold()
    run = fake_deployment.start_run(thread, {"assistant_id": "long", "input": {}, "stream_resumable": True})
    run.advance(3)
    assert run.status == "running"
    page = read(client.get(url(thread, "?tab=graph")))
    (running,) = [r["data-row"] for r in page.all(data_row=True) if r.attributes.get("data-now") == "running"]
    assert running in ("a", "b")
    assert "is running" in row(page, running).text
    assert "now-running" in page.one(data_node=running)["class"].split()
    earlier = read(client.get(url(thread, f"?tab=graph&checkpoint={thread.checkpoints[0].id}")))
    assert earlier.all(data_now="running") == []


def test_subgraphs_are_expanded_one_by_one_or_all(client: Client, trip: FakeThread) -> None:
    shut = read(client.get(url(trip, "?tab=graph")))
    (show,) = [a for a in row(shut, "visa").all(tag="a") if "show what is inside" in a.text]
    assert show["href"] == url(trip, "?tab=graph&xray=visa")
    assert any(a.text == "Expand all" for a in shut.all(tag="a"))
    for address in (show["href"], url(trip, "?tab=graph&xray=1"), url(trip, "graph/?xray=visa")):
        page = read(client.get(address))
        assert [r["data-row"] for r in page.all(data_row=True)] == ["plan", "visa", "visa:ask", "visa:check", "book"]
        assert {"visa:ask", "visa:check"} <= {element["data-node"] for element in page.all(data_node=True)}
        (hide,) = [a for a in row(page, "visa").all(tag="a") if "hide what is inside" in a.text]
        assert "xray" not in hide["href"]
        assert not any(a.text == "Expand all" for a in page.all(tag="a"))


def test_each_node_has_toggles_that_belong_to_the_send_form(client: Client, trip: FakeThread) -> None:
    page = read(client.get(url(trip, "?tab=graph&xray=visa")))
    toggles = [(box["name"], box["value"]) for box in page.all(tag="input", data_break=True, form="send")]
    assert toggles == [(side, node) for node in ("plan", "visa", "book") for side in ("before", "after")]
    assert {box["type"] for box in page.all(data_break=True)} == {"checkbox"}


def test_where_nothing_can_be_changed_there_are_no_toggles(client: Client, trip: FakeThread, settings: Any) -> None:
    settings.STUDIO_READ_ONLY = True
    assert read(client.get(url(trip, "?tab=graph"))).all(data_break=True) == []


def test_breakpoints_of_toggles_and_options_reach_the_deployment_together(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.faults.fail("/graph$", 404)  # no node is known, so any may be broken at
    listed = {"before_list": "conversation, other", "after_list": "a"}
    form = {"assistant": "chat", "input": "Hi", "before": "conversation", "after": "*", **listed}
    assert client.post(url(thread, "send/"), form, headers=HTMX).status_code < 300
    asked = fake_deployment.runs[-1].asked
    assert asked["interrupt_before"] == ["conversation", "other"]
    assert asked["interrupt_after"] == "*"


def test_a_subgraph_shows_the_graph_that_it_is(
    client: Client, trip: FakeThread, fake_deployment: FakeDeployment
) -> None:
    head = trip.head
    inside = trip.nest(head, head.tasks[0])
    fake_deployment.grow(inside, 1)
    tell(fake_deployment, told("book"), told("book:pay book:ship", "book:pay>book:ship"))
    address = url(trip, f"in/{head.tasks[0].namespace}/")
    for page in (read(client.get(f"{address}?tab=graph")), read(client.get(f"{address}graph/"))):
        assert [element["data-row"] for element in page.all(data_row=True)] == ["book:pay", "book:ship"]
        assert page.all(data_break=True) == [], "the inside of a subgraph can only be read"
    above = read(client.get(url(trip, "?tab=graph")))
    assert any(a["href"] == f"{address}?tab=graph" for a in row(above, "book").all(tag="a"))


def test_a_subgraph_that_the_deployment_does_not_tell_is_said_to_be_unknown(
    client: Client, trip: FakeThread, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.grow(trip.nest(trip.head, trip.head.tasks[0]), 1)
    page = read(client.get(url(trip, f"in/{trip.head.tasks[0].namespace}/?tab=graph")))
    assert "does not tell what is inside of this subgraph" in page.one(id="graph").text


@pytest.mark.parametrize("status", [404, 405])
def test_a_server_without_graphs_says_so_in_a_sentence(
    status: int, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail(GRAPH, status, {"detail": "Not Found"})
    for address in ("?tab=graph", "graph/", "inspector/?tab=graph"):
        response = client.get(url(thread, address))
        assert response.status_code == 200
        assert "does not tell what the graph of this thread looks like" in read(response).one(id="graph").text


def test_an_assistant_that_is_gone_says_nothing_about_what_the_server_tells(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail(GRAPH, 404, {"detail": "Assistant 7 was not found"})
    text = read(client.get(url(thread, "?tab=graph"))).one(id="graph").text
    assert "Assistant 7 was not found" in text
    assert "does not tell" not in text


def test_another_failure_is_told_with_what_the_server_said(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail(GRAPH, 422, {"detail": "The graph does not support visualization"})
    text = read(client.get(url(thread, "?tab=graph"))).one(id="graph").text
    assert "The graph cannot be read" in text
    assert "does not support visualization" in text


def test_a_thread_on_which_nothing_happened_has_an_empty_page(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    assert "Nothing has happened" in read(client.get(url(thread, "graph/"))).one(id="graph").text


@pytest.mark.parametrize(("nodes", "edges", "asks"), [(200, 400, False), (201, 0, True), (21, 401, True)])
def test_a_large_graph_is_drawn_when_somebody_asks_for_it(
    nodes: int, edges: int, asks: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    names = [f"n{at}" for at in range(nodes)]
    pairs = [f"{a}>{b}" for a in names for b in names][:edges]
    tell(fake_deployment, told(" ".join(names), *pairs))
    page = read(client.get(url(thread, "?tab=graph")))
    assert bool(page.all(tag="svg", class_="graph")) is not asks
    assert len(page.all(data_row=True)) == nodes
    for link in [a for a in page.all(tag="a") if a.text == "Draw it anyway"]:
        drawn = read(client.get(link["href"]))
        assert len(drawn.one(tag="svg", class_="graph").all(data_node=True)) == nodes
    assert asks is any(a.text == "Draw it anyway" for a in page.all(tag="a"))


def test_beyond_all_measure_there_is_only_the_list(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    tell(fake_deployment, told(" ".join(f"n{at}" for at in range(3001))))
    page = read(client.get(url(thread, "?tab=graph&draw=1")))
    assert page.all(tag="svg", class_="graph") == []
    assert "too large to be drawn" in page.one(id="graph").text


HOSTILE = '"><script>alert(1)</script>&amp;'


def test_what_a_deployment_names_its_nodes_is_escaped(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    nodes = [{"id": HOSTILE, "metadata": {"__tools": [HOSTILE]}}, {"id": "b"}]
    edges = [{"source": HOSTILE, "target": "b", "data": HOSTILE, "conditional": True}]
    tell(fake_deployment, {"nodes": nodes, "edges": edges}, {"nodes": [{"id": f"{HOSTILE}:{HOSTILE}"}], "edges": []})
    for address in ("?tab=graph&xray=1", "?tab=graph", "graph/?xray=%22%3E%3Cscript%3E"):
        response = client.get(url(thread, address))
        assert "<script>alert" not in response.content.decode()
        assert row(read(response), HOSTILE).one(class_="nodename").text.startswith(HOSTILE)


LABELS = st.text(max_size=30).filter(lambda text: "nan" not in text.lower())


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), LABELS), max_size=14), st.text())
@settings(max_examples=40)
def test_any_graph_can_be_drawn_with_any_names(edges: list[tuple[int, int, str]], name: str) -> None:
    inner = Picture((Figure("x", name, now="running"), Figure("y", "__end__")), (Stroke("x", "y", label=name),))
    figures = [Figure(str(at), name, name, name, times=at, breaks=("before",)) for at in range(6)]
    figures.append(Figure("6", name, fold="?xray=6", inside=inner))
    strokes = tuple(
        Stroke(str(a), str(b), bool(label), label) for a, b, label in {(a, b): (a, b, c) for a, b, c in edges}.values()
    )
    drawn = draw(Picture(tuple(figures), strokes))
    assert sorted(drawn.order) == ["0", "1", "2", "3", "4", "5", "6", "x", "y"]
    assert drawn.order.index("6") + 1 == drawn.order.index(min(("x", "y"), key=drawn.order.index))
    assert drawn.svg.count('class="way"') == len(strokes) + 1
    assert "nan" not in drawn.svg.lower().replace(name.lower(), "")
    assert "style=" not in drawn.svg.replace(name, "")


def at(*following: str, tasks: tuple[Task, ...] = ()) -> Snapshot:
    return Snapshot(Checkpoint("1", next=following), {}, tasks)


ASKS = (Interrupt("i", "?"),)


@pytest.mark.parametrize(
    ("tasks", "runs", "state"),
    [
        ((), False, "next"),
        ((), True, "running"),
        ((Task("1", "a", interrupts=ASKS),), False, "waits"),
        ((Task("1", "a", error="ValueError('x')"),), False, "failed"),
        ((Task("1", "a", error="CancelledError()"),), False, "stopped"),
        ((Task("1", "a", error="ValueError('x')"),), True, "running"),
        ((Task("1", "a"), Task("2", "a", interrupts=ASKS)), False, "waits"),
        ((Task("1", "a", interrupts=ASKS), Task("2", "a", error="E")), False, "failed"),
    ],
)
def test_what_is_going_on_at_a_node(tasks: tuple[Task, ...], runs: bool, state: str) -> None:
    assert now_at(at("a", tasks=tasks), runs) == {"a": state}


def test_a_node_may_be_done_while_its_super_step_is_not() -> None:
    tasks = (Task("1", "a", result={}), Task("2", "b", interrupts=ASKS))
    assert now_at(at("b", tasks=tasks), False) == {"a": "done", "b": "waits"}
