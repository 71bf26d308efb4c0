"""The progress of a run on the page: its steps, its clocks, pausing and going on."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from studio.deployments.run_rows import Run
from studio.history.tree import grow
from studio.testing import FakeDeployment, interrupt
from studio.workbench.page.progress import view
from tests.history.test_progress import worked
from tests.history.trees import at
from tests.support.pages import form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
RUNNING = Run("r", "t", "pipeline", "running", created_at=at(0))


def test_steps_of_the_same_nodes_are_told_together() -> None:
    tree = grow(worked(("prepare",), *[("process",)] * 3, ("report",))[:-1])
    shown = view(tree, RUNNING, at(30))
    assert [(leg.last.nodes, leg.times, leg.seconds) for leg in shown.legs] == [
        (("prepare",), 1, 3.0),
        (("process",), 3, 21.0),
    ]
    assert (shown.next, shown.count, shown.seconds, shown.waited) == (("report",), 4, 30.0, 5.0)


def test_only_the_last_legs_are_shown_and_the_others_counted() -> None:
    nodes = [("a",), ("b",)] * 5
    shown = view(grow(worked(*nodes)), RUNNING, at(500), shown=3)
    assert [leg.last.nodes[0] for leg in shown.legs] == ["b", "a", "b"]
    assert (shown.count, shown.earlier) == (10, 7)


def test_the_clocks_of_a_run_that_is_over_stand_still() -> None:
    over = Run("r", "t", "pipeline", "success", at(0), at(20))
    shown = view(grow(worked(("agent",))), over, at(0) + timedelta(days=1))
    assert (shown.seconds, shown.next) == (20.0, ())


def test_the_page_tells_what_is_done_and_what_works_now(client: Client, fake_deployment: FakeDeployment) -> None:
    nodes: Any = {name: lambda values: {} for name in ("first", "second", "third")}
    fake_deployment.add_graph("steps", nodes)
    thread = fake_deployment.add_thread(graph_id="steps")
    fake_deployment.hold()
    run = fake_deployment.start_run(thread, {"assistant_id": "steps", "input": {}})
    while not any(c.next == ("third",) for c in thread.checkpoints):
        run.advance(1)
    steps = read(client.get(f"/d/local/threads/{thread.id}/")).one(aria_label="Steps of the run")
    told = [" ".join(item.text.split()) for item in steps.all(tag="li")]
    assert told[0].startswith("first")
    assert told[1].startswith("second")
    assert told[2].startswith("third")
    assert told[3].startswith("2 steps in")
    assert [item["class"] for item in steps.all(tag="li", **{"class": "now"})] == ["now"]


def test_pause_stops_the_run_and_resume_goes_on_without_input(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.reply("one two three four five six")
    fake_deployment.hold()
    given = {"messages": [{"type": "human", "content": "Count"}]}
    run = fake_deployment.start_run(thread, {"assistant_id": "chat", "input": given})
    run.advance(4)
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    address, fields = form_of(page, "Pause")
    assert "“Resume” goes on from there" in read(client.post(address, fields, follow=True)).text
    assert fake_deployment.seen(f"POST /threads/{thread.id}/runs/{run.id}/cancel")[-1].query["action"] == "interrupt"
    assert not run.active
    fake_deployment.release()
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    address, fields = form_of(page, "Resume")
    assert client.post(address, fields).status_code == 303
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1].json
    assert (sent.get("input"), sent.get("command"), sent.get("checkpoint")) == (None, None, None)


def test_nothing_goes_on_where_nothing_is_left_to_do(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    before = len(fake_deployment.runs)
    answer = client.post(f"/d/local/threads/{thread.id}/continue/")
    assert (answer.status_code, len(fake_deployment.runs)) == (409, before)
    assert "Nothing is left to do" in read(answer).text


def test_a_question_is_answered_not_passed_over(client: Client, fake_deployment: FakeDeployment) -> None:
    asking: Any = {"ask": lambda values: {"answer": interrupt("Well?")}}
    fake_deployment.add_graph("asking", asking)
    thread = fake_deployment.add_thread(graph_id="asking")
    fake_deployment.run(thread, {}, "asking")
    before = len(fake_deployment.runs)
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    assert "/continue/" not in str([form.attributes for form in page.all(tag="form")])
    answer = client.post(f"/d/local/threads/{thread.id}/continue/")
    assert (answer.status_code, len(fake_deployment.runs)) == (409, before)


def test_a_step_is_a_run_that_stops_before_whatever_comes_next(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_graph("slow", {"work": lambda values: {}, "rest": lambda values: {}})
    thread = fake_deployment.add_thread(graph_id="slow")
    fake_deployment.hold()
    run = fake_deployment.start_run(thread, {"assistant_id": "slow", "input": {}})
    while run.active and not (thread.checkpoints and thread.head.next == ("rest",)):
        run.advance(1)
    run.stop("interrupted")
    fake_deployment.release()
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    assert "The thread stopped before rest" in page.text
    address, fields = form_of(page, "Step")
    assert client.post(address, fields).status_code == 303
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1].json
    assert (sent["interrupt_before"], sent.get("input")) == ("*", None)


def test_a_failed_step_leads_to_the_editor_of_its_state(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.reply(ValueError("no such price"))
    fake_deployment.run(thread, {"messages": [{"type": "human", "content": "How much?"}]})
    failed = read(client.get(f"/d/local/threads/{thread.id}/")).one(data_task_error=True)
    assert "no such price" in failed.text
    assert f"/state/edit/?checkpoint={thread.head.id}" in failed.one(tag="a")["href"]
