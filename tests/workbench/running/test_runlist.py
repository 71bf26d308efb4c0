"""The runs of a thread."""

from typing import Any

import pytest
from django.test import Client

from studio.testing import FakeDeployment, FakeRun, FakeThread, Habits, interrupt
from studio.workbench.running import guards, replay
from studio.workbench.running.runlist import LISTED
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for as long as a person may."""
    monkeypatch.setattr(replay, "PATIENCE", 0.1)


def url(thread: FakeThread, rest: str = "") -> str:
    return f"/d/local/threads/{thread.id}/runs/{rest}"


def runs_page(client: Client, thread: FakeThread) -> Element:
    return read(client.get(url(thread)))


def row(page: Element, run: FakeRun) -> Element:
    return page.one(tag="tr", data_run_id=run.id)


def cells(page: Element, run: FakeRun) -> dict[str, str]:
    heads = [head.text for head in page.one(id="runs").all(tag="th", scope="col")]
    found = [c for c in row(page, run).children if isinstance(c, Element) and c.tag in ("td", "th")]
    return dict(zip(heads, (cell.text for cell in found), strict=True))


def say(fake: FakeDeployment, thread: FakeThread, text: str, **asked: Any) -> FakeRun:
    given = {"messages": [{"type": "human", "content": text}]}
    return fake.start_run(thread, {"assistant_id": "chat", "input": given, "stream_resumable": True} | asked)


# The list


def test_a_run_is_listed_with_what_was_asked_and_what_came_of_it(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    said = {"type": "ai", "content": "Hi", "usage_metadata": {"input_tokens": 1200, "output_tokens": 34}}
    fake_deployment.reply([said], ValueError("no such price"))
    thread = fake_deployment.add_thread("Where to in Kyoto?")
    fake_deployment.run(thread, {"messages": [{"type": "human", "content": "And then?"}]}, multitask_strategy="reject")
    first, failed = thread.runs
    page = runs_page(client, thread)
    assert [r["data-run-id"] for r in page.all(tag="tr", data_run_id=True)] == [failed.id, first.id]
    told = cells(page, first)
    assert told["run"] == f"…{first.id[-6:]}"
    assert (told["status"], told["input"], told["assistant"]) == ("success", "Where to in Kyoto?", "chat")
    assert told["tokens"] == "1,200 → 34"
    assert told["took"] != ""
    assert (cells(page, failed)["status"], cells(page, failed)["input"]) == ("error ValueError", "And then?")
    assert cells(page, failed)["if busy"] == "reject"
    assert row(page, failed).one(class_="chip")["data-status"] == "error"


def test_the_checkpoints_of_a_run_open_at_its_newest_with_all_of_them_marked(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("First", "Second")
    first = thread.runs[0]
    link = row(runs_page(client, thread), first).one(tag="a", class_="btn small quiet")
    own = [c.id for c in thread.checkpoints if c.run_id == first.id]
    assert link.text == "3 checkpoints"
    assert link["href"] == f"/d/local/threads/{thread.id}/?checkpoint={own[-1]}&run={first.id}"
    page = read(client.get(link["href"]))
    marked = [r["data-checkpoint-id"] for r in page.all(data_checkpoint_id=True) if "ofrun" in r["class"]]
    assert marked == own[::-1]
    assert page.one(data_checkpoint_id=True, aria_current="true")["data-checkpoint-id"] == own[-1]


def test_what_a_run_was_started_with_is_told_in_words(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_graph("asks", {"ask": lambda values: {"said": interrupt("Which?")}})
    thread = fake_deployment.add_thread(graph_id="asks")
    asking = fake_deployment.run(thread, {"depth": 3}, "asks")
    resumed = fake_deployment.run(thread, None, "asks", command={"resume": "that one"})
    rerun = fake_deployment.run(thread, None, "asks", checkpoint={"checkpoint_id": thread.checkpoints[1].id})
    page = runs_page(client, thread)
    assert cells(page, asking)["input"] == '{"depth": 3}'
    assert cells(page, asking)["status"] == "success asked a person"
    assert "resume" in cells(page, resumed)["input"]
    assert "that one" in cells(page, resumed)["input"]
    assert cells(page, rerun)["input"] == "goes on from a checkpoint"


def test_an_empty_input_is_an_input(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_graph("works", {"work": lambda values: {"a": 1}})
    thread = fake_deployment.add_thread(graph_id="works")
    run = fake_deployment.run(thread, {}, "works")
    assert cells(runs_page(client, thread), run)["input"] == "{}"
    assert read(client.get(url(thread, f"{run.id}/"))).one(class_="asked").one(tag="h2").text == "Input"


def test_a_thread_without_runs_says_how_to_get_one(client: Client, fake_deployment: FakeDeployment) -> None:
    page = runs_page(client, fake_deployment.add_thread())
    assert "No runs on this thread yet." in page.one(id="runs").text


def test_the_list_ends_where_it_says(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread(*map(str, range(LISTED - 1)))
    assert "The newest" not in runs_page(client, thread).text
    fake_deployment.run(thread, {"messages": []})
    fake_deployment.run(thread, {"messages": []})
    page = runs_page(client, thread)
    shown = [r["data-run-id"] for r in page.all(tag="tr", data_run_id=True)]
    assert shown == [run.id for run in thread.runs[::-1][:LISTED]]
    assert f"The newest {LISTED} runs." in page.text


def test_the_list_looks_again_only_while_something_is_active(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Done")
    assert "hx-get" not in runs_page(client, thread).one(id="runs").attributes
    fake_deployment.hold()
    active = say(fake_deployment, thread, "Work")
    active.advance(1)
    say(fake_deployment, thread, "Wait")
    page = runs_page(client, thread)
    assert page.one(id="runs")["hx-get"] == url(thread)
    statuses = [r["data-status"] for r in page.all(tag="tr", data_run_id=True)]
    assert statuses == ["pending", "running", "success"]
    part = client.get(url(thread), headers=HTMX)
    assert b"<html" not in part.content
    assert len(read(part).one(id="runs").all(tag="tr", data_run_id=True)) == 3


@pytest.mark.parametrize("habits", [Habits.js(), Habits.aegra()])
def test_other_servers_list_their_runs_too(habits: Habits, client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.habits = habits
    thread = fake_deployment.add_thread("First", "Second")
    shown = [r["data-run-id"] for r in runs_page(client, thread).all(tag="tr", data_run_id=True)]
    assert shown == [run.id for run in thread.runs[::-1]]


def test_a_hostile_input_is_text_in_the_list(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread(EVIL, metadata={"title": EVIL})
    fake_deployment.run(thread, {EVIL: EVIL, "messages": []}, multitask_strategy=EVIL)
    fake_deployment.run(thread, None, command={"goto": EVIL})
    body = client.get(url(thread)).content
    assert b"<script>alert" not in body
    assert b"<img src=x" not in body


# Verbs of the list


def test_a_run_that_is_over_can_be_deleted(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("First", "Second")
    first, second = thread.runs
    address, fields = form_of(row(runs_page(client, thread), first), "Delete")
    page = read(client.post(address, fields, follow=True))
    assert f"Run …{first.id[-6:]} is deleted." in page.text
    assert [r["data-run-id"] for r in page.all(tag="tr", data_run_id=True)] == [second.id]
    assert thread.runs == [second]


def test_a_deletion_that_fails_says_that_the_run_is_as_it_was(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("First")
    fake_deployment.faults.fail("DELETE /threads", status=403)
    answer = client.post(url(thread, f"{thread.runs[0].id}/delete/"))
    assert "The run is as it was." in read(answer).one(role="alert").text


def test_a_deletion_of_which_the_end_is_not_known_says_so(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("First")
    fake_deployment.faults.slow("DELETE /threads")
    answer = client.post(url(thread, f"{thread.runs[0].id}/delete/"))
    assert "It is not certain whether the run was deleted" in read(answer).one(role="alert").text


@pytest.mark.parametrize("begun", [True, False])
def test_a_run_that_is_not_over_is_not_deleted(begun: bool, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Earlier")
    fake_deployment.hold()
    run = say(fake_deployment, thread, "Work")
    run.advance(2 * begun)
    answer = client.post(url(thread, f"{run.id}/delete/"))
    assert answer.status_code == 409
    told = read(answer).one(role="alert").text
    assert told == "This run is not over yet. Stop it first, or erase it. The run is as it was."
    assert run in thread.runs
    assert fake_deployment.seen("DELETE /") == []


@pytest.mark.parametrize(
    ("fault", "told"), [("slow", "It is not certain whether it was stopped"), ("forbid", "The run is as it was.")]
)
def test_a_run_that_cannot_be_stopped_says_what_is_known(
    fault: str, told: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Earlier")
    fake_deployment.hold()
    run = say(fake_deployment, thread, "Work")
    if fault == "slow":
        fake_deployment.faults.slow("POST .*/cancel")
    else:
        fake_deployment.faults.fail("POST .*/cancel", status=403)
    answer = client.post(url(thread, f"{run.id}/cancel/"))
    assert told in read(answer).one(role="alert").text


@pytest.mark.parametrize(
    ("button", "action", "kept"), [("Stop", "interrupt", True), ("Erase the run", "rollback", False)]
)
def test_an_active_run_is_stopped_or_erased_and_the_list_comes_back(
    button: str, action: str, kept: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Earlier")
    fake_deployment.hold()
    run = say(fake_deployment, thread, "Work")
    run.advance(2)
    made = [c.id for c in thread.checkpoints if c.run_id == run.id]
    assert made
    address, fields = form_of(row(runs_page(client, thread), run), button)
    fields = {name: value for name, value in fields.items() if name != "erase" or button != "Stop"}
    answer = client.post(address, fields, follow=True)
    assert answer.redirect_chain[-1][0] == url(thread)
    (cancelled,) = fake_deployment.seen(f"POST /threads/{thread.id}/runs/{run.id}/cancel")
    assert cancelled.query["action"] == action
    assert (run in thread.runs) is kept
    assert (set(made) <= {c.id for c in thread.checkpoints}) is kept
    assert ("kept" in read(answer).one(class_="verdict info").text) is kept


def test_a_run_that_ended_before_it_was_stopped_is_no_failure(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    answer = client.post(url(thread, f"{thread.runs[0].id}/cancel/"), {"back": "runs"}, follow=True)
    assert "The run had already ended." in read(answer).text


def test_the_queue_is_cleared_and_what_works_goes_on(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Earlier")
    fake_deployment.hold()
    working = say(fake_deployment, thread, "Work")
    working.advance(2)
    for text in ("Then", "And then"):
        say(fake_deployment, thread, text)
    address, fields = form_of(runs_page(client, thread), "Clear the queue (2)")
    page = read(client.post(address, fields, follow=True))
    assert "2 waiting runs taken out of the queue." in page.text
    assert thread.active == [working]
    assert working.status == "running"
    assert [b.text for b in page.all(tag="button") if b.text.startswith("Clear")] == []


def test_a_queue_is_cleared_from_its_front_and_says_how_far_that_went(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Earlier")
    fake_deployment.hold()
    working = say(fake_deployment, thread, "Work")
    working.advance(2)
    _, second, third = [say(fake_deployment, thread, text) for text in ("One", "Two", "Three")]
    fake_deployment.faults.fail(f"POST .*{second.id}/cancel", status=403)
    answer = client.post(url(thread, "clear/"))
    assert thread.active == [working, second, third]
    told = read(answer).one(role="alert").text
    assert "1 waiting run taken out of the queue. The others wait on" in told


def test_clearing_an_empty_queue_says_so(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    assert "0 waiting runs" in read(client.post(url(thread, "clear/"), follow=True)).text
    assert len(thread.runs) == 1


def test_a_studio_that_only_reads_shows_runs_without_verbs_and_refuses_them(
    client: Client, fake_deployment: FakeDeployment, settings: Any
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.hold()
    active = [say(fake_deployment, thread, text) for text in ("Work", "Wait", "Wait too")]
    settings.STUDIO_READ_ONLY = True
    page = runs_page(client, thread)
    assert page.one(id="runs").all(tag="button") == page.one(id="runs").all(tag="form") == []
    assert "Clear the queue" not in page.text
    done = thread.runs[0]
    one = read(client.get(url(thread, f"{done.id}/")))
    assert one.one(class_="asked").all(tag="textarea") == one.all(id="runproblem") == []
    assert '"content": "Hello"' in one.one(class_="asked").one(tag="pre").text
    for verb in (f"{done.id}/delete/", f"{done.id}/repeat/", f"{active[0].id}/cancel/", "clear/"):
        assert client.post(url(thread, verb), {"json": "{}"}).status_code == 403
    assert thread.runs == [done, *active]
    assert thread.active == active


@pytest.mark.parametrize("verb", ["delete/", "repeat/", "cancel/"])
def test_verbs_are_not_done_by_looking(verb: str, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    assert client.get(url(thread, f"{thread.runs[0].id}/{verb}")).status_code == 405
    assert client.get(url(thread, "clear/")).status_code in (404, 405)
    assert len(thread.runs) == 1


# Once more


def repeated(client: Client, thread: FakeThread, run: FakeRun, **typed: str) -> Any:
    address, fields = form_of(read(client.get(url(thread, f"{run.id}/"))), "Run it again")
    return client.post(address, fields | typed, follow=True)


def started(fake: FakeDeployment) -> Any:
    return [seen for seen in fake.seen("POST /threads/") if seen.path.endswith("/runs")][-1].json


def test_a_run_is_repeated_as_it_was(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    asked: Any = {
        "config": {"configurable": {"depth": 3}, "tags": ["mine"]},
        "metadata": {"ticket": 7},
        "interrupt_before": ["tools"],
        "interrupt_after": "*",
    }
    run = say(fake_deployment, thread, "Hello & <goodbye>", **asked)
    say(fake_deployment, thread, "Something else")
    answer = repeated(client, thread, run)
    assert answer.redirect_chain[-1][0] == f"/d/local/threads/{thread.id}/"
    sent = started(fake_deployment)
    assert sent["input"] == run.asked["input"]
    assert {name: sent[name] for name in asked} == asked
    assert sent["assistant_id"] == run.assistant_id
    assert sent.get("checkpoint") is None
    assert thread.runs[-1].status == "success"


def test_a_run_is_repeated_with_a_changed_input(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    repeated(client, thread, thread.runs[0], json='{"messages": "Goodbye"}')
    assert started(fake_deployment)["input"] == {"messages": "Goodbye"}


@pytest.mark.parametrize("typed", ['{"a": 1,}', '{"a": NaN}'])
def test_an_input_that_is_no_json_starts_nothing_and_is_given_back(
    typed: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    answer = repeated(client, thread, thread.runs[0], json=typed)
    assert answer.status_code == 422
    assert "What you typed is still there." in read(answer).one(role="alert").text
    assert typed in [box.text for box in read(answer).all(tag="textarea")]
    assert len(thread.runs) == 1


def test_a_repetition_of_a_busy_thread_starts_nothing(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.hold()
    say(fake_deployment, thread, "Work")
    answer = repeated(client, thread, thread.runs[0])
    assert answer.status_code == 409
    assert "A run is active on this thread" in read(answer).text
    assert len(thread.runs) == 2


def test_an_answer_to_a_question_cannot_be_repeated(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    run = fake_deployment.run(thread, None, command={"resume": "yes"})
    page = read(client.get(url(thread, f"{run.id}/")))
    assert page.one(class_="asked").one(tag="h2").text == "Resumed with"
    assert [b for b in page.all(tag="button") if b.text == "Run it again"] == []


def asking(fake: FakeDeployment) -> FakeThread:
    """A thread whose second run has asked."""
    answers: Any = {"ask": lambda values: {"answer": "so" if "plain" in values else interrupt("Well?")}}
    fake.add_graph("asks", answers)
    thread = fake.add_thread(graph_id="asks")
    fake.run(thread, {"plain": True}, "asks")
    thread.checkpoints.clear()
    fake.run(thread, {"note": 1}, "asks")
    return thread


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["script", "no script"])
def test_a_repetition_leaves_no_question_open_by_itself(
    headers: dict[str, str], client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = asking(fake_deployment)
    first = thread.runs[0]
    address, fields = form_of(read(client.get(url(thread, f"{first.id}/"))), "Run it again")
    answer = client.post(address, fields, headers=headers)
    assert (answer.status_code, len(thread.runs)) == (409, 2)
    page = read(answer)
    assert "The thread waits for an answer." in page.one(role="alert").text
    (button,) = page.all(tag="button", form="repeat")
    assert button.text == "Start a new run all the same"
    assert client.post(address, fields | {button["name"]: button["value"]}, headers=headers).status_code in (204, 303)
    assert len(thread.runs) == 3


def test_a_repetition_with_an_input_that_does_not_fit_is_refused(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def misfit(*given: Any, **more: Any) -> str:
        return "“messages”: no list."

    monkeypatch.setattr(guards, "misfit", misfit)
    thread = fake_deployment.add_thread("Hello")
    run = thread.runs[0]
    answer = repeated(client, thread, run, json='{"messages": 7}')
    assert (answer.status_code, len(thread.runs)) == (422, 1)
    assert "“messages”: no list. What you typed is still there." in read(answer).one(role="alert").text
    assert repeated(client, thread, run).status_code == 200, "what has run is not tried"
    run.asked["input"] = {"messages": [], "loud": True}
    assert repeated(client, thread, run, json='{"messages": [], "loud": 1}').status_code == 422, "1 is not true"
    repeated(client, thread, run, json='{"messages": 7}', untried="1")
    assert len(thread.runs) == 3


def test_a_repetition_of_which_the_start_is_not_known_says_so(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.slow("POST .*/runs$")
    answer = repeated(client, thread, thread.runs[0])
    assert "It is not certain whether the run was started" in read(answer).one(role="alert").text
