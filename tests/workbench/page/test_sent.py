"""The page that tells what Studio sent: every verb is on it, and its code does the same again."""

import asyncio
import json
from collections.abc import Callable

import pytest
from django.test import Client

from studio.deployments import sent
from studio.deployments.sent import journal
from studio.testing import FakeDeployment, FakeRun, FakeThread, FakeTransport, Seen, interrupt, playing
from studio.workbench.page.sent import WORDS
from tests.support.pages import Element, read
from tests.support.repeating import Arrived, listening, need_shell, run_python, run_shell

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
EVIL = "</pre><script>alert(1)</script>\"'\n<img src=x onerror=alert(2)> $(id) `id`"


def url(thread: FakeThread, rest: str = "sent/") -> str:
    return f"/d/local/threads/{thread.id}/{rest}"


def begin(fake: FakeDeployment, thread: FakeThread, text: str = "Work") -> FakeRun:
    """A run that is held."""
    fake.hold()
    given = {"messages": [{"type": "human", "content": text}]}
    return fake.start_run(thread, {"assistant_id": "chat", "input": given, "multitask_strategy": "enqueue"})


def listed(client: Client, place: str) -> list[Element]:
    """The requests on a page, oldest first."""
    return read(client.get(place)).all(tag="li", data_sent=True)[::-1]


def code(client: Client, place: str, entry: Element) -> dict[str, str]:
    """What is shown of a request when it is opened: python, curl, and json where it has a body."""
    page = read(client.get(f"{place}?entry={entry['data-sent']}", headers=HTMX))
    forms = {form["data-form"]: form.one(tag="button")["data-copy"] for form in page.all(data_form=True)}
    shown = {form["data-form"]: "".join(form.one(tag="pre")._texts()) for form in page.all(data_form=True)}
    assert forms == shown, "what is copied is what is shown"
    return forms


def essence(seen: Seen) -> tuple[str, str, str]:
    query = "&".join(f"{name}={value}" for name, value in seen.query.items())
    return Arrived(seen.method, seen.path + f"?{query}" * bool(query), seen.json, {}).essence


def post(client: Client, thread: FakeThread, place: str, **fields: str) -> None:
    assert client.post(url(thread, place), fields).status_code == 303


