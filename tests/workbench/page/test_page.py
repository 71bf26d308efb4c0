"""The thread page, through Django's own clients."""

import json

import pytest
from django.test import AsyncClient, Client

from studio.testing import FakeDeployment, FakeThread, interrupt
from tests.support.pages import read

pytestmark = pytest.mark.django_db(transaction=True)


def url(thread: FakeThread, rest: str = "") -> str:
    return f"/d/local/threads/{thread.id}/{rest}"


def test_the_page_shows_history_conversation_and_inspector_of_the_head(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.reply("Nice to meet you.")
    thread = fake_deployment.add_thread("Hello, I'm Lance.")
    page = read(client.get(url(thread)))
    shown = [row["data-checkpoint-id"] for row in page.all(data_checkpoint_id=True)]
    assert shown == [c.id for c in reversed(thread.checkpoints)]
    assert page.one(data_checkpoint_id=True, aria_current="true")["data-checkpoint-id"] == thread.head.id
    messages = page.all(tag="article", data_message_id=True)
    assert [m["data-role"] for m in messages] == ["human", "ai"]
    assert "Nice to meet you." in messages[1].text
    assert "step 1" in messages[1].text
    assert "Nice to meet you." in page.one(id="inspector").text


async def test_the_page_works_under_the_async_client(
    async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    response = await async_client.get(url(thread))
    assert response.status_code == 200
    assert len(read(response).all(data_checkpoint_id=True)) == 3


def test_an_older_checkpoint_is_shown_as_it_was(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("One", "Two")
    thread = fake_deployment.add_thread("First", "Second")
    early = thread.checkpoints[2]
    page = read(client.get(url(thread, f"?checkpoint={early.id}")))
    assert page.one(data_checkpoint_id=True, aria_current="true")["data-checkpoint-id"] == early.id
    assert [m.text for m in page.all(tag="article") if "Two" in m.text] == []
    assert page.one(id="origin").one(name="checkpoint")["value"] == early.id


def test_an_htmx_request_gets_the_parts_and_a_restored_page_the_whole(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    part = client.get(url(thread), headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert read(part).one(id="inspector")["hx-swap-oob"] == "morph"
    whole = client.get(url(thread), headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert b"<html" in whole.content
    assert "HX-Request" in whole.headers["Vary"]


def test_an_empty_thread_says_what_to_do_next(client: Client, fake_deployment: FakeDeployment) -> None:
    page = read(client.get(url(fake_deployment.add_thread())))
    assert "Send a message below" in page.one(id="conversation").text
    assert "No checkpoints yet" in page.one(id="history").text


def test_branches_have_a_switch_to_the_head_of_the_other_one(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("One", "Other")
    thread = fake_deployment.add_thread("Hello")
    first = thread.head
    fake_deployment.run(thread, None, checkpoint={"checkpoint_id": thread.checkpoints[1].id})
    page = read(client.get(url(thread)))
    switch = page.one(tag="article", data_role="ai").one(role="group")
    assert "2/2" in switch.text
    assert switch.one(aria_label="Previous branch")["href"].endswith(f"?checkpoint={first.id}")
    assert "2 branches" in page.one(id="head").text


def test_interrupts_and_errors_are_marked(client: Client, fake_deployment: FakeDeployment) -> None:
    def ask(values: dict[str, object]) -> dict[str, object]:
        return {"answer": interrupt({"question": "Publish anyway?"})}

    def fail(values: dict[str, object]) -> None:
        raise ValueError("no such price")

    fake_deployment.add_graph("asks", {"confirm": ask})
    fake_deployment.add_graph("fails", {"fetch": fail})
    asking, failing = fake_deployment.add_thread(graph_id="asks"), fake_deployment.add_thread(graph_id="fails")
    fake_deployment.run(asking, {}, "asks")
    fake_deployment.run(failing, {}, "fails")
    page = read(client.get(url(asking)))
    assert "interrupt" in page.one(data_checkpoint_id=asking.head.id).text
    assert "Publish anyway?" in page.one(tag="form", class_="ask").text
    page = read(client.get(url(failing)))
    assert "ValueError" in page.one(data_checkpoint_id=failing.head.id).text
    assert "no such price" in page.one(data_task_error=True).text


@pytest.mark.parametrize("tab", ["changes", "state", "tasks", "metadata", "raw", "nonsense"])
def test_every_tab_is_a_page_of_its_own(tab: str, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    for address in (url(thread, f"?tab={tab}"), url(thread, f"inspector/?tab={tab}")):
        assert len(read(client.get(address)).all(id="inspector")) == 1


def test_a_value_opens_level_by_level_and_is_downloaded_exactly(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    big = {"n": 12000000000000000001, "deep": {"a/b": ["x" * 500, None, True]}}
    fake_deployment.grow(thread, 1, {"facts": big})
    at = {"checkpoint": thread.head.id}
    level = client.get(url(thread, "state/"), at | {"path": "/values/facts"}, headers={"HX-Request": "true"})
    assert "12000000000000000001" in read(level).text
    text = client.get(url(thread, "state/"), at | {"path": "/values/facts/deep/a~1b/0"})
    assert "x" * 500 in read(text).text
    exact = client.get(url(thread, "state.json"), at | {"path": "/values/facts"})
    assert json.loads(exact.content) == big
    assert exact.headers["Content-Disposition"].startswith("attachment")
    whole = json.loads(client.get(url(thread, "state.json"), at).content)
    assert whole["checkpoint"]["checkpoint_id"] == thread.head.id
    assert client.get(url(thread, "state/"), at | {"path": "/values/nope"}).status_code == 404
    assert client.get(url(thread, "state.json")).status_code == 404


def test_history_json_is_the_whole_spine(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.grow(thread, 200, {"messages": [{"type": "ai", "content": "more"}]})
    told = client.get(url(thread, "history.json")).json()
    assert told["complete"] is True
    assert told["known"] == len(thread.checkpoints)
    assert [c["checkpoint_id"] for c in told["checkpoints"]] == [c.id for c in reversed(thread.checkpoints)]
    newest, oldest = told["checkpoints"][0], told["checkpoints"][-1]
    assert newest["message_ids"] == [m["id"] for m in thread.head.values["messages"]]
    assert (oldest["parent_checkpoint_id"], oldest["step"], oldest["source"]) == (None, -1, "input")
    assert {c["lane"] for c in told["checkpoints"]} == {0}


def test_a_page_that_is_up_to_date_asks_for_no_history(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    client.get(url(thread))
    fake_deployment.requests.clear()
    client.get(url(thread))
    assert fake_deployment.seen(f"GET /threads/{thread.id}/history") == []
    fake_deployment.grow(thread, 1)
    client.get(url(thread))
    assert [seen.query["limit"] for seen in fake_deployment.seen(f"GET /threads/{thread.id}/history")] == ["5"]


def test_hostile_names_and_contents_are_text(client: Client, fake_deployment: FakeDeployment) -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    thread = fake_deployment.add_thread(evil, metadata={"title": evil})
    fake_deployment.grow(thread, 1, {evil: evil, "messages": [{"type": "ai", "content": evil, "name": evil}]})
    for tab in ("changes", "state", "tasks", "metadata", "raw"):
        body = client.get(url(thread, f"?tab={tab}")).content.decode()
        assert "<script>alert" not in body
        assert "<img src=x" not in body
    assert b"<script>alert" not in client.get("/d/local/threads/").content


def test_what_is_not_messages_is_shown_as_state(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.grow(thread, 1, {"summary": "a short talk", "messages": [{"type": "ai", "content": "Bye"}]})
    page = read(client.get(url(thread)))
    assert "a short talk" in page.one(tag="section", class_="state").text


@pytest.mark.parametrize("values", [["a", "list"], "a text", 7, None])
def test_values_that_are_no_object_do_not_break_the_page(
    values: object, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    thread.head.values = values  # type: ignore[assignment]  # what a functional graph may hold
    for tab in ("changes", "state", "raw"):
        assert client.get(url(thread, f"?tab={tab}")).status_code == 200


def test_a_long_history_is_read_on_while_the_first_screen_is_looked_at(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.grow(thread, 300, {"messages": [{"type": "ai", "content": "more " * 50}]})
    monkeypatch.setattr("studio.index.sync.PAGE_BYTES", 100_000)
    monkeypatch.setattr("studio.workbench.page.page.READ_ON", 200_000)
    page = read(client.get(url(thread)))
    assert "reading older checkpoints: " in page.one(id="history").text
    told = client.get(url(thread, "history.json")).json()
    assert (told["complete"], told["known"]) == (True, len(thread.checkpoints))
    fake_deployment.grow(thread, 1)
    rest = read(client.get(url(thread, "history/"), headers={"HX-Request": "true"})).one(id="history")
    assert ("data-complete" in rest.attributes, rest["data-total"]) == (True, str(len(thread.checkpoints)))


def test_sixty_megabytes_in_one_state_are_shown_in_little(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.grow(thread, 2, {"blob": "x" * 60_000_000})
    for tail in ("", "?tab=state", "?tab=raw"):
        answer = client.get(url(thread, tail))
        assert (answer.status_code, len(answer.content) < 100_000) == (200, True)
    told = client.get(url(thread, "history.json")).json()
    assert (told["complete"], told["known"]) == (True, len(thread.checkpoints))
    exact = client.get(url(thread, f"state.json?checkpoint={thread.head.id}")).content
    assert len(exact) > 60_000_000
