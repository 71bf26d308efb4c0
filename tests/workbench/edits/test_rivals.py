"""Two people at the same message or state: the second one is told, keeps what was typed, and chooses."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.test import AsyncClient, Client

from studio.testing import FakeDeployment, FakeThread
from studio.workbench.edits.rivalry import still_that_message
from studio.workbench.edits.writing import put
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
HX = {"HX-Request": "true"}
OTHER = "Somebody else edited this message meanwhile."
MINE = "Save mine on a branch of its own"


def form(client: Client, thread: FakeThread, place: int = 0) -> Element:
    """The form of the message at this place in the newest state."""
    asked = {"message": thread.head.values["messages"][place]["id"], "checkpoint": thread.head.id}
    return read(client.get(f"/d/local/threads/{thread.id}/edit/", asked))


def menu(client: Client, thread: FakeThread, place: int = 0) -> Element:
    asked = {"message": thread.head.values["messages"][place]["id"], "checkpoint": thread.head.id}
    return read(client.get(f"/d/local/threads/{thread.id}/message/", asked))


def press(client: Client, page: Element, button: str, hx: Any = False, **typed: str) -> Any:
    address, fields = form_of(page, button)
    return client.post(address, fields | typed, follow=not hx, headers=HX if hx else {})


def theirs(fake: FakeDeployment, thread: FakeThread, text: str = "Theirs", place: int = 0) -> None:
    """Somebody else edits a message where it came in."""
    message = thread.checkpoints[-1].values["messages"][place]
    origin = next(c for c in thread.checkpoints if message in c.values.get("messages", []))
    fake.write(thread, origin, {"messages": [{**message, "content": text}]}, None)


@pytest.mark.parametrize("hx", [False, True], ids=["plain", "htmx"])
def test_the_second_editor_is_told_and_nothing_is_written(
    hx: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One")
    page = form(client, thread)
    theirs(fake_deployment, thread)
    count = len(thread.checkpoints)
    answer = press(client, page, "Save only", hx, **{"text-0": "Mine"})
    assert (answer.status_code, len(thread.checkpoints)) == (409, count)
    told = read(answer).one(role="alert")
    assert OTHER in told.text
    assert "Nothing was written, and what you typed is still here." in told.text
    assert told.one(tag="a")["href"].endswith(f"?checkpoint={thread.head.id}")
    assert told.one(tag="textarea").text == "Theirs"
    assert form_of(read(answer), "Save only")[1]["text-0"] == "Mine"


async def test_of_several_editors_at_the_same_moment_one_is_first_and_the_others_are_told(
    async_client: AsyncClient, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[None] = []

    async def look(*asked: Any) -> None:
        await still_that_message(*asked)
        looks.append(None)

    async def put_late(*written: Any) -> Any:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                while len(looks) < 4:  # noqa: ASYNC110 – with nobody in between this time passes
                    await asyncio.sleep(0.01)
        return await put(*written)

    monkeypatch.setattr("studio.workbench.edits.editing.still_that_message", look)
    monkeypatch.setattr("studio.workbench.edits.editing.put", put_late)
    thread = fake_deployment.add_thread("One")
    asked = {"message": thread.head.values["messages"][0]["id"], "checkpoint": thread.head.id}
    page = read(await async_client.get(f"/d/local/threads/{thread.id}/edit/", asked))
    address, fields = form_of(page, "Save only")
    wishes = [async_client.post(address, fields | {"text-0": f"Wish {number}"}) for number in range(4)]
    answers = await asyncio.gather(*wishes)
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    (first,) = [number for number, answer in enumerate(answers) if answer.status_code == 303]
    (made,) = [c for c in thread.checkpoints if c.source == "update"]
    assert made.values["messages"][0]["content"] == f"Wish {first}"


@pytest.mark.parametrize("verb", ["Save only", "Save and rerun"])
def test_mine_is_saved_on_a_branch_of_its_own_by_the_verb_that_was_asked_for(
    verb: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One")
    page, runs = form(client, thread), len(fake_deployment.runs)
    theirs(fake_deployment, thread)
    other = thread.head
    told = read(press(client, page, verb, **{"text-0": "Mine"}))
    again = press(client, told, verb)
    assert again.status_code == 409, "the verb alone confirms nothing"
    saved = press(client, read(again), MINE)
    assert "Replaced under its own id" in read(saved).one(id="verdicts").text
    mine = [c for c in thread.checkpoints if c.source == "update"][-1]
    assert (mine.parent_id, mine.values["messages"][0]["content"]) == (other.parent_id, "Mine")
    assert other.values["messages"][0]["content"] == "Theirs"
    assert len(fake_deployment.runs) == runs + (verb == "Save and rerun")


@pytest.mark.parametrize("button", ["Save only", "Delete", "Insert"])
def test_an_edit_while_mine_was_tried_out_is_told_before_anything_is_written(
    button: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One")
    page = form(client, thread) if button == "Save only" else menu(client, thread)
    during_the_trial(fake_deployment, lambda: theirs(fake_deployment, thread))
    answer = press(client, page, button, **{"text-0": "Mine", "text-new": "Mine"})
    assert answer.status_code == 409
    assert (OTHER in read(answer).text, "Theirs" in read(answer).text) == (True, True)
    assert [c.values["messages"][0]["content"] for c in thread.checkpoints if c.source == "update"] == ["Theirs"]


def during_the_trial(fake: FakeDeployment, happens: Callable[[], None]) -> None:
    """Let this happen once what was tried is about to be removed."""
    waiting = [happens]

    def strike() -> bool:
        if waiting:
            waiting.pop()()
        return False

    fake.faults.fail("DELETE /threads/", 500, chosen=strike)


def test_a_third_edit_after_the_second_was_shown_is_told_too(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = form(client, thread)
    theirs(fake_deployment, thread)
    told = read(press(client, page, "Save only", **{"text-0": "Mine"}))
    theirs(fake_deployment, thread, "A third one's")
    answer = press(client, told, MINE)
    assert answer.status_code == 409
    assert "A third one's" in read(answer).one(role="alert").text
    assert press(client, read(answer), MINE).status_code == 200


def test_a_run_that_went_on_is_no_rival(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = form(client, thread)
    fake_deployment.run(thread, {"messages": [{"type": "human", "content": "Two"}]})
    assert press(client, page, "Save only", **{"text-0": "Mine"}).status_code == 200


def test_an_edit_of_another_message_is_no_rival(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = form(client, thread)
    theirs(fake_deployment, thread, "Else", place=1)
    assert press(client, page, "Save only", **{"text-0": "Mine"}).status_code == 200


def test_what_was_there_when_the_form_was_opened_is_no_rival(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    before = thread.head
    theirs(fake_deployment, thread)
    client.get(f"/d/local/threads/{thread.id}/")
    asked = {"message": before.values["messages"][0]["id"], "checkpoint": before.id}
    page = read(client.get(f"/d/local/threads/{thread.id}/edit/", asked))
    assert press(client, page, "Save only", **{"text-0": "Mine"}).status_code == 200


def test_an_edit_that_changes_nothing_that_a_person_would_see_is_no_rival(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One")
    page = form(client, thread)
    message = thread.head.values["messages"][0]
    fake_deployment.write(thread, thread.head, {"messages": [{**message, "name": None, "example": True}]}, None)
    assert press(client, page, "Save only", **{"text-0": "Mine"}).status_code == 200


def test_a_message_that_somebody_removed_is_told(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = form(client, thread)
    gone = {"type": "remove", "content": "", "id": thread.head.values["messages"][0]["id"]}
    fake_deployment.write(thread, thread.head, {"messages": [gone]}, None)
    answer = press(client, page, "Save only", **{"text-0": "Mine"})
    assert answer.status_code == 409
    assert "They removed it." in read(answer).one(role="alert").text


def test_an_edit_that_cannot_be_read_is_told_all_the_same(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = form(client, thread)
    theirs(fake_deployment, thread)
    fake_deployment.faults.fail(f"GET /threads/{thread.id}/state/{thread.head.id}", 503)
    answer = press(client, page, "Save only", **{"text-0": "Mine"})
    assert (answer.status_code, "They removed it." in read(answer).text) == (409, False)


def test_where_the_history_cannot_be_read_the_edit_is_written(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = form(client, thread)
    fake_deployment.faults.fail(f"/threads/{thread.id}/history", 503)
    assert press(client, page, "Save only", **{"text-0": "Mine"}).redirect_chain


@pytest.mark.parametrize("hx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize("verb", ["Delete", "Delete and rerun"])
def test_a_message_that_was_edited_meanwhile_is_not_deleted_unasked(
    verb: str, hx: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One")
    page, here = menu(client, thread), thread.head
    theirs(fake_deployment, thread)
    count = len(thread.checkpoints)
    answer = press(client, page, verb, hx)
    assert (answer.status_code, len(thread.checkpoints)) == (409, count)
    told = read(answer).one(role="alert")
    assert OTHER in told.text
    assert "Theirs" in told.text
    button = "Delete it all the same" + ", and rerun" * (verb == "Delete and rerun")
    press(client, read(answer), button)
    made = next(c for c in thread.checkpoints if c.parent_id == here.id)
    assert [message["content"] for message in made.values["messages"]] == [here.values["messages"][1]["content"]]


@pytest.mark.parametrize("hx", [False, True], ids=["plain", "htmx"])
@pytest.mark.parametrize("verb", ["Insert", "Insert and rerun"])
def test_nothing_is_put_beside_a_message_that_was_edited_meanwhile_unasked(
    verb: str, hx: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One")
    page, here = menu(client, thread), thread.head
    theirs(fake_deployment, thread)
    count = len(thread.checkpoints)
    typed = {"text-new": "Put\nin", "role": "system", "where": "before"}
    answer = press(client, page, verb, hx, **typed)
    assert (answer.status_code, len(thread.checkpoints)) == (409, count)
    told = read(answer).one(role="alert")
    assert (OTHER in told.text, told.one(tag="textarea", readonly=True).text) == (True, "Theirs")
    button = "Insert it all the same" + ", and rerun" * (verb == "Insert and rerun")
    assert form_of(read(answer), button)[1].items() >= typed.items()
    press(client, read(answer), button)
    made = next(c for c in thread.checkpoints if c.parent_id == here.id)
    put, first, *_ = made.values["messages"]
    assert (put["type"], put["content"], first["content"]) == ("system", "Put\nin", "One")


def state_form(client: Client, thread: FakeThread) -> Element:
    return read(client.get(f"/d/local/threads/{thread.id}/state/edit/", {"checkpoint": thread.head.id}))


def typed(page: Element, button: str, value: Any) -> tuple[str, dict[str, str]]:
    address, fields = form_of(page, button)
    return address, fields | {"channel-n": json.dumps(value), "as-n": "json"}


def counting(fake: FakeDeployment) -> FakeThread:
    nodes: Any = {"work": lambda known: {"n": 1}, "rest": lambda known: {"rested": True}}
    fake.add_graph("counting", nodes)
    thread = fake.new_thread({"graph_id": "counting"})
    fake.run(thread, {"n": 0}, "counting")
    return thread


@pytest.mark.parametrize("hx", [False, True], ids=["plain", "htmx"])
def test_of_a_state_that_was_edited_meanwhile_the_second_editor_is_told(
    hx: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = counting(fake_deployment)
    page, here = state_form(client, thread), thread.head
    fake_deployment.write(thread, here, {"n": 7}, "rest")
    other = thread.head
    address, fields = typed(page, "Save only", 8)
    answer = client.post(address, fields, headers=HX if hx else {})
    assert (answer.status_code, thread.head) == (409, other)
    told = read(answer)
    assert "Somebody else edited this state meanwhile." in told.one(role="alert").text
    assert "Nothing was written, and what you typed is still here." in told.text
    assert any(link["href"].endswith(f"?checkpoint={other.id}&tab=changes") for link in told.all(tag="a"))
    address, fields = form_of(told, MINE)
    client.post(address, fields)
    assert (thread.head.values["n"], thread.head.parent_id) == (8, here.id)


def test_a_run_from_the_state_or_an_edit_elsewhere_is_no_rival_of_its_editor(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = counting(fake_deployment)
    page = state_form(client, thread)
    fake_deployment.write(thread, thread.checkpoints[1], {"n": 7}, "work")
    fake_deployment.run(thread, {"n": 3}, "counting")
    address, fields = typed(page, "Save only", 8)
    assert client.post(address, fields).status_code == 303


def test_a_preview_does_not_forget_when_the_form_was_opened(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = counting(fake_deployment)
    page, here = state_form(client, thread), thread.head
    fake_deployment.write(thread, here, {"n": 7}, "rest")
    address, fields = typed(page, "Preview", 8)
    seen = read(client.post(address, fields))
    assert press(client, seen, "Save only").status_code == 409


async def test_the_async_client_is_told_the_same(async_client: AsyncClient, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    asked = {"message": thread.head.values["messages"][0]["id"], "checkpoint": thread.head.id}
    page = read(await async_client.get(f"/d/local/threads/{thread.id}/edit/", asked))
    theirs(fake_deployment, thread)
    address, fields = form_of(page, "Save only")
    answer = await async_client.post(address, fields | {"text-0": "Mine"})
    assert answer.status_code == 409
    address, fields = form_of(read(answer), MINE)
    assert (await async_client.post(address, fields)).status_code == 303
    assert thread.head.values["messages"][0]["content"] == "Mine"