def send(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    post(client, thread, "send/", assistant="chat", input=EVIL, mode="message")
    return thread


def send_with_options(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    post(
        client,
        thread,
        "send/",
        assistant="chat",
        input='{"messages": "x"}',
        mode="json",
        untried="1",
        recursion_limit="7",
    )
    return thread


def edit(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    message = thread.head.values["messages"][0]["id"]
    fields = {"message": message, "checkpoint": thread.head.id, "text-0": EVIL, "verb": "rerun"}
    assert client.post(url(thread, "edit/"), fields).status_code == 303
    return thread


def fork(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    post(client, thread, "fork/")
    return thread


def rerun(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    place = next(checkpoint for checkpoint in thread.checkpoints if checkpoint.next)
    post(client, thread, "rerun/", checkpoint=place.id)
    return thread


def resume(client: Client, fake: FakeDeployment) -> FakeThread:
    fake.add_graph("asks", {"ask": lambda values: {"answer": interrupt("Sure?")}})
    thread = fake.new_thread({"graph_id": "asks"})
    fake.run(thread, {}, "asks")
    (question,) = thread.head.tasks[0].interrupts
    id = question["id"]
    post(client, thread, "resume/", **{"interrupt": id, f"answer-{id}": EVIL, f"as-{id}": "text", f"kind-{id}": "text"})
    return thread


def go_on(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    run = begin(fake, thread)
    run.advance(4)
    run.stop("interrupted")
    fake.release()
    post(client, thread, "continue/")
    return thread


def cancel(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    post(client, thread, f"runs/{begin(fake, thread).id}/cancel/")
    return thread


def erase(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    post(client, thread, f"runs/{begin(fake, thread).id}/cancel/", erase="1")
    return thread


def delete_run(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    post(client, thread, f"runs/{thread.runs[0].id}/delete/")
    return thread


def repeat(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    given = json.dumps({"messages": EVIL, "n": 2**53 + 1})
    post(client, thread, f"runs/{thread.runs[0].id}/repeat/", json=given, untried="1")
    return thread


def clear(client: Client, fake: FakeDeployment) -> FakeThread:
    thread = fake.add_thread("Hello")
    for _ in range(3):
        begin(fake, thread).advance(1) if not thread.active else begin(fake, thread)
    post(client, thread, "runs/clear/")
    return thread


TRIED = ["http.post", "threads.update_state", "threads.delete"]
"""What trying an edit out sends: a thread is made with the state, written to, and removed."""
VERBS = (
    (send, "Send", ["runs.create"]),
    (send_with_options, "Send", ["runs.create"]),
    (edit, "Edit a message", [*TRIED, "threads.update_state", "runs.create"]),
    (fork, "Fork to new thread", ["threads.copy", "threads.update"]),
    (rerun, "Rerun from here", ["runs.create"]),
    (resume, "Answer and resume", ["runs.create"]),
    (go_on, "Resume", ["runs.create"]),
    (cancel, "Stop a run", ["runs.cancel"]),
    (erase, "Stop a run", ["runs.cancel"]),
    (delete_run, "Delete a run", ["runs.delete"]),
    (repeat, "Run it again", ["runs.create"]),
    (clear, "Clear the queue", ["runs.cancel", "runs.cancel"]),
)


@pytest.mark.parametrize(("verb", "words", "methods"), VERBS, ids=[verb.__name__ for verb, *_ in VERBS])
def test_the_code_of_each_verb_sends_the_same_again(
    verb: Callable[[Client, FakeDeployment], FakeThread],
    words: str,
    methods: list[str],
    client: Client,
    fake_deployment: FakeDeployment,
) -> None:
    thread = verb(client, fake_deployment)
    entries = listed(client, url(thread))
    codes = [code(client, url(thread), entry) for entry in entries]
    changed = [essence(seen) for seen in fake_deployment.requests if sent.changes(seen.method, seen.path)]
    tried = len(TRIED) if methods[: len(TRIED)] == TRIED else 0
    told = ["Try a change"] * tried + [words] * (len(methods) - tried)
    assert [entry.one(class_="verb").text for entry in entries] == told
    for shown, request, method in zip(codes, changed, methods, strict=True):
        assert f"await client.{method}(" in shown["python"]
        again = asyncio.run(run_python(shown["python"], FakeTransport(fake_deployment)))
        assert [arrived.essence for arrived in again.arrived] == [request]
        assert essence(fake_deployment.requests[-1]) == request
    with listening() as (place, arrived):
        for shown in codes:
            run_shell(need_shell("bash"), shown["curl"].replace(fake_deployment.deployment.url, place))
        assert [seen.essence for seen in arrived] == changed


def test_the_code_of_a_new_thread_makes_another(client: Client, fake_deployment: FakeDeployment) -> None:
    made = client.post("/d/local/threads/new/", {"assistant": "chat", "title": EVIL})
    assert made.status_code == 303
    (entry,) = listed(client, "/d/local/sent/")
    assert entry.one(class_="verb").text == "New thread"
    assert journal.of(fake_deployment.deployment)[0].verb == "thread.create"
    before, python = set(fake_deployment.threads), code(client, "/d/local/sent/", entry)["python"]
    assert "await client.threads.create(" in python
    asyncio.run(run_python(python, FakeTransport(fake_deployment)))
    (another,) = fake_deployment.threads.keys() - before
    assert fake_deployment.threads[another].metadata == {"graph_id": "chat", "title": EVIL}


def test_trials_are_folded_away_under_what_came_of_them(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = edit(client, fake_deployment)
    page = read(client.get(url(thread)))
    (trials,) = page.all(class_="trials")
    assert "open" not in trials.all(tag="details")[0].attributes
    assert len(trials.all(data_sent=True)) == len(TRIED)
    assert [entry.one(class_="verb").text for entry in trials.all(data_sent=True)] == ["Try a change"] * len(TRIED)
    assert f"{len(TRIED)} requests" in trials.text
    alone = trials.all(data_sent=True)[0]["data-sent"]
    assert read(client.get(f"{url(thread)}?entry={alone}")).all(class_="trials") == []


def test_trials_of_other_threads_are_others(client: Client, fake_deployment: FakeDeployment) -> None:
    for about in ("one", "one", "other"):
        journal.add(sent.Sent(fake_deployment.deployment, "POST", "/threads", verb=sent.TRIAL, about=about))
    groups = read(client.get("/d/local/sent/")).all(class_="trials")
    assert [len(group.all(data_sent=True)) for group in groups] == [1, 2]
    assert ["open" in group.all(tag="details")[0].attributes for group in groups] == [True, False]


def test_a_page_of_a_thread_tells_of_no_other(client: Client, fake_deployment: FakeDeployment) -> None:
    one, other = send(client, fake_deployment), send(client, fake_deployment)
    assert len(listed(client, url(one))) == 1
    entries = listed(client, "/d/local/sent/")
    assert [entry.one(class_="request").text for entry in entries] == [
        f"POST /threads/{thread.id}/runs" for thread in (one, other)
    ]
    assert client.get(f"{url(one)}?entry={entries[1]['data-sent']}").status_code == 404


def test_nothing_of_another_deployment_is_told(client: Client) -> None:
    mine, other = FakeDeployment("mine"), FakeDeployment("other")
    with playing(mine, other):
        thread = other.add_thread("Hello")
        client.post(f"/d/other/threads/{thread.id}/fork/")
        assert listed(client, "/d/mine/sent/") == []
        assert len(listed(client, "/d/other/sent/")) == 2
        assert client.get("/d/nowhere/sent/").status_code == 404


def test_the_newest_is_open_and_the_others_are_fetched_when_they_are_opened(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fork(client, fake_deployment)
    page = read(client.get(url(thread)))
    newest, before = page.all(tag="li", data_sent=True)
    assert "open" in newest.one(tag="details").attributes
    assert "threads.update(" in newest.one(data_form="python").text
    assert "open" not in before.one(tag="details").attributes
    assert before.all(data_form=True) == []
    there = before.one(class_="code")["hx-get"]
    assert there == before.one(class_="hint")["href"] == f"{url(thread)}?entry={before['data-sent']}"
    alone = read(client.get(there))
    assert [entry["data-sent"] for entry in alone.all(data_sent=True)] == [before["data-sent"]]
    assert "threads.copy(" in alone.one(data_form="python").text
    assert [form["data-form"] for form in alone.all(data_form=True)] == ["python", "curl"]


def test_the_status_of_an_answer_is_told(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail(r"POST /threads/[^/]+/runs", status=409)
    assert client.post(url(thread, "send/"), {"assistant": "chat", "input": "x"}).status_code == 409
    (entry,) = listed(client, url(thread))
    chip = entry.one(class_="chip")
    assert (chip.text, chip["data-status"]) == ("409", "error")


def test_a_deployment_that_does_not_answer_has_a_page_all_the_same(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.refuse("POST /threads/[^/]+/copy")
    client.post(url(thread, "fork/"))
    fake_deployment.faults.refuse()
    (entry,) = listed(client, url(thread))
    assert entry.one(class_="chip").text == "no connection"


def test_an_empty_page_says_what_would_be_on_it(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    assert "Nothing was sent for this thread" in read(client.get(url(thread))).text
    assert "Nothing was sent to this deployment" in read(client.get("/d/local/sent/")).text


def test_what_is_hostile_stays_text(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = send(client, fake_deployment)
    answer = client.get(url(thread))
    assert "<script>alert" not in answer.content.decode()
    assert "<img" not in answer.content.decode()
    assert "</script>alert" not in answer.content.decode()


def test_of_a_large_body_the_beginning_is_shown_and_no_code(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    post(client, thread, "send/", assistant="chat", input="é" * 80_000, mode="message")
    page = read(client.get(url(thread)))
    assert "The body is 156 KB large, and only the beginning of it is kept" in page.text
    assert page.all(data_form=True) == []
    assert "ééé" in page.one(tag="pre").text


def test_no_key_is_on_the_page_and_its_place_is_told(client: Client) -> None:
    key, team = 'lsv2_k"e\\y$e', "the-blue-team"
    fake = FakeDeployment(headers={"x-api-key": key, "X-Team": team})
    with playing(fake):
        thread = fake.add_thread("Hello")
        post(client, thread, "send/", assistant="chat", input=f"My key is {key} of {team}", mode="message")
        (entry,) = listed(client, url(thread))
        shown = code(client, url(thread), entry)
        page = client.get(url(thread)).content.decode() + client.get("/d/local/sent/").content.decode()
    assert "A key of this deployment stood in this request." in page
    assert all(text not in page for text in (key, json.dumps(key)[1:-1], "lsv2_", team))
    assert "My key is <your key> of <your X-Team>" in shown["python"]
    assert "get_client(\n" in shown["python"]
    assert "    api_key='<your key>',\n    headers={'X-Team': '<your X-Team>'},\n" in shown["python"]
    assert "  -H 'x-api-key: <your key>' \\\n  -H 'X-Team: <your X-Team>' \\\n" in shown["curl"]
    assert all("lsv2_" not in repr(one) for one in journal.of(fake.deployment))


def test_the_page_can_be_read_in_read_only_mode(
    client: Client, fake_deployment: FakeDeployment, settings: object
) -> None:
    thread = send(client, fake_deployment)
    settings.STUDIO_READ_ONLY = True  # type: ignore[attr-defined]
    assert len(listed(client, url(thread))) == 1


def test_the_page_of_a_thread_leads_there(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    links = [link for link in read(client.get(url(thread, ""))).all(tag="a") if link.text == "Sent"]
    assert [link["href"] for link in links] == [url(thread)]
    up = read(client.get(url(thread))).one(tag="h1").one(tag="a")
    assert (up["href"], up.text) == (url(thread, ""), "Hello")


@pytest.mark.parametrize("fault", ["refuse", "slow"])
def test_where_the_title_of_a_thread_is_not_told_at_once_its_id_does(
    fault: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    getattr(fake_deployment.faults, fault)("POST /threads/search")
    getattr(fake_deployment.faults, fault)("GET /threads/[^/]+")
    up = read(client.get(url(thread))).one(tag="h1").one(tag="a")
    assert up.text == f"Thread {thread.id[:8]}"


def test_a_verb_that_has_no_words_yet_is_told_by_its_name(client: Client, fake_deployment: FakeDeployment) -> None:
    assert "store.put_item" not in WORDS
    sent.journal.add(sent.Sent(fake_deployment.deployment, "PUT", "/store/items", verb="store.put_item"))
    sent.journal.add(sent.Sent(fake_deployment.deployment, "PUT", "/store/items"))
    named, unnamed = listed(client, "/d/local/sent/")
    assert named.one(class_="verb").text == "store: put item"
    assert unnamed.one(class_="verb").text == "A request"
    assert unnamed.one(class_="chip").text == "no answer yet"
