"""The page of one run with its events."""

import json
from typing import Any

import pytest
from django.test import Client

from studio.deployments.runs import Event
from studio.live.recorder import recorder
from studio.testing import FakeDeployment, FakeRun, FakeThread
from studio.workbench.running import replay
from studio.workbench.running.runpage import SHOWN
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
EVIL = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing recorded yet, and no test waits for as long as a person may."""
    recorder.clear()
    monkeypatch.setattr(replay, "PATIENCE", 0.1)


def url(thread: FakeThread, rest: str = "") -> str:
    return f"/d/local/threads/{thread.id}/runs/{rest}"


def say(fake: FakeDeployment, thread: FakeThread, text: str, **asked: Any) -> FakeRun:
    given = {"messages": [{"type": "human", "content": text}]}
    return fake.start_run(thread, {"assistant_id": "chat", "input": given, "stream_resumable": True} | asked)


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
    client: Client, fake_deployment: FakeDeployment, settings: Any
) -> None:
    settings.STUDIO_RECORDER_EVENTS = 3
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


# Holding the list


def test_a_list_that_is_held_stands_still_and_counts_what_comes(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    run = say(fake_deployment, thread, "Hello")
    run.advance(1)
    record(run, *({"work": place} for place in range(3)))

    def again(page: Element) -> Element:
        return read(client.get(page.one(id="events")["hx-get"], headers=HTMX))

    def places(page: Element) -> list[str]:
        return [e.one(tag="details")["data-event"] for e in events(page)]

    page = asked_of(client, run)
    assert page.all(class_="came") == []
    pause = page.one(id="hold")
    assert pause.text == "Pause"
    held = read(client.get(pause["hx-get"], headers=HTMX))
    assert held.one(class_="came").text == "0 events came meanwhile"
    record(run, {"work": 3}, {"work": 4})
    held = again(held)
    assert places(held) == ["0", "1", "2"]
    assert held.one(class_="came").text == "2 events came meanwhile"
    go_on = held.one(id="hold")
    assert go_on.text == "Go on"
    assert places(read(client.get(go_on["hx-get"], headers=HTMX))) == ["0", "1", "2", "3", "4"]


def test_a_list_is_held_with_its_filter(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    run = say(fake_deployment, thread, "Hello")
    run.advance(1)
    record(run, {"work": "a"}, {"work": "b"})
    pause = asked_of(client, run, find="b").one(id="hold")
    record(run, {"work": "a"}, {"work": "ab"}, {"work": "b"})
    held = read(client.get(pause["hx-get"], headers=HTMX))
    assert [json.loads(e.one(class_="peek").text) for e in events(held)] == [{"work": "b"}]
    assert held.one(class_="came").text == "2 events came meanwhile"


def test_a_held_list_lets_go_when_the_run_is_over(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("one two three")
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    run = say(fake_deployment, thread, "Hello")
    run.advance(2)
    pause = asked_of(client, run).one(id="hold")
    fake_deployment.release()
    page = read(client.get(pause["hx-get"], headers=HTMX))
    assert len(events(page)) == len(run.events)
    assert page.all(id="hold") == page.all(class_="came") == []


# What is not there


@pytest.mark.parametrize("rest", ["", "events/", "events/?place=0", "replay/"])
def test_a_run_that_is_not_there_is_not_found(rest: str, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    assert client.get(url(thread, f"gone/{rest}")).status_code == 404
    fake_deployment.faults.refuse()
    assert client.get(url(thread, f"{thread.runs[0].id}/{rest}")).status_code == 502
