"""What can be done with one message: delete it, put another one beside it, have it said anew."""

import json
import logging
from typing import Any

import pytest
from django.test import AsyncClient, Client, override_settings

from studio.history.writes import REMOVE_ALL
from studio.testing import FakeDeployment, FakeThread, Habits, append, playing
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
HX = {"HX-Request": "true"}
HOSTILE = '"><script>alert(1)</script>{{ 7|add:1 }}'


def said(thread: FakeThread) -> list[str]:
    return [message["content"] for message in thread.head.values["messages"]]


def ids(thread: FakeThread) -> list[str]:
    return [message["id"] for message in thread.head.values["messages"]]


def menu(client: Client, thread: FakeThread, place: int, checkpoint: str = "", channel: str = "messages") -> Element:
    """The menu of the message at this place in the newest state."""
    asked = {"message": ids(thread)[place], "checkpoint": checkpoint or thread.head.id, "channel": channel}
    answer = client.get(f"/d/local/threads/{thread.id}/message/", asked)
    assert answer.status_code == 200
    return read(answer)


def press(client: Client, page: Element, button: str, /, hx: Any = False, **typed: Any) -> Any:
    address, fields = form_of(page, button)
    return client.post(address, fields | typed, follow=not hx, headers=HX if hx else {})


def new(text: str, **more: str) -> dict[str, str]:
    return {"text-new": text, "role": "human", "where": "after", **more}


def verdicts(page: Any) -> str:
    return read(page).one(id="verdicts").text


def alone(fake: FakeDeployment, thread: FakeThread) -> bool:
    """Whether nothing is left of what was tried."""
    return [*fake.threads] == [thread.id]


