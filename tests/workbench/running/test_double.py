"""Sending something while a run is active: the choice, the queue, and that nothing is erased unasked."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from studio.deployments.run_rows import Run
from studio.deployments.starts import STRATEGIES
from studio.testing import FakeDeployment, FakeRun, FakeThread, Habits
from studio.workbench.running.double import YOUNG, double
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def busy(fake: FakeDeployment, *waiting: str) -> tuple[FakeThread, list[FakeRun]]:
    """A thread on which a run works, with others behind it."""
    thread = fake.add_thread("Earlier")
    fake.hold()
    runs = [say(fake, thread, text) for text in ("First", *waiting)]
    runs[0].advance(2)
    return thread, runs


def say(fake: FakeDeployment, thread: FakeThread, text: str) -> FakeRun:
    given = {"messages": [{"type": "human", "content": text}]}
    return fake.start_run(thread, {"assistant_id": "chat", "input": given, "stream_resumable": True})


def page_of(client: Client, thread: FakeThread) -> Element:
    return read(client.get(f"/d/local/threads/{thread.id}/"))


def send(client: Client, thread: FakeThread, strategy: str, **more: str) -> Any:
    typed = {"input": "Second", "assistant": "chat", "multitask": strategy} | more
    return client.post(f"/d/local/threads/{thread.id}/send/", typed, headers=HTMX)


def strategies(fake: FakeDeployment) -> list[str]:
    return [s.json["multitask_strategy"] for s in fake.seen("POST /threads/") if s.path.endswith("/runs")]


def ways(answer: Any) -> dict[str, tuple[str, str, str]]:
    """The buttons of a panel: what each sends with which form."""
    buttons = read(answer).one(role="alert").all(tag="button")
    return {b.text: (b["form"], b["name"], b["value"]) for b in buttons}


# The choice


@pytest.mark.parametrize("oob", [False, True])
def test_the_choice_is_there_as_long_as_a_run_is_active(
    oob: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread, _ = busy(fake_deployment)

    def choice() -> Element:
        tail, headers = ("live/", HTMX) if oob else ("", {})
        return read(client.get(f"/d/local/threads/{thread.id}/{tail}", headers=headers)).one(id="double")

    offered = choice().all(name="multitask")
    assert [way["value"] for way in offered] == list(STRATEGIES)
    assert [way["value"] for way in offered if "checked" in way.attributes] == ["enqueue"]
    fake_deployment.release()
    assert choice().all(name="multitask") == []


def test_the_age_of_the_run_is_told_and_counted_on(client: Client, fake_deployment: FakeDeployment) -> None:
    assert double(Run("r", "t", "a", "running", created_at=NOW - timedelta(seconds=7)), 0, (), NOW).age == 7
    thread, _ = busy(fake_deployment)
    assert page_of(client, thread).one(id="double").all(data_elapsed=True)


def test_the_queue_is_suggested_with_a_reason_that_fits() -> None:
    def why(seconds: float, *following: str) -> str:
        run = Run("r", "t", "a", "running", created_at=NOW - timedelta(seconds=seconds))
        offered = double(run, 0, following, NOW)
        assert offered.suggested == "enqueue"
        return offered.why

    assert "if you correct what you just sent, erase it" in why(3, "conversation")
    assert "the queue loses none of it" in why(YOUNG + 1, "conversation")
    assert why(3, "model", "send_mail") == (
        "The queue is best: “send_mail” may be changing something that cannot be taken back."
    )


@pytest.mark.parametrize(("waiting", "words"), [(0, "it."), (1, "it, behind 1 other."), (3, "it, behind 3 others.")])
def test_the_place_in_the_queue_is_told(waiting: int, words: str) -> None:
    queue = double(Run("r", "t", "a", "running"), waiting, (), NOW).ways[0]
    assert queue.effect.endswith(f"yours starts after {words}")


@pytest.mark.parametrize(
    ("habits", "there", "suggested", "why"),
    [
        (Habits.js(), ["enqueue", "interrupt", "reject"], "enqueue", "the queue loses none of it"),
        (Habits.aegra(), ["interrupt", "reject"], "reject", "This server has no queue"),
    ],
    ids=["js", "aegra"],
)
def test_what_a_server_lacks_is_not_offered(
    habits: Habits, there: list[str], suggested: str, why: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.habits = habits
    thread, _ = busy(fake_deployment)
    choice = page_of(client, thread).one(id="double")
    offered = choice.all(name="multitask")
    assert [way["value"] for way in offered] == there
    assert [way["value"] for way in offered if "checked" in way.attributes] == [suggested]
    assert why in choice.text
    answer = send(client, thread, "reject")
    assert (answer.status_code, "Queue it" in ways(answer)) == (409, "enqueue" in there)
    kept = send(client, thread, "rollback")
    assert kept.status_code == 501, "it is not asked whether to erase what would stay"
    assert len(thread.active) == 1


def test_only_what_erases_is_marked_as_erasing() -> None:
    offered = double(Run("r", "t", "a", "running"), 0, (), NOW).ways
    assert [way.name for way in offered if way.erases] == ["rollback"]


def test_the_names_of_nodes_are_text_in_the_reason(client: Client, fake_deployment: FakeDeployment) -> None:
    evil = "tool<img src=x onerror=alert(1)>"
    fake_deployment.add_graph("evil", {evil: lambda values: {"a": 1}, "end": lambda values: {}})
    thread = fake_deployment.add_thread(graph_id="evil")
    fake_deployment.hold()
    fake_deployment.start_run(thread, {"assistant_id": "evil", "input": {"a": 0}}).advance(1)
    fake_deployment.runs[-1].advance(1)
    answer = client.get(f"/d/local/threads/{thread.id}/")
    assert b"<img src=x" not in answer.content
    assert evil in read(answer).one(id="double").text


# Each way


def test_what_is_queued_waits_and_runs_after_the_active_run(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, (first,) = busy(fake_deployment)
    assert send(client, thread, "enqueue").status_code == 204
    assert [run.status for run in thread.runs[1:]] == ["running", "pending"]
    fake_deployment.release()
    said = [m["content"] for m in thread.head.values["messages"] if m["type"] == "human"]
    assert said == ["Earlier", "First", "Second"]
    assert first.status == "success"


def test_what_interrupts_stops_the_run_and_keeps_its_work(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, (first,) = busy(fake_deployment)
    made = {c.id for c in thread.checkpoints}
    assert send(client, thread, "interrupt").status_code == 204
    assert first.status == "interrupted"
    assert made <= {c.id for c in thread.checkpoints}


def test_a_refusal_offers_the_queue(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, _ = busy(fake_deployment)
    answer = send(client, thread, "reject")
    assert answer.status_code == 409
    assert ways(answer)["Queue it"] == ("send", "multitask", "enqueue")
    assert len(thread.active) == 1


def test_nothing_is_erased_before_it_was_said_what(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, (first,) = busy(fake_deployment)
    answer = send(client, thread, "rollback")
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (409, "#runproblem")
    told = read(answer).one(role="alert").text
    assert f"Run …{first.id[-6:]} and every checkpoint that it has made would be gone" in told
    assert strategies(fake_deployment) == []
    assert thread.active == [first]
    form, name, value = ways(answer)["Erase it and send"]
    assert (form, name, value) == ("send", "confirmed", "1")
    assert send(client, thread, "rollback", **{name: value}).status_code == 204
    assert strategies(fake_deployment) == ["rollback"]
    assert first not in thread.runs
    assert first.id not in {c.run_id for c in thread.checkpoints}


def test_the_question_can_be_answered_with_the_queue(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, (first,) = busy(fake_deployment)
    _, name, value = ways(send(client, thread, "rollback"))["Queue it"]
    send(client, thread, "rollback", **{name: value})
    assert strategies(fake_deployment) == ["enqueue"]
    assert thread.active[0] is first


def test_what_waits_would_be_erased_too_and_the_question_says_so(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread, (first, *_) = busy(fake_deployment, "A queued thought", "Another one")
    told = read(send(client, thread, "rollback")).one(role="alert").text
    assert first.id[-6:] in told
    assert "2 " in told or "A queued thought" in told, "every active run goes, not only the one that works"


def test_a_long_queue_does_not_hide_the_run_that_works(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, (first, *_) = busy(fake_deployment, *(f"Number {n}" for n in range(12)))
    assert first.id[-6:] in read(send(client, thread, "rollback")).one(role="alert").text
    assert page_of(client, thread).one(id="runstate")["data-run-id"] == first.id


def test_a_run_that_has_ended_meanwhile_needs_no_question(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, _ = busy(fake_deployment)
    fake_deployment.release()
    assert send(client, thread, "rollback").status_code == 204
    assert len(thread.runs) == 3


def test_a_whole_page_offers_no_button_whose_form_is_elsewhere(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, _ = busy(fake_deployment)
    typed = {"input": "Second", "assistant": "chat", "multitask": "reject"}
    page = read(client.post(f"/d/local/threads/{thread.id}/send/", typed))
    forms = {form.attributes.get("id") for form in page.all(tag="form")}
    assert [b.text for b in page.all(tag="button", form=True) if b["form"] not in forms] == []
    assert "Second" in [box.text for box in page.all(tag="textarea")]


# The queue


def queue(page: Element) -> list[Element]:
    return [row for found in page.all(class_="queue") for row in found.all(tag="li")]


def test_what_waits_is_listed_in_its_order_and_can_be_removed(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, (first, second, third) = busy(fake_deployment, "Then this", "And <b>that</b>")
    page = page_of(client, thread)
    assert page.one(id="runstate")["data-run-id"] == first.id
    waiting = queue(page)
    assert [row["data-run-id"] for row in waiting] == [second.id, third.id]
    address, fields = form_of(waiting[0], "Remove")
    client.post(address, fields)
    assert [run.id for run in thread.active] == [first.id, third.id]
    assert [row["data-run-id"] for row in queue(page_of(client, thread))] == [third.id]
    fake_deployment.release()
    said = [m["content"] for m in thread.head.values["messages"] if m["type"] == "human"]
    assert said == ["Earlier", "First", "And <b>that</b>"]


def test_what_waits_is_told_in_its_words(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, _ = busy(fake_deployment, "Then this", "And <b>that</b>")
    answer = client.get(f"/d/local/threads/{thread.id}/")
    waiting = queue(read(answer))
    assert waiting[0].text.startswith("Then this")
    assert waiting[1].text.startswith("And <b>that</b>")
    assert b"<b>that" not in answer.content


def test_a_run_that_has_begun_meanwhile_is_not_taken_out_of_the_queue(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread, (first, second) = busy(fake_deployment, "Then this")
    address, fields = form_of(page_of(client, thread), "Remove")
    first.release()
    second.advance(2)
    made = [checkpoint.id for checkpoint in thread.checkpoints if checkpoint.run_id == second.id]
    answer = client.post(address, fields)
    assert answer.status_code == 409
    assert "This run has begun meanwhile." in read(answer).text
    assert second.active
    assert made
    assert set(made) <= {checkpoint.id for checkpoint in thread.checkpoints}


def test_a_studio_that_only_reads_shows_the_queue_without_verbs(
    client: Client, fake_deployment: FakeDeployment, settings: Any
) -> None:
    thread, (_, second) = busy(fake_deployment, "Then this")
    settings.STUDIO_READ_ONLY = True
    page = page_of(client, thread)
    assert len(queue(page)) == 1
    assert queue(page)[0].all(tag="button") == page.all(id="double") == []
    answer = client.post(f"/d/local/threads/{thread.id}/runs/{second.id}/cancel/", {"erase": "1"})
    assert answer.status_code == 403
    assert second.active
