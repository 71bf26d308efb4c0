"""What can go wrong between reading a question and answering it, with a script and without: nothing typed is lost, the
reason is told, and the thread is as it was."""

from typing import Any

import pytest
from django.test import AsyncClient, Client

from studio.testing import FakeDeployment, FakeThread, interrupt
from studio.workbench.asking import question_form
from studio.workbench.running import guards
from tests.support.pages import Element, form_of, read, way_of

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
LONG = "word " * 1_000_000
UPDATE = '{"note": "a long one"}'

either_way = pytest.mark.parametrize("headers", [HTMX, {}], ids=["script", "no script"])


@pytest.fixture
def waits(fake_deployment: FakeDeployment) -> FakeThread:
    """A thread that waits for an answer."""
    fake_deployment.add_graph("asks", {"ask": lambda v: {"answer": interrupt("Well?")}, "after": lambda v: {}})
    thread = fake_deployment.new_thread({"graph_id": "asks"})
    fake_deployment.run(thread, {}, "asks")
    return thread


@pytest.fixture
def paused(fake_deployment: FakeDeployment) -> FakeThread:
    """A thread that stopped before its last node."""
    fake_deployment.add_graph("trip", {"plan": lambda v: {}, "book": lambda v: {}})
    thread = fake_deployment.new_thread({"graph_id": "trip"})
    fake_deployment.run(thread, {}, "trip", interrupt_before=["book"])
    thread.checkpoints.pop()
    return thread


def form(client: Client, thread: FakeThread, button: str = "Resume", **typed: str) -> tuple[str, dict[str, str]]:
    """The form with this button, with the question answered and an update given where there is one."""
    return filled(client.get(f"/d/local/threads/{thread.id}/"), button, **typed)


def filled(page: Any, button: str = "Resume", **typed: str) -> tuple[str, dict[str, str]]:
    """The same of a page that was read."""
    address, fields = form_of(read(page), button)
    answers = {name: "my long answer" for name in fields if name.startswith("answer-")}
    return address, fields | answers | ({"update": UPDATE} if answers else {}) | typed


def texts(answer: Any) -> list[str]:
    return [area.text for area in read(answer).all(tag="textarea")]


def told(answer: Any) -> str:
    return read(answer).one(role="alert").text


