"""Where a thread stands still, and why: told on its page, and marked in its graph."""

from typing import Any

import pytest
from django.test import Client

from studio.deployments.run_rows import Run
from studio.history.model import Checkpoint, Snapshot, Task
from studio.testing import FakeDeployment, FakeTask, FakeThread
from studio.workbench.graphs.now import now_at
from studio.workbench.stops import UNKNOWN, stop
from tests.support.pages import form_of, read

PAUSED = "Its run was paused, or stopped by hand."
BY_ITSELF = "Its run was not told to stop here: its graph stops by itself."


def at(*following: str, source: str = "loop", run: str = "r", tasks: tuple[Task, ...] = ()) -> Snapshot:
    return Snapshot(Checkpoint("1", source=source, next=following, run_id=run), {}, tasks)


def run(id: str = "r", status: str = "success", before: str = "", after: str = "") -> Run:
    return Run(id, "t", "a", status, breaks=(tuple(before.split()), tuple(after.split())))


@pytest.mark.parametrize(
    ("before", "after", "why", "met"),
    [
        ("b", "", "Its run met a breakpoint before b.", (("b",), ())),
        ("c b x", "", "Its run met a breakpoint before b, c.", (("b", "c"), ())),
        ("", "a x", "Its run met a breakpoint after a.", ((), ("a",))),
        ("b", "a", "Its run met a breakpoint before b and after a.", (("b",), ("a",))),
        ("*", "", "Its run was to stop before every node.", (("b", "c"), ())),
        ("", "*", "Its run met a breakpoint after a.", ((), ("a",))),
        ("*", "*", "Its run met a breakpoint before b, c and after a.", (("b", "c"), ("a",))),
        ("x", "y", UNKNOWN, ((), ())),
        ("", "", BY_ITSELF, ((), ())),
    ],
)
def test_the_breakpoints_that_a_run_met_are_named(before: str, after: str, why: str, met: Any) -> None:
    found = stop(at("b", "c"), [run(before=before, after=after)], ["a"])
    assert (found.why, (found.before, found.after), found.next) == (why, met, ("b", "c"))


def test_a_node_that_is_sent_to_often_is_named_once() -> None:
    met = stop(at(*"bbbbb"), [run(before="b", after="a")], "aaa")
    assert (met.why, met.next) == ("Its run met a breakpoint before b and after a.", ("b",))
    assert (met.before, met.after) == (("b",), ("a",))


FAILED, STOPPED = Task("1", "b", error="ValueError('x')"), Task("2", "c", error="CancelledError()")
DONE = Task("3", "d", result={"x": 1})
CUT = Task("4", "e", error="CancelledError()", result={"x": 1})
AGAIN = f"{PAUSED} That was before the edges of e were followed, so “Resume” runs this whole super-step again."


@pytest.mark.parametrize(
    ("snapshot", "runs", "why"),
    [
        (at("b", tasks=(FAILED,)), [run(status="error", before="b")], "b failed."),
        (at("b", "c", tasks=(FAILED, STOPPED)), [run(status="error")], "b failed."),
        (at("c", tasks=(STOPPED,)), [run(status="interrupted")], PAUSED),
        (at("x", tasks=(FAILED,)), [run()], BY_ITSELF),
        (at("b"), [run(status="interrupted", before="b")], PAUSED),
        (at("b"), [run("later", "interrupted"), run(before="b")], PAUSED),
        (at("b", source="update"), [run(before="b")], "The state was edited here, and nothing has run since."),
        (at("b"), [run("other", before="b")], UNKNOWN),
        (at("b"), [], UNKNOWN),
        (at(), [run(before="b x")], "Its run was to stop before b, x."),
        (at(), [run(before="*")], "Its run was to stop before every node."),
        (at(), [run(after="b")], UNKNOWN),
        (at("b"), [run(status="timeout")], UNKNOWN),
    ],
)
def test_what_is_no_breakpoint_is_told_apart(snapshot: Snapshot, runs: list[Run], why: str) -> None:
    found = stop(snapshot, runs, ["a"])
    assert (found.why, found.before, found.after) == (why, (), ())


