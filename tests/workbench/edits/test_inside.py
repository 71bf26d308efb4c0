"""Editing inside of a subgraph: where it is offered, what is looked at again before it is written, what nobody waits
for afterwards; and that nothing typed is lost where a server does not take it."""

import json
import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client, override_settings

from studio.testing import FakeCheckpoint, FakeDeployment, FakeThread, Habits, interrupt, playing
from studio.workbench.edits import writing
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
HX = {"HX-Request": "true"}


def asking(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda values: {name: interrupt(f"{name}?")}


@pytest.fixture
def thread(fake_deployment: FakeDeployment) -> FakeThread:
    """A thread on which `flight` asks, and `visa`, which is a graph of its own."""
    return trip(fake_deployment)


def trip(fake: FakeDeployment) -> FakeThread:
    nodes = {"flight": asking("flight"), "visa": asking("visa")}
    fake.add_graph("trip", nodes, steps=(("flight", "visa"),))
    made = fake.new_thread({"graph_id": "trip"})
    fake.run(made, {"place": "Rome"}, "trip")
    task = made.head.tasks[1]
    inner = made.nest(made.head, task)
    (first,) = fake.grow(inner, 1, {"documents": ["passport"], "messages": [said("hello")]})
    first.source, first.next, first.tasks = "loop", ("visa",), [type(task)("t", "ask", interrupts=task.interrupts)]
    return made


def said(text: str) -> dict[str, Any]:
    return {"type": "human", "content": text, "id": "m1"}


def inner(thread: FakeThread) -> FakeThread:
    (found,) = thread.subgraphs.values()
    return found


def address(thread: FakeThread, rest: str = "") -> str:
    namespace = quote(inner(thread).namespace, safe=":")
    return f"/d/local/threads/{thread.id}/in/{namespace}/{rest}"


def finish(fake: FakeDeployment, thread: FakeThread, checkpoint: FakeCheckpoint) -> None:
    """Let the task of the subgraph be done, as somebody's answer does."""
    checkpoint.tasks[1].result = {"visa": "2031"}
    checkpoint.next = ("flight",)
    thread.updated_at = fake.clock.now()


def editor(client: Client, thread: FakeThread) -> Element:
    answer = client.get(address(thread, "state/edit/"))
    assert answer.status_code == 200
    return read(answer)


def press(client: Client, page: Element, button: str, documents: list[str], **more: str) -> Any:
    there, fields = form_of(page, button)
    return client.post(there, fields | {"channel-documents": json.dumps(documents)} | more)


def test_an_edit_inside_is_written_there_and_leads_back_there(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread, caplog: pytest.LogCaptureFixture
) -> None:
    before = list(thread.checkpoints)
    with caplog.at_level(logging.INFO, "studio.audit"):
        answer = press(client, editor(client, thread), "Save only", ["photo"])
    made = inner(thread).head
    assert (made.values["documents"], made.source) == (["photo"], "update")
    assert answer["Location"] == address(thread, f"?checkpoint={made.id}")
    assert thread.checkpoints == before
    (entry,) = [json.loads(record.message) for record in caplog.records if "state.edit" in record.message]
    assert (entry["thread_id"], entry["namespace"]) == (thread.id, inner(thread).namespace)


def test_save_and_run_starts_from_the_head_of_the_thread(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    answer = press(client, editor(client, thread), "Save and run", ["photo"], before="flight")
    assert answer["Location"] == f"/d/local/threads/{thread.id}/"
    (started,) = fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1:]
    assert {"input", "command"}.isdisjoint(started.json)
    assert "checkpoint" not in started.json, "from a checkpoint the subgraph would begin anew"
    assert started.json["interrupt_before"] == ["flight"]


def test_a_run_that_cannot_be_started_leaves_the_edit_and_says_how_to_go_on(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    page = editor(client, thread)
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/runs", status=503)
    answer = press(client, page, "Save and run", ["photo"])
    assert answer["Location"] == address(thread, f"?checkpoint={inner(thread).head.id}")
    assert "“Resume” on its thread starts it." in read(client.get(answer["Location"])).one(id="verdicts").text


@pytest.mark.parametrize(
    ("result", "following"),
    [({"visa": "2031"}, ("flight", "visa")), (None, ("flight",))],
    ids=["another one of its name is to run", "it told no result"],
)
def test_a_node_that_is_done_takes_no_edit(
    result: dict[str, str] | None, following: tuple[str, ...], client: Client, thread: FakeThread
) -> None:
    page = editor(client, thread)
    thread.head.tasks[1].result, thread.head.next = result, following
    thread.head.tasks[1].interrupts = []
    answer = press(client, page, "Save only", ["too late"])
    assert answer.status_code == 409
    assert "visa is done" in read(answer).one(role="alert").text


@pytest.mark.parametrize("verb", ["Preview", "Save only", "Save and run"])
def test_what_was_typed_is_kept_where_somebody_was_faster(
    verb: str, client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    page = editor(client, thread)
    finish(fake_deployment, thread, thread.head)
    answer = press(client, page, verb, ["too late"])
    assert answer.status_code == 409
    assert "visa is done" in read(answer).one(role="alert").text
    assert "too late" in read(answer).one(name="channel-documents").text
    assert fake_deployment.seen(f"POST /threads/{thread.id}/state ") == []
    assert len(inner(thread).checkpoints) == 1


def test_it_is_looked_at_once_more_after_the_trial(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = writing._on_a_copy

    async def slow(*about: Any) -> Any:
        seen = await tried(*about)
        finish(fake_deployment, thread, thread.head)
        return seen

    monkeypatch.setattr(writing, "_on_a_copy", slow)
    answer = press(client, editor(client, thread), "Save only", ["too late"])
    assert answer.status_code == 409
    assert "too late" in read(answer).one(name="channel-documents").text
    assert len(inner(thread).checkpoints) == 1


def test_messages_inside_are_not_edited_either_once_it_is_done(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    place = {"message": "m1", "channel": "messages", "checkpoint": inner(thread).head.id}
    there, fields = form_of(read(client.get(address(thread, "edit/"), place)), "Save only")
    assert there == address(thread, "edit/")
    finish(fake_deployment, thread, thread.head)
    edited = client.post(there, fields | {"text-0": "late"}, headers=HX)
    assert (edited.status_code, "late" in read(edited).one(name="text-0").text) == (409, True)
    for verb in ("delete", "insert"):
        typed = {"role": "human", "text-new": "late", "where": "after", "verb": "save"}
        refused = client.post(address(thread, f"message/{verb}/"), place | typed, headers=HX)
        assert (refused.status_code, "visa is done" in read(refused).text) == (409, True)
    assert client.get(address(thread, "edit/"), place).status_code == 409
    assert len(inner(thread).checkpoints) == 1


def test_somebody_elses_edit_of_a_message_inside_is_told_before_it_is_passed_by(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    place = {"message": "m1", "channel": "messages", "checkpoint": inner(thread).head.id}
    there, fields = form_of(read(client.get(address(thread, "edit/"), place)), "Save only")
    (theirs,) = fake_deployment.grow(inner(thread), 1, {"messages": [said("theirs")]})
    answer = client.post(there, fields | {"text-0": "mine"}, headers=HX)
    assert answer.status_code == 409
    told = read(answer).one(data_rival=True).text
    assert "Somebody else edited this message meanwhile." in told
    assert "theirs" in told
    assert inner(thread).head is theirs


@pytest.mark.parametrize(
    ("page", "button", "runs"),
    [
        ("edit/", "Save and rerun", True),
        ("edit/", "Save only", False),
        ("message/", "Delete and rerun", True),
        ("message/", "Delete", False),
    ],
)
def test_what_runs_on_leads_from_the_page_of_the_subgraph_to_that_of_the_thread(
    page: str, button: str, runs: bool, client: Client, thread: FakeThread
) -> None:
    place = {"message": "m1", "channel": "messages", "checkpoint": inner(thread).head.id}
    there, fields = form_of(read(client.get(address(thread, page), place)), button)
    answer = client.post(there, fields | {"text-0": "otherwise"}, headers=HX)
    assert len(thread.runs) == 1 + runs
    if runs:
        assert answer["HX-Redirect"] == f"/d/local/threads/{thread.id}/"
    else:
        assert json.loads(answer["HX-Location"])["path"] == address(thread, f"?checkpoint={inner(thread).head.id}")


def test_the_page_of_a_subgraph_that_is_over_says_what_to_edit_instead(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    started = thread.head
    fake_deployment.run(thread, None, "trip", command={"resume": "yes"})
    page = read(client.get(address(thread)))
    told = page.one(data_closed=True)
    assert "The thread has gone on since" in told.text
    (way,) = told.all(tag="a")
    assert way["href"] == f"/d/local/threads/{thread.id}/?checkpoint={started.id}"
    assert [link for link in page.all(tag="a") if link.text == "Edit state"] == []
    assert page.all(data_edit=True) == []
    assert editor(client, thread).all(class_="stateform") == []


def test_where_the_thread_above_cannot_be_read_an_edit_is_offered_and_looked_at_when_it_is_opened(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    fake_deployment.faults.fail(f"GET /threads/{thread.id}/state$", status=403)
    page = read(client.get(address(thread)))
    (link,) = [link for link in page.all(tag="a") if link.text == "Edit state"]
    assert page.all(data_closed=True) == page.all(name="input") == []
    assert client.get(link["href"]).status_code == 502


def test_nobody_is_offered_to_edit_where_studio_is_read_only(client: Client, thread: FakeThread) -> None:
    with override_settings(STUDIO_READ_ONLY=True):
        page = read(client.get(address(thread)))
        assert page.all(data_open=True) == page.all(data_edit=True) == []
        assert [link for link in page.all(tag="a") if link.text == "Edit state"] == []
        refused = client.post(address(thread, "state/edit/"), {"verb": "save"})
    assert refused.status_code == 403
    assert len(inner(thread).checkpoints) == 1


@pytest.mark.parametrize("most", [0, 1000])
def test_a_change_is_tried_on_a_copy_unless_the_thread_is_large(
    most: int, client: Client, fake_deployment: FakeDeployment, thread: FakeThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_COPIED", most)
    preview = read(press(client, editor(client, thread), "Preview", ["photo"])).one(aria_label="Preview")
    assert ("documents as meant" in preview.text, "could not be tried out" in preview.text) == (most > 0, most == 0)
    assert len(fake_deployment.seen(f"POST /threads/{thread.id}/copy")) == (most > 0)
    assert len(fake_deployment.threads) == 1
    assert len(inner(thread).checkpoints) == 1


@pytest.mark.parametrize("request_line", ["POST /threads/.+/copy$", "PATCH /threads/", "POST /threads/.+/state$"])
def test_where_nothing_can_be_tried_that_is_said_and_no_copy_stays(
    request_line: str, client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    page = editor(client, thread)
    fake_deployment.faults.fail(request_line, status=404)
    answer = press(client, page, "Preview", ["photo"])
    assert "could not be tried out" in read(answer).one(aria_label="Preview").text
    assert "photo" in read(answer).one(name="channel-documents").text
    assert list(fake_deployment.threads) == [thread.id]


@pytest.mark.parametrize("habits", [Habits.js(), Habits.aegra()], ids=lambda habits: habits.flavour)
def test_a_server_that_does_not_write_inside_says_so_and_what_was_typed_is_kept(habits: Habits, client: Client) -> None:
    fake = FakeDeployment(habits=habits)
    with playing(fake):
        thread = trip(fake)
        page = editor(client, thread)
        fake.faults.fail(f"POST /threads/{thread.id}/state", status=501, body={"detail": "no subgraphs here"})
        answer = press(client, page, "Save only", ["photo"])
    assert answer.status_code == 501
    assert "photo" in read(answer).one(name="channel-documents").text


def test_a_question_of_before_an_edit_is_withdrawn_on_the_page_and_in_the_form_alone(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    flight, visa = (task.interrupts[0]["id"] for task in thread.head.tasks)
    pages = [f"/d/local/threads/{thread.id}/{rest}" for rest in ("", "ask/")]
    for page in pages:
        assert [box["value"] for box in read(client.get(page)).all(name="interrupt")] == [flight, visa]
    press(client, editor(client, thread), "Save only", ["photo"])
    for page in pages:
        shown = read(client.get(page))
        assert [box["value"] for box in shown.all(name="interrupt")] == [flight]
        assert "visa had asked “visa?”" in shown.one(data_withdrawn=True).text
    stale = {"interrupt": [flight, visa], f"answer-{flight}": "day", f"answer-{visa}": "2031"}
    answer = client.post(f"/d/local/threads/{thread.id}/resume/", stale, headers=HX)
    assert answer.status_code == 409
    assert {"day", "2031"} <= {field.text for field in read(answer).all(tag="textarea")}
    assert len(thread.runs) == 1
