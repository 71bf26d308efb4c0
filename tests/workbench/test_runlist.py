"""The runs of a thread, and the page of one run with its events."""

import json
from typing import Any

import pytest
from django.test import Client

from studio.deployments.runs import Event
from studio.live import recorder as recording
from studio.live.recorder import recorder
from studio.testing import FakeDeployment, FakeRun, FakeThread, Habits, interrupt
from studio.workbench import runlist
from studio.workbench.runlist import LISTED, SHOWN
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing recorded yet, and no test waits for as long as a person may."""
    recorder.recordings.clear()
    recorder.size = 0
    monkeypatch.setattr(runlist, "PATIENCE", 0.1)


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
    assert (cells(page, failed)["status"], cells(page, failed)["input"]) == ("error", "And then?")
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
    assert cells(page, asking)["status"] == "success"
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


# One run and its events


def events(page: Element) -> list[Element]:
    return page.one(id="events").all(tag="li", data_mode=True)


def asked_of(client: Client, run: FakeRun, **asked: Any) -> Element:
    answer = client.get(f"/d/local/threads/{run.thread_id}/runs/{run.id}/", asked)
    assert answer.status_code == 200
    return read(answer)


def record(run: FakeRun, *data: Any, mode: str = "updates", namespace: tuple[str, ...] = ()) -> None:
    for place, one in enumerate(data):
        recorder.add("local", run.id, Event(f"{mode}-{place}", mode, one, namespace))
    if not run.active:
        recorder.end("local", run.id)


def test_the_events_that_the_deployment_replays_are_shown(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("one two")
    run = fake_deployment.add_thread("Hello").runs[0]
    page = asked_of(client, run)
    assert [e["data-mode"] for e in events(page)] == ["metadata", "messages", "messages", "updates"]
    assert "4 events" in page.one(id="events").text
    assert run.status in page.one(class_="chip", data_run_id=run.id).text


def test_the_events_of_a_recorded_run_are_shown_without_the_deployment(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    run = fake_deployment.add_thread("Hello").runs[0]
    run.asked["stream_resumable"] = False
    record(run, {"node": "a"}, {"node": "b"})
    assert [json.loads(e.one(class_="peek").text)["node"] for e in events(asked_of(client, run))] == ["a", "b"]
    assert fake_deployment.seen(f"GET /threads/{run.thread_id}/runs/{run.id}/stream") == []


def test_the_events_that_nobody_kept_are_said_to_be_gone(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    run = fake_deployment.run(thread, {"messages": []}, stream_resumable=False)
    page = asked_of(client, run)
    assert events(page) == []
    assert "The deployment keeps no events of this run" in page.one(id="events").text


def test_a_recording_that_broke_off_is_completed_by_the_deployment(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.reply("one two three four")
    run = fake_deployment.add_thread("Hello").runs[0]
    for event in run.events[:2]:  # then the page that watched was closed
        recorder.add("local", run.id, Event(event.id, event.name, event.data), first=event is run.events[0])
    assert len(events(asked_of(client, run))) == len(run.events) == 6


def test_an_active_run_shows_what_it_sent_so_far_and_looks_again(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.reply("one two three")
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    run = say(fake_deployment, thread, "Hello")
    run.advance(3)
    page = asked_of(client, run, mode="messages")
    assert "2 events so far" in page.one(id="events").text
    assert page.one(id="events")["hx-get"].endswith(f"/runs/{run.id}/?mode=messages")
    fake_deployment.release()
    page = asked_of(client, run, mode="messages")
    assert len(events(page)) == 3
    assert "hx-get" not in page.one(id="events").attributes


def test_events_are_filtered_by_mode_node_and_text(client: Client, fake_deployment: FakeDeployment) -> None:
    run = fake_deployment.add_thread("Hello").runs[0]
    record(run, {"plan": {"text": "To Kyōto"}}, {"book": {"text": "A flight"}})
    record(run, {"text": "booking"}, mode="custom", namespace=("book:1", "pay:2"))

    def found(**asked: str) -> list[str]:
        return [e.one(tag="details")["data-event"] for e in events(asked_of(client, run, **asked))]

    assert found() == ["0", "1", "2"]
    assert found(mode="custom") == ["2"]
    assert found(node="book") == ["1", "2"]
    assert found(node="pay") == ["2"]
    assert found(find="kyōTO") == ["0"]
    assert found(mode="updates", node="book", find="flight") == ["1"]
    page = asked_of(client, run, mode="updates", node="nowhere", find='"><b>')
    assert "No event fits this filter." in page.one(id="events").text
    chosen = page.one(class_="filter")
    assert [o.text for o in chosen.all(tag="option")] == ["every mode", "custom", "updates"]
    assert chosen.one(tag="option", selected=True).text == "updates"
    assert (chosen.one(name="node")["value"], chosen.one(name="find")["value"]) == ("nowhere", '"><b>')


def test_many_events_come_page_by_page_with_their_filter(client: Client, fake_deployment: FakeDeployment) -> None:
    run = fake_deployment.add_thread("Hello").runs[0]
    record(run, *({"work": place} for place in range(2 * SHOWN + 10)))

    def places(page: Element) -> list[int]:
        return [int(e.one(tag="details")["data-event"]) for e in events(page)]

    def follow(page: Element, words: str) -> Element:
        link = next(a for a in page.one(id="events").all(tag="a") if a.text == words)
        return read(client.get(f"/d/local/threads/{run.thread_id}/runs/{run.id}/{link['href']}"))

    first = asked_of(client, run, node="work")
    assert places(first) == list(range(SHOWN))
    assert "earlier" not in first.one(id="events").text
    last = follow(follow(first, "later"), "later")
    assert places(last) == list(range(2 * SHOWN, 2 * SHOWN + 10))
    assert last.one(class_="filter").one(name="node")["value"] == "work"
    assert "later" not in [a.text for a in last.one(id="events").all(tag="a")]
    assert places(follow(last, "earlier")) == list(range(SHOWN, 2 * SHOWN))


def test_whoever_reads_earlier_events_of_an_active_run_is_left_there(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    run = say(fake_deployment, thread, "Hello")
    run.advance(1)
    record(run, *({"work": place} for place in range(SHOWN + 10)))
    newest = asked_of(client, run)
    assert events(newest)[-1].one(tag="details")["data-event"] == str(SHOWN + 9)
    earlier = asked_of(client, run, **{"from": "0"})
    assert events(earlier)[0].one(tag="details")["data-event"] == "0"
    again = earlier.one(id="events").attributes.get("hx-get")
    if again:
        assert events(read(client.get(again, headers=HTMX)))[0].one(tag="details")["data-event"] == "0"


def test_the_data_of_an_event_comes_when_it_is_asked_for(client: Client, fake_deployment: FakeDeployment) -> None:
    run = fake_deployment.add_thread("Hello").runs[0]
    record(run, {"text": "short"}, {"text": "long " * 200})
    page = asked_of(client, run)
    assert "long " * 100 not in page.text
    wanted = events(page)[1].one(hx_get=True)["hx-get"]
    part = client.get(wanted, headers=HTMX)
    assert b"<html" not in part.content
    assert json.loads(read(part).one(tag="pre").text) == {"text": " ".join(["long"] * 200) + " "}
    assert client.get(wanted.replace("place=1", "place=7")).status_code == 404


def test_the_events_are_downloaded_line_by_line_as_filtered(client: Client, fake_deployment: FakeDeployment) -> None:
    run = fake_deployment.add_thread("Hello").runs[0]
    record(run, {"text": "two\nlines"}, {"text": "ü"})
    record(run, [1, None], mode="custom", namespace=("inner:1",))
    page = asked_of(client, run, mode="updates")
    answer = client.get(page.one(tag="a", download=True)["href"])
    assert answer.headers["Content-Disposition"] == f'attachment; filename="run-{run.id}.jsonl"'
    assert [json.loads(line)["data"] for line in answer.content.decode().splitlines()] == [
        {"text": "two\nlines"},
        {"text": "ü"},
    ]
    everything = client.get(f"/d/local/threads/{run.thread_id}/runs/{run.id}/events/").content.decode().splitlines()
    last = json.loads(everything[2])
    assert (last["mode"], last["namespace"], last["id"], last["data"]) == ("custom", ["inner:1"], "custom-0", [1, None])
    assert last.keys() == {"at", "mode", "namespace", "id", "data"}


def test_events_that_were_dropped_for_their_number_are_told(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "EVENTS_KEPT", 3)
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    run = say(fake_deployment, thread, "Hello")
    run.advance(1)
    record(run, *({"work": place} for place in range(5)))
    page = asked_of(client, run)
    assert "the first 2 are not kept any more" in page.one(id="events").text
    assert [e.one(tag="details")["data-event"] for e in events(page)] == ["2", "3", "4"]
    wanted = events(page)[0].one(hx_get=True)["hx-get"]
    assert '"work": 2' in read(client.get(wanted)).one(tag="pre").text


def test_what_a_run_was_asked_and_how_is_told(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    how: Any = {
        "stream_mode": ["updates", "debug"],
        "multitask_strategy": "enqueue",
        "interrupt_before": ["tools"],
        "interrupt_after": "*",
        "config": {"configurable": {"depth": 3}},
    }
    run = say(fake_deployment, thread, "Hello", **how)
    page = asked_of(client, run)
    facts = page.one(class_="asked").one(class_="facts")
    told = dict(zip((t.text for t in facts.all(tag="dt")), (d.text for d in facts.all(tag="dd")), strict=True))
    assert told == {
        "streams": "updates, debug",
        "if busy": "enqueue",
        "breaks before": "tools",
        "breaks after": "*",
    }
    assert '"depth": 3' in page.one(class_="asked").one(tag="details").text
    assert json.loads("".join(map(str, page.one(id="again").children))) == run.asked["input"]


def test_hostile_inputs_nodes_and_events_are_text(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_graph(EVIL, {EVIL.replace("/", ""): lambda values: {EVIL: EVIL}})
    thread = fake_deployment.add_thread(graph_id=EVIL)
    run = fake_deployment.run(
        thread, {EVIL: "</textarea>" + EVIL}, EVIL, interrupt_before=[EVIL], config={"tags": [EVIL]}, stream_mode=[EVIL]
    )
    record(run, {EVIL: EVIL}, mode=EVIL, namespace=(EVIL,))
    base = f"/d/local/threads/{thread.id}/runs/{run.id}/"
    for rest in ("", "?mode=" + "%3Cscript%3Ealert(1)", "events/?place=0"):
        body = client.get(base + rest).content
        assert b"<script>alert" not in body
        assert b"<img src=x" not in body
        assert b"</textarea></pre>" not in body


@pytest.mark.parametrize("rest", ["", "events/", "events/?place=0"])
def test_a_run_that_is_not_there_is_not_found(rest: str, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    assert client.get(url(thread, f"gone/{rest}")).status_code == 404
    fake_deployment.faults.refuse()
    assert client.get(url(thread, f"{thread.runs[0].id}/{rest}")).status_code == 502
