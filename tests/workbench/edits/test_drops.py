"""What an edit takes away of the super-step that it stands beside."""

from typing import Any

import pytest
from django.test import Client

from studio.history.model import Interrupt, Task
from studio.testing import FakeDeployment, interrupt
from studio.workbench.edits.drops import drops
from tests.support.pages import form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
DONE = Task("1", "left", result={"log": ["left"]})
ASKS = Task("2", "ask", interrupts=(Interrupt("q", "Really?"),))
ALSO = Task("3", "visa", interrupts=(Interrupt("v", "Which?"),))
TO_RUN = Task("4", "next")


@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        ((), ""),
        ((TO_RUN,), ""),
        ((DONE, TO_RUN), "An edit here leaves what left did in this step on the old branch"),
        ((ASKS,), "An edit here leaves the question of ask on the old branch"),
        ((DONE, ASKS, ALSO), "what left did in this step and the questions of ask and visa on the old branch"),
        ((ASKS, ASKS), "the question of ask on the old branch"),
    ],
)
def test_what_is_done_or_asked_stays_on_the_old_branch(tasks: tuple[Task, ...], told: str) -> None:
    assert told in drops(tasks)
    assert bool(drops(tasks)) == bool(told)


def test_the_editors_say_so_at_the_head(client: Client, fake_deployment: FakeDeployment) -> None:
    nodes: dict[str, Any] = {
        "left": lambda values: {"log": ["left"]},
        "ask": lambda values: {"said": interrupt("Really?")},
    }
    fake_deployment.add_graph("parts", nodes, steps=(("left", "ask"),))
    thread = fake_deployment.new_thread({"graph_id": "parts"})
    fake_deployment.run(thread, {"messages": [{"type": "human", "content": "Hi", "id": "hi"}]}, "parts")
    url = f"/d/local/threads/{thread.id}/"
    state = read(client.get(f"{url}state/edit/"))
    assert "what left did in this step and the question of ask" in state.one(data_drops=True).text
    assert form_of(state, "Preview")[1]["checkpoint"] == thread.head.id
    message = read(client.get(f"{url}edit/", {"message": "hi", "checkpoint": thread.head.id}))
    assert "the question of ask" in message.one(data_drops=True).text


def test_what_unfinished_tasks_have_written_is_not_written_again(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.requests.clear()
    client.get(f"/d/local/threads/{thread.id}/state/edit/")
    assert fake_deployment.seen(f"GET /threads/{thread.id}/state/{thread.head.id}")


def test_the_failure_says_what_a_rerun_would_run_anew(client: Client, fake_deployment: FakeDeployment) -> None:
    def fail(values: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("boom")

    nodes: dict[str, Any] = {"left": lambda values: {"log": ["left"]}, "bad": fail}
    fake_deployment.add_graph("parts", nodes, steps=(("left", "bad"),))
    thread = fake_deployment.new_thread({"graph_id": "parts"})
    fake_deployment.run(thread, {"log": []}, "parts")
    told = read(client.get(f"/d/local/threads/{thread.id}/")).one(data_task_error=True).text
    assert "Nor does left, which is done; “Rerun from here” would run all of this step anew." in told