@pytest.mark.parametrize(
    ("snapshot", "why", "done"),
    [
        (at(tasks=(DONE,)), PAUSED, ("d",)),
        (at(tasks=(CUT,)), AGAIN, ("e",)),
        (at(tasks=(DONE, CUT, CUT)), AGAIN, ("d", "e")),
        (at("c", tasks=(STOPPED, CUT)), AGAIN, ()),
        (at("c", tasks=(STOPPED, DONE)), PAUSED, ()),
    ],
)
def test_a_super_step_that_was_done_and_not_closed_is_told_of(snapshot: Snapshot, why: str, done: tuple[str]) -> None:
    found = stop(snapshot, [run(status="interrupted")])
    assert (found.why, found.done) == (why, done)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("node", "told"), [("__start__", "its input was read"), ("conversation", "conversation was done")]
)
def test_what_was_cut_short_can_be_resumed_though_the_thread_is_called_idle(
    node: str, told: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    thread.head.tasks = [FakeTask("1", node, result={}, error="CancelledError()")]
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    assert f"The thread stopped when {told}" in page.one(class_="panel goon").text
    assert page.one(class_="faint next").text == "stopped"
    address, fields = form_of(page, "Resume")
    assert client.post(address, fields).status_code == 303
    started = fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1].json
    assert started["checkpoint"] == {"checkpoint_id": fields["at"]}, "from the head nothing would run"


@pytest.fixture
def halted(fake_deployment: FakeDeployment) -> FakeThread:
    """A thread whose run was to stop after `plan` and before `book`, and did."""
    fake_deployment.add_graph("trip", {"plan": lambda v: {}, "book": lambda v: {}})
    ways = [("__start__", "plan"), ("plan", "book"), ("book", "__end__")]
    told = {
        "nodes": [{"id": name} for name in ("__start__", "plan", "book", "__end__")],
        "edges": [{"source": source, "target": target} for source, target in ways],
    }
    fake_deployment.faults.answer_with(r"GET /assistants/[^/]+/graph", told)
    thread = fake_deployment.new_thread({"graph_id": "trip"})
    fake_deployment.run(thread, {}, "trip", interrupt_before=["book"], interrupt_after="plan")
    thread.checkpoints.pop()
    return thread


@pytest.mark.django_db(transaction=True)
def test_the_page_tells_it_and_the_graph_marks_it(client: Client, halted: FakeThread) -> None:
    page = read(client.get(f"/d/local/threads/{halted.id}/?tab=graph"))
    assert "met a breakpoint before book and after plan." in page.one(class_="panel goon").text
    assert "the run stopped before it" in page.one(data_row="book").text
    assert "the run stopped after it" in page.one(data_row="plan").text
    marked = {node: page.one(data_node=node, class_=True)["class"].split() for node in ("plan", "book")}
    assert "left" in marked["plan"]
    assert "now-halted" in marked["book"]
    assert "the run stopped after it" in page.one(data_node="plan").one(tag="title").text
    earlier = read(client.get(f"/d/local/threads/{halted.id}/?tab=graph&checkpoint={halted.checkpoints[1].id}"))
    assert earlier.all(class_="panel goon") == [], "it did not stop there"
    assert "stopped" not in earlier.one(class_="nodelist").text


@pytest.mark.django_db(transaction=True)
def test_a_server_that_ignores_breakpoints_is_not_asked_for_any(
    client: Client, halted: FakeThread, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.faults.answer_with("GET /info", {"name": "Aegra", "version": "0.6.0"})
    page = read(client.get(f"/d/local/threads/{halted.id}/?tab=graph"))
    assert "This server ignores breakpoints" in page.one(id="graph").text
    assert "This server ignores breakpoints" in page.one(class_="options").text
    assert page.all(data_break=True) == []
    assert page.all(data_next_stops=True) == [], "it cannot be said that the next run stops"
    assert [button.text for button in page.one(class_="panel goon").all(tag="button")] == ["Resume"]


@pytest.mark.django_db(transaction=True)
def test_a_failure_is_told_once_with_all_that_can_be_done_about_it(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.add_graph("frail", {"plan": lambda v: {}, "book": lambda v: 1 / 0})
    thread = fake_deployment.new_thread({"graph_id": "frail"})
    fake_deployment.run(thread, {}, "frail")
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    panel = page.one(data_task_error=True)
    assert "ZeroDivisionError" in panel.one(tag="pre").text
    assert panel.one(class_="btn primary").text == "Edit the state and try again"
    assert [button.text for button in panel.all(tag="button")] == ["Resume", "Step"]
    assert page.all(class_="panel goon") == []
    assert page.one(id="origin").text == ""
    address, fields = form_of(page, "Resume")
    assert client.post(address, fields).status_code == 303
    earlier = read(client.get(f"/d/local/threads/{thread.id}/?checkpoint={thread.checkpoints[1].id}"))
    assert earlier.all(data_task_error=True) == []


def test_a_node_before_which_a_run_stopped_is_marked_until_another_works() -> None:
    assert now_at(at("b", "c"), False, ["b"]) == {"b": "halted", "c": "next"}
    assert now_at(at("b", "c"), True, ["b"]) == {"b": "running", "c": "running"}
    assert now_at(at("b", tasks=(FAILED,)), False, ["b"]) == {"b": "failed"}
