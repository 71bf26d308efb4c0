"""How often each verb asks the deployment: once for each thing that it has to know, and again only where to find out
took a while."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from studio.testing import FakeDeployment, FakeThread, interrupt
from studio.testing.rows import thread_row

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
THREAD, STATE, AT, HISTORY = "POST search", "GET state", "GET state/*", "GET history"
RUN, RUNS, START, WRITE = "GET runs/*", "GET runs", "POST runs", "POST state"
TRIAL = ["POST", STATE, WRITE, AT, "DELETE"]
NODES = ["GET assistants/*/graph", "GET assistants/*/subgraphs", "GET assistants/*/graph"]
JSON = {"mode": "json", "input": '{"messages": []}'}
Press = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def press(client: Client, fake_deployment: FakeDeployment) -> Press:
    """Presses a button of a thread that is on show; the status, and what the deployment was asked, in any order."""

    def pressed(thread: FakeThread, verb: str, **typed: Any) -> tuple[int, list[str]]:
        address = f"/d/local/threads/{thread.id}/"
        client.get(address)
        fake_deployment.requests.clear()
        answer = client.post(f"{address}{verb}/", {"assistant": thread.metadata["graph_id"]} | typed, headers=HTMX)
        return answer.status_code, sorted(_short(str(seen)) for seen in fake_deployment.requests)

    return pressed


def _short(request: str) -> str:
    """A request without the thread that all of them are about."""
    nameless = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", request)
    return re.sub(r" /(threads(/\*)?/?)?", " ", nameless).strip()


@pytest.fixture
def chat(fake_deployment: FakeDeployment) -> FakeThread:
    return fake_deployment.add_thread("Hello", "And again")


@pytest.fixture
def stopped(chat: FakeThread) -> FakeThread:
    """A thread that stands still before a node."""
    chat.head.next = ("conversation",)
    return chat


@pytest.fixture
def asks(fake_deployment: FakeDeployment) -> FakeThread:
    """A thread that waits for an answer."""
    nodes: Any = {"ask": lambda values: {"answer": interrupt("Well?")}, "after": lambda values: {}}
    fake_deployment.add_graph("asks", nodes | {"__end__": lambda values: {}}, steps=(("ask",), ("after",)))
    thread = fake_deployment.add_thread(graph_id="asks")
    fake_deployment.run(thread, {}, "asks")
    return thread


def answered(thread: FakeThread) -> dict[str, Any]:
    (id,) = [question["id"] for task in thread.head.tasks for question in task.interrupts]
    return {"interrupt": id, f"answer-{id}": "so", "as_answer": id}


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ({"input": "More"}, [THREAD, HISTORY, RUN, START]),
        ({"input": "More", "multitask": "enqueue"}, [THREAD, HISTORY, RUN, START]),
        (JSON, [THREAD, STATE, *TRIAL, THREAD, HISTORY, RUN, START]),
        (JSON | {"untried": "1"}, [THREAD, HISTORY, RUN, START]),
    ],
    ids=["message", "queued", "json", "json untried"],
)
def test_sending(typed: dict[str, str], asked: list[str], press: Press, chat: FakeThread) -> None:
    assert press(chat, "send", **typed) == (204, sorted(asked))


def test_sending_and_running_again_from_a_checkpoint(press: Press, chat: FakeThread) -> None:
    from_here = {"checkpoint": chat.checkpoints[1].id}
    assert press(chat, "send", input="Otherwise", **from_here) == (204, sorted([THREAD, AT, RUN, START]))
    assert press(chat, "rerun", **from_here) == (204, sorted([THREAD, AT, RUN, START]))


def test_a_busy_thread(press: Press, chat: FakeThread, fake_deployment: FakeDeployment) -> None:
    fake_deployment.hold()
    fake_deployment.start_run(chat, {"assistant_id": "chat", "input": {}})
    assert press(chat, "send", input="More") == (409, sorted([THREAD, RUNS]))
    assert press(chat, "send", **JSON) == (409, sorted([THREAD, STATE, RUNS])), "nothing is tried"
    assert press(chat, "send", input="More", multitask="rollback") == (409, sorted([THREAD, RUNS]))
    assert press(chat, "continue") == (409, sorted([THREAD, STATE, RUNS]))
    assert press(chat, f"runs/{chat.runs[-1].id}/cancel") == (204, sorted([RUN, "POST runs/*/cancel"]))


def test_a_thread_that_is_called_busy_though_nothing_works(
    press: Press, chat: FakeThread, fake_deployment: FakeDeployment
) -> None:
    row = thread_row(chat) | {"status": "busy"}
    fake_deployment.faults.answer_with("POST /threads/search", [row])
    assert press(chat, "send", input="More")[0] == 204


def test_going_on(press: Press, stopped: FakeThread) -> None:
    assert press(stopped, "continue", step="1") == (204, sorted([THREAD, STATE, RUN, START]))


def test_a_message_at_a_stop(press: Press, stopped: FakeThread) -> None:
    assert press(stopped, "send", input="More") == (409, sorted([THREAD, STATE, RUNS]))
    asked = [THREAD, HISTORY, RUN, START]
    assert press(stopped, "send", input="More", anyway="1") == (204, sorted(asked))


def test_answering(press: Press, asks: FakeThread) -> None:
    assert press(asks, "resume", **answered(asks)) == (204, sorted([THREAD, STATE, RUN, START]))


def test_answering_with_an_update_looks_again_after_it_was_tried(press: Press, asks: FakeThread) -> None:
    more = {"update": '{"note": 1}', "goto": "after"}
    asked = [THREAD, STATE, AT, *TRIAL, *NODES, THREAD, STATE, RUN, START]
    assert press(asks, "resume", **answered(asks), **more) == (204, sorted(asked))


def test_a_message_at_a_question(press: Press, asks: FakeThread) -> None:
    assert press(asks, "send", input="so") == (409, sorted([THREAD, STATE]))
    assert press(asks, "send", input="so", **answered(asks)) == (204, sorted([THREAD, STATE, RUN, START]))


def test_ending(press: Press, asks: FakeThread) -> None:
    assert press(asks, "end", **answered(asks)) == (204, sorted([THREAD, STATE, WRITE, STATE]))


def test_repeating(press: Press, chat: FakeThread) -> None:
    run = chat.runs[0]
    again, other = json.dumps(run.asked["input"]), '{"messages": []}'
    assert press(chat, f"runs/{run.id}/repeat", json=again) == (204, sorted([RUN, THREAD, START]))
    asked = [RUN, THREAD, STATE, *TRIAL, THREAD, START]
    assert press(chat, f"runs/{run.id}/repeat", json=other, mode="json") == (204, sorted(asked))