@either_way
def test_the_update_too_is_given_back_when_somebody_was_faster(
    headers: dict[str, str], client: Client, waits: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address, fields = form(client, waits)
    fake_deployment.run(waits, None, "asks", command={"resume": "somebody's"})
    answer = client.post(address, fields, headers=headers)
    assert (answer.status_code, len(fake_deployment.runs)) == (409, 2)
    assert texts(answer) == ["my long answer", UPDATE]


async def test_somebody_was_faster_under_the_async_client(
    async_client: AsyncClient, waits: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address, fields = filled(await async_client.get(f"/d/local/threads/{waits.id}/"))
    fake_deployment.run(waits, None, "asks", command={"resume": "somebody's"})
    answer = await async_client.post(address, fields)
    assert (answer.status_code, texts(answer)) == (409, ["my long answer", UPDATE])


@either_way
def test_five_megabytes_are_answered_whole_or_given_back_whole(
    headers: dict[str, str], client: Client, waits: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address, fields = form(client, waits)
    fields |= {name: LONG for name in fields if name.startswith("answer-")} | {"update": ""}
    fake_deployment.faults.fail("POST .*/runs$", 409, {"detail": "busy"}, times=1)
    refused = client.post(address, fields, headers=headers)
    assert refused.status_code == 409
    assert headers or texts(refused) == [LONG.strip()], "inside the page the form is still there"
    assert client.post(address, fields, headers=headers).status_code < 400
    assert list(fake_deployment.runs[-1].asked["command"]["resume"].values()) == [LONG]


@either_way
@pytest.mark.parametrize("button", ["Resume", "End the thread here"])
def test_a_thread_that_is_deleted_meanwhile_is_told(
    button: str, headers: dict[str, str], client: Client, waits: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address, fields = form(client, waits, button)
    address = address.replace("/resume/", "/end/") if button != "Resume" else address
    del fake_deployment.threads[waits.id]
    answer = client.post(address, fields, headers=headers)
    assert answer.status_code == 404
    assert "is not on the deployment" in told(answer)
    assert ("Nothing was started." if button == "Resume" else "Nothing was ended.") in told(answer)
    assert headers or texts(answer) == ["my long answer", UPDATE]


@either_way
@pytest.mark.parametrize("button", ["Resume", "Step", "Rerun from here"])
def test_a_thread_that_is_deleted_meanwhile_does_not_go_on(
    button: str, headers: dict[str, str], client: Client, paused: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address, fields = form(client, paused, button)
    del fake_deployment.threads[paused.id]
    answer = client.post(address, fields, headers=headers)
    assert answer.status_code == 404
    assert "Nothing was started." in told(answer)


@either_way
@pytest.mark.parametrize("button", ["Resume", "Step", "Rerun from here"])
def test_a_thread_that_is_busy_by_now_does_not_go_on_twice(
    button: str, headers: dict[str, str], client: Client, paused: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address, fields = form(client, paused, button)
    fake_deployment.hold()
    fake_deployment.start_run(paused, {"assistant_id": "trip"})
    answer = client.post(address, fields, headers=headers)
    assert (answer.status_code, len(fake_deployment.runs)) == (409, 2)
    assert "Nothing was started." in told(answer)


@either_way
def test_what_waits_for_an_answer_or_has_ended_by_now_does_not_just_go_on(
    headers: dict[str, str], client: Client, waits: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address = f"/d/local/threads/{waits.id}/continue/"
    answer = client.post(address, headers=headers)
    assert answer.status_code == 409
    assert "The thread waits for an answer." in told(answer)
    assert "then it goes on. Nothing was started." in told(answer)
    fake_deployment.run(waits, None, "asks", command={"resume": "so"})
    answer = client.post(address, headers=headers)
    assert answer.status_code == 409
    assert "Nothing is left to do on this thread." in told(answer)
    assert "A new message begins another run. Nothing was started." in told(answer)
    assert len(fake_deployment.runs) == 2


@either_way
def test_what_has_gone_on_by_now_is_not_stepped_twice(
    headers: dict[str, str], client: Client, paused: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address, fields = form(client, paused, "Step")
    (made,) = fake_deployment.grow(paused, 1)
    made.next = ("book",)
    answer = client.post(address, fields, headers=headers)
    assert (answer.status_code, len(fake_deployment.runs)) == (409, 1)
    assert "The thread has gone on meanwhile." in told(answer)
    assert client.post(*form(client, paused, "Step"), headers=headers).status_code in (204, 303)


@either_way
def test_an_update_is_not_sent_with_an_answer_when_somebody_was_faster_while_it_was_tried(
    headers: dict[str, str],
    client: Client,
    waits: FakeThread,
    fake_deployment: FakeDeployment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def tried(*given: Any) -> str:
        fake_deployment.run(waits, None, "asks", command={"resume": "somebody's"})
        return ""

    monkeypatch.setattr(question_form, "misfit", tried)
    address, fields = form(client, waits)
    answer = client.post(address, fields, headers=headers)
    assert (answer.status_code, len(fake_deployment.runs)) == (409, 2)
    assert "The questions have changed meanwhile." in told(answer)
    assert texts(answer) == ["my long answer", UPDATE]


@either_way
@pytest.mark.parametrize("busy", [True, False])
def test_an_input_is_not_sent_where_a_run_works_or_asks_since_it_was_tried(
    busy: bool,
    headers: dict[str, str],
    client: Client,
    waits: FakeThread,
    fake_deployment: FakeDeployment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def tried(*given: Any, **more: Any) -> str:
        (fake_deployment.hold if busy else fake_deployment.release)()
        fake_deployment.start_run(waits, {"assistant_id": "asks", "input": {}})
        return ""

    monkeypatch.setattr(guards, "misfit", tried)
    fake_deployment.run(waits, None, "asks", command={"resume": "so"})
    typed = {"assistant": "asks", "mode": "json", "input": '{"note": 1}'}
    answer = client.post(f"/d/local/threads/{waits.id}/send/", typed, headers=headers)
    assert (answer.status_code, len(fake_deployment.runs)) == (409, 3)
    assert ("A run is active" if busy else "The thread waits for an answer.") in told(answer)
    assert "What you typed is still there." in told(answer)
    assert headers or texts(answer) == [typed["input"]]


@pytest.mark.parametrize(
    ("typed", "button", "asked"),
    [
        ({}, "Start a new run all the same", {"input": {"messages": [{"type": "human", "content": "one\ntwo"}]}}),
        ({}, "Answer the question with it", {"resume": "one\ntwo"}),
        ({"before": ["ask", "after"]}, "Start a new run all the same", {"interrupt_before": ["ask", "after"]}),
    ],
)
def test_without_a_script_the_ways_out_send_the_same_once_more(
    typed: dict[str, Any],
    button: str,
    asked: dict[str, Any],
    client: Client,
    waits: FakeThread,
    fake_deployment: FakeDeployment,
) -> None:
    address = f"/d/local/threads/{waits.id}/send/"
    page = read(client.post(address, {"assistant": "asks", "input": "one\r\ntwo"} | typed))
    where, fields = way_of(page, button)
    assert where == address
    assert client.post(where, fields).status_code == 303
    sent = fake_deployment.runs[-1].asked
    if "resume" in asked:
        assert list(sent["command"]["resume"].values()) == [asked["resume"]]
    else:
        assert {name: sent[name] for name in asked} == asked


def test_without_a_script_a_refusal_leads_back_to_the_thread(client: Client, waits: FakeThread) -> None:
    address, fields = form(client, waits)
    page = read(client.post(address, fields | {"interrupt": "another"}))
    links = {link.text: link["href"] for link in page.one(class_="lonely-links").all(tag="a")}
    assert links["Back to the thread"] == f"/d/local/threads/{waits.id}/"
    assert "Try again" not in links


def test_without_a_script_what_would_be_erased_is_asked_first_too(
    client: Client, paused: FakeThread, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.hold()
    active = fake_deployment.start_run(paused, {"assistant_id": "trip", "input": {}})
    typed = {"assistant": "trip", "mode": "json", "input": "[1]", "multitask": "rollback"}
    page = read(client.post(f"/d/local/threads/{paused.id}/send/", typed))
    assert active in paused.runs
    assert client.post(*way_of(page, "Erase it and send")).status_code == 303
    assert active not in paused.runs
    assert paused.runs[-1].asked["input"] == [1]


@either_way
@pytest.mark.parametrize(("button", "typed"), [("Rerun from here", {}), ("Send", {"input": "my long message"})])
def test_a_run_from_a_checkpoint_that_was_pruned_is_not_one_from_nothing(
    button: str,
    typed: dict[str, str],
    headers: dict[str, str],
    client: Client,
    paused: FakeThread,
    fake_deployment: FakeDeployment,
) -> None:
    page: Element = read(client.get(f"/d/local/threads/{paused.id}/?checkpoint={paused.checkpoints[1].id}"))
    address, fields = form_of(page, button)
    del paused.checkpoints[1]
    answer = client.post(address, fields | typed, headers=headers)
    assert (answer.status_code, len(fake_deployment.runs)) == (404, 1)
    assert "Nothing was started." in told(answer)
    assert headers or texts(answer) == list(typed.values())


@pytest.mark.parametrize("button", ["Resume", "Step", "Rerun from here"])
def test_breakpoints_of_the_form_go_with_every_verb(
    button: str, client: Client, paused: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address, fields = form(client, paused, button)
    assert client.post(address, fields | {"before": ["book", "plan, book"], "after": "plan"}).status_code == 303
    asked = fake_deployment.runs[-1].asked
    if button == "Step":
        assert (asked["interrupt_before"], asked.get("interrupt_after")) == ("*", None)
    else:
        assert (asked["interrupt_before"], asked["interrupt_after"]) == (["book", "plan, book"], ["plan"])


def test_breakpoints_go_with_an_answer_and_with_a_message_that_is_one(
    client: Client, waits: FakeThread, fake_deployment: FakeDeployment
) -> None:
    address, fields = form(client, waits, update="")
    client.post(address, fields | {"before": "after"})
    assert fake_deployment.runs[-1].asked["interrupt_before"] == ["after"]
    again = fake_deployment.new_thread({"graph_id": "asks"})
    fake_deployment.run(again, {}, "asks")
    id = again.head.tasks[0].interrupts[0]["id"]
    address, fields = form(client, again, "Send", input="so", as_answer=id)
    client.post(address, fields | {"mode": "message", "after": "*"})
    asked = fake_deployment.runs[-1].asked
    assert (asked["command"], asked["interrupt_after"]) == ({"resume": {id: "so"}}, "*")