def test_a_message_is_deleted_in_a_new_checkpoint(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One", "Two")
    head, (first, *rest) = thread.head, ids(thread)
    page = press(client, menu(client, thread, 0), "Delete")
    assert (thread.head.parent_id, thread.head.source, ids(thread)) == (head.id, "update", rest)
    assert fake_deployment.seen(f"POST /threads/{thread.id}/state")[0].json["values"] == {
        "messages": [{"type": "remove", "content": "", "id": first}]
    }
    assert "Saved – messages: as meant." in verdicts(page)
    assert page.redirect_chain[-1][0].endswith(f"?checkpoint={thread.head.id}")
    assert len(fake_deployment.runs) == 2
    assert alone(fake_deployment, thread)


def test_an_older_state_is_written_on_a_branch_of_its_own(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("A", "B")
    thread = fake_deployment.add_thread("One", "Two")
    older = thread.checkpoints[2]
    press(client, menu(client, thread, 1, older.id), "Delete")
    assert (thread.head.parent_id, said(thread)) == (older.id, ["One"])


def test_delete_and_rerun_runs_on_as_the_run_before_was_configured(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.reply("A", "B", "C")
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    for text in ("One", "Two"):
        given = {"messages": [{"type": "human", "content": text}]}
        fake_deployment.run(thread, given, config={"configurable": {"user_id": "u"}})
    asked = thread.checkpoints[4]
    assert (asked.next, len(asked.values["messages"])) == (("conversation",), 3)
    page = press(client, menu(client, thread, 0, asked.id), "Delete and rerun")
    assert said(thread) == ["A", "Two", "C"]
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1].json
    assert sent["config"] == {"configurable": {"user_id": "u"}}
    assert page.redirect_chain[-1][0] == f"/d/local/threads/{thread.id}/"


@pytest.mark.parametrize(("place", "where"), [(0, "before"), (0, "after"), (1, "before"), (2, "after"), (3, "after")])
@pytest.mark.parametrize("role", ["human", "ai", "system"])
def test_a_message_is_put_where_it_was_meant_and_the_others_stay_as_they_are(
    place: int, where: str, role: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One", "Two")
    before = [dict(message) for message in thread.head.values["messages"]]
    page = press(client, menu(client, thread, place), "Insert", **new("Put\r\nin", where=where, role=role))
    at = place + (where == "after")
    now = thread.head.values["messages"]
    assert (now[at]["type"], now[at]["content"]) == (role, "Put\nin")
    assert [*now[:at], *now[at + 1 :]] == before
    assert "messages: as meant" in verdicts(page)
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/state")[0].json["values"]["messages"]
    assert (sent[0].get("id") == REMOVE_ALL, len(sent)) == ((False, 1) if at == 4 else (True, 6))
    assert alone(fake_deployment, thread)


def test_a_message_is_inserted_as_json_with_all_its_fields(client: Client, fake_deployment: FakeDeployment) -> None:
    call = {"id": "c1", "name": "multiply", "args": {"a": 12000000000000000001}, "type": "tool_call"}
    typed = {"type": "ai", "content": [{"type": "hologram", "beam": 7}], "tool_calls": [call], "id": "mine"}
    thread = fake_deployment.add_thread("One")
    press(client, menu(client, thread, 0), "Insert", **new(json.dumps(typed), role="json"))
    assert thread.head.values["messages"][1].items() >= typed.items()


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (new("  "), "There is no message to put in."),
        (new("x", role="tool"), "Choose who says it."),
        (new("x", role=""), "Choose who says it."),
        (new("{x", role="json"), "not valid JSON"),
        (new("[]", role="json"), "a JSON object with a type and a content"),
        (new('{"type": 1, "content": ""}', role="json"), "a JSON object with a type and a content"),
        (new('{"type": "human"}', role="json"), "a JSON object with a type and a content"),
    ],
)
@pytest.mark.parametrize("hx", [False, True], ids=["plain", "htmx"])
def test_what_is_no_message_is_refused_and_kept(
    typed: dict[str, str], problem: str, hx: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One")
    answer = press(client, menu(client, thread, 0), "Insert", hx, **typed)
    assert answer.status_code == 422
    assert problem in read(answer).text
    if hx:
        assert answer["HX-Retarget"] == "find [data-problem]", "the form stays, with what was typed"
    else:
        assert typed["text-new"].strip() in [area.text for area in read(answer).all(tag="textarea")] + [""]
    assert len(thread.checkpoints) == 3


def test_what_a_reducer_that_ignores_ids_makes_of_it_is_told(client: Client) -> None:
    fake = FakeDeployment(habits=Habits(builds=False))
    with playing(fake):
        thread = fake.add_thread("One", "Two")
        fake.reduce_messages(append)
        told = verdicts(press(client, menu(client, thread, 0), "Delete and rerun"))
        assert "added to what was there, instead of taking its place" in told
        assert "Nothing was run, because the state is not what was meant." in told
        assert (len(fake.runs), alone(fake, thread)) == (2, True)


def test_where_it_can_be_tried_such_a_reducer_is_passed_and_that_is_told(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One", "Two")
    fake_deployment.reduce_messages(append)
    rest = ids(thread)[1:]
    assert "as plain objects" in verdicts(press(client, menu(client, thread, 0), "Delete"))
    assert ids(thread) == rest


def test_of_messages_that_are_there_twice_the_last_one_is_meant(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.reduce_messages(append)
    fake_deployment.reply("A")
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    twice = {"type": "human", "content": "x", "id": "twice"}
    fake_deployment.run(thread, {"messages": [twice, {"type": "human", "content": "y"}, twice]})
    press(client, menu(client, thread, 2), "Insert", **new("new"))
    assert said(thread) == ["x", "y", "x", "new", "A"]


def test_regenerate_runs_again_from_before_the_message(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("A", "B", "C")
    thread = fake_deployment.add_thread("One", "Two")
    before = thread.checkpoints[1]
    page = press(client, menu(client, thread, 1), "Regenerate")
    assert said(thread) == ["One", "C"]
    assert fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1].json["checkpoint"] == {
        "checkpoint_id": before.id
    }
    assert "side effects happen anew" in verdicts(page)


@pytest.mark.parametrize("button", ["Regenerate", "Insert and rerun", "Delete and rerun"])
def test_what_is_run_stops_where_the_form_says(button: str, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One", "Two")
    asked = thread.checkpoints[4]
    page = menu(client, thread, 1, thread.head.id if button == "Regenerate" else asked.id)
    press(client, page, button, **(new("x") if "Insert" in button else {}), before="conversation", after=["a", "b"])
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1].json
    assert (sent["interrupt_before"], sent["interrupt_after"]) == (["conversation"], ["a", "b"])


def test_what_nobody_knows_of_a_run_is_told_of_the_run(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = menu(client, thread, 1)
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/runs$", 500)
    told = read(press(client, page, "Regenerate")).one(role="alert").text
    assert "It is not certain whether the run was started: look again first." in told
    assert "written" not in told


@pytest.mark.parametrize("made_by", ["an input", "an edit"])
def test_what_no_node_said_cannot_be_said_anew(made_by: str, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    ai = {"type": "ai", "content": "I was put here", "id": "put"}
    human = {"type": "human", "content": "Hello"}
    if made_by == "an input":
        fake_deployment.run(thread, {"messages": [ai, human]})
    else:
        fake_deployment.run(thread, {"messages": [human]})
        fake_deployment.write(thread, thread.checkpoints[1], {"messages": [ai]}, "__start__")
    count = len(fake_deployment.runs)
    page = menu(client, thread, ids(thread).index("put"))
    answer = press(client, page, "Regenerate")
    assert answer.status_code == 422
    assert "edit it instead" in read(answer).text
    assert len(fake_deployment.runs) == count


def test_the_menu_offers_what_can_be_done_with_a_message(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    human, ai = (menu(client, thread, place).one(class_="messagemenu") for place in (0, 1))
    buttons = [[button.text for button in page.all(tag="button", type="submit")] for page in (human, ai)]
    assert buttons[0] == ["Delete", "Delete and rerun", "Insert", "Insert and rerun"]
    assert buttons[1] == ["Regenerate", *buttons[0]]
    copies = [button["data-copy"] for button in human.all(data_copy=True)]
    assert copies[0] == "One"
    assert json.loads(copies[1]) == thread.head.values["messages"][0]
    link = next(a for a in ai.all(tag="a") if a.text == "Continue from here")
    assert link["href"].endswith(f"/threads/{thread.id}/?checkpoint={thread.checkpoints[2].id}")


def test_the_menu_comes_into_the_page_as_a_part(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    link = page.all(data_more=True)[0]
    part = client.get(link["hx-get"], headers=HX)
    assert "<html" not in part.content.decode()
    assert read(part).all(tag="div")[0]["class"] == "messagemenu"
    assert read(client.get(link["href"])).one(class_="messagemenu")


@pytest.mark.parametrize("button", ["Delete", "Insert", "Regenerate"])
@pytest.mark.parametrize("status", [409, 422, 500])
@pytest.mark.parametrize("hx", [False, True], ids=["plain", "htmx"])
def test_a_deployment_that_refuses_is_told_with_what_was_typed(
    button: str, status: int, hx: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One")
    page = menu(client, thread, 1)
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/(state|runs)$", status, {"detail": "reasons"})
    answer = press(client, page, button, hx, **(new("A long thought") if button == "Insert" else {}))
    assert answer.status_code == (502 if status == 500 else status)
    alert = read(answer).one(role="alert").text
    wrote = button != "Regenerate"
    told = "It is not certain whether" if status == 500 else "Nothing was written" if wrote else "Nothing was started"
    assert told in alert, alert
    if button == "Insert" and not hx:
        assert "A long thought" in [area.text for area in read(answer).all(tag="textarea")]
    assert len(thread.checkpoints) == 3
    assert alone(fake_deployment, thread)


@pytest.mark.parametrize("button", ["Delete", "Insert", "Regenerate"])
def test_a_message_that_is_gone_is_not_found(button: str, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = menu(client, thread, 1)
    thread.remove({thread.head.id})
    typed = new("A long thought") if button == "Insert" else {}
    answer = press(client, page, button, **typed)
    assert answer.status_code == 404
    assert "Nothing was" in read(answer).one(role="alert").text
    assert "A long thought" in read(answer).text or not typed


def test_a_busy_thread_refuses(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = menu(client, thread, 0)
    fake_deployment.hold()
    fake_deployment.start_run(thread, {"assistant_id": "chat", "input": {"messages": []}})
    answer = press(client, page, "Delete", hx=True)
    assert (answer.status_code, answer["HX-Retarget"]) == (409, "#runproblem")
    assert alone(fake_deployment, thread)


def test_a_hostile_message_in_a_hostile_channel_is_shown_and_written_as_it_is(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One")
    hostile = [{"type": "human", "content": HOSTILE, "id": HOSTILE}, {"type": "ai", "content": "x", "id": "x"}]
    fake_deployment.grow(thread, 1, {"<b>odd</b>": hostile})
    asked = {"message": HOSTILE, "checkpoint": thread.head.id, "channel": "<b>odd</b>"}
    answer = client.get(f"/d/local/threads/{thread.id}/message/", asked)
    assert "<script>alert" not in answer.content.decode()
    saved = press(client, read(answer), "Insert", **new(HOSTILE))
    assert "<script>alert" not in saved.content.decode()
    assert [message["content"] for message in thread.head.values["<b>odd</b>"]] == [HOSTILE, HOSTILE, "x"]


def test_htmx_stays_on_the_page(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    answer = press(client, menu(client, thread, 0), "Delete", hx=True)
    assert (answer.status_code, answer["HX-Trigger"]) == (204, "studio:changed")
    where = json.loads(answer["HX-Location"])
    assert where["path"] == f"/d/local/threads/{thread.id}/?checkpoint={thread.head.id}"


def test_read_only_offers_and_does_nothing(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One")
    page = menu(client, thread, 1)
    with override_settings(STUDIO_READ_ONLY=True):
        assert menu(client, thread, 1).one(class_="messagemenu").all(tag="form") == []
        for button, typed in (("Delete", {}), ("Insert", new("x")), ("Regenerate", {})):
            assert press(client, page, button, **typed).status_code == 403
    assert (len(thread.checkpoints), len(fake_deployment.runs), alone(fake_deployment, thread)) == (3, 1, True)
    assert fake_deployment.seen(f"POST /threads/{thread.id}/state") == []


def test_each_verb_is_in_the_audit_with_ids_and_without_contents(
    client: Client, fake_deployment: FakeDeployment, caplog: pytest.LogCaptureFixture
) -> None:
    thread = fake_deployment.add_thread("One")
    (human, ai), page = ids(thread), menu(client, thread, 1)
    with caplog.at_level(logging.INFO, "studio.audit"):
        for button, typed in (("Insert", new("secret")), ("Regenerate", {}), ("Delete", {})):
            press(client, page, button, **typed)
    entries = [json.loads(record.message) for record in caplog.records if record.name == "studio.audit"]
    assert [(entry["verb"], entry["thread_id"], entry.get("message_id")) for entry in entries] == [
        ("message.insert", thread.id, None),
        ("message.regenerate", thread.id, ai),
        ("message.delete", thread.id, ai),
    ]
    assert "secret" not in str(entries)
    assert human not in str(entries)


async def test_the_async_client_gets_the_same(async_client: AsyncClient, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One", "Two")
    asked = {"message": ids(thread)[1], "checkpoint": thread.head.id}
    address, fields = form_of(read(await async_client.get(f"/d/local/threads/{thread.id}/message/", asked)), "Insert")
    answer = await async_client.post(address, fields | new("Put in", where="before"))
    assert (answer.status_code, said(thread)[1]) == (303, "Put in")
    assert alone(fake_deployment, thread)
