"""Editing a message by id: what is written, where, and what the page says of it."""

import json
from typing import Any

import pytest
from django.test import Client

from studio.testing import FakeDeployment, FakeThread, add_messages, append, drop
from studio.testing.reducers import replace
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
RICH: dict[str, Any] = {
    "type": "human",
    "id": "rich",
    "name": "Lance",
    "content": [
        {"type": "text", "text": "What is this?", "cache_control": {"type": "ephemeral"}},
        {"type": "image", "base64": "AAAA", "mime_type": "image/png"},
        {"type": "hologram", "beam": 7},
    ],
    "additional_kwargs": {"order": 12000000000000000001},
    "unknown_field": {"kept": True},
}


def form(client: Client, thread: FakeThread, message: str, checkpoint: str | None = None) -> Element:
    """The edit form of a message at a checkpoint (default: the head)."""
    asked = {"message": message, "checkpoint": checkpoint or thread.head.id, "channel": "messages"}
    return read(client.get(f"/d/local/threads/{thread.id}/edit/", asked))


def press(client: Client, page: Element, button: str, **typed: str) -> Any:
    address, fields = form_of(page, button)
    return client.post(address, fields | typed, follow=True)


def human(thread: FakeThread) -> str:
    return str(thread.head.values["messages"][0]["id"])


def test_the_edit_is_written_where_the_message_came_in(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("One", "Two")
    thread = fake_deployment.add_thread("First", "Second")
    id, origin = human(thread), thread.checkpoints[1]
    page = press(client, form(client, thread, id), "Save only", **{"text-0": "Changed"})
    made = thread.head
    assert (made.parent_id, made.source) == (origin.id, "update")
    assert [(m["id"], m["content"]) for m in made.values["messages"]] == [(id, "Changed")]
    assert page.redirect_chain[-1][0].endswith(f"?checkpoint={made.id}")
    assert "Replaced under its own id, nothing else changed." in read(page).one(id="verdicts").text


def test_the_edit_can_be_written_to_the_checkpoint_on_show_which_keeps_what_followed(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("First", "Second")
    head, id = thread.head, human(thread)
    press(client, form(client, thread, id), "Save only", where="selected", **{"text-0": "Changed"})
    assert thread.head.parent_id == head.id
    assert len(thread.head.values["messages"]) == 4
    assert thread.head.values["messages"][0]["content"] == "Changed"


def test_save_and_rerun_starts_a_run_from_the_new_checkpoint_as_the_old_one_was_configured(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    said = {"messages": [{"type": "human", "content": "Hello"}]}
    fake_deployment.run(thread, said, config={"configurable": {"user_id": "Test"}})
    page = press(client, form(client, thread, human(thread)), "Save and rerun", **{"text-0": "Goodbye"})
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1].json
    update = next(c for c in thread.checkpoints if c.source == "update")
    assert sent["checkpoint"] == {"checkpoint_id": update.id}
    assert "input" not in sent
    assert sent["config"] == {"configurable": {"user_id": "Test"}}
    assert (sent["multitask_strategy"], sent["stream_resumable"]) == ("reject", True)
    assert thread.head.parent_id == update.id
    assert page.redirect_chain[-1][0] == f"/d/local/threads/{thread.id}/"
    assert len(read(page).all(data_checkpoint_id=True)) == 5


def test_only_the_text_that_was_edited_changes(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.run(thread, {"messages": [RICH]})
    before = next(m for m in thread.head.values["messages"] if m["id"] == "rich")
    press(client, form(client, thread, "rich"), "Save only", **{"text-0": "And\r\nthis?"})
    after = next(m for m in thread.head.values["messages"] if m["id"] == "rich")
    assert after["content"][0] == before["content"][0] | {"text": "And\nthis?"}
    assert after["content"][1:] == before["content"][1:]
    assert {k: v for k, v in after.items() if k != "content"} == {k: v for k, v in before.items() if k != "content"}


def test_a_message_is_edited_as_json_too(client: Client, fake_deployment: FakeDeployment) -> None:
    call = {"id": "c1", "name": "multiply", "args": {"a": 6, "b": 7}, "type": "tool_call"}
    fake_deployment.reply({"type": "ai", "id": "calls", "content": "", "tool_calls": [call]})
    thread = fake_deployment.add_thread("Multiply")
    page = form(client, thread, "calls")
    typed = json.loads(form_of(page, "Save only")[1]["json"])
    typed["tool_calls"][0]["args"]["b"] = 8
    press(client, page, "Save only", **{"as": "json", "json": json.dumps(typed)})
    assert thread.head.values["messages"][-1]["tool_calls"][0]["args"] == {"a": 6, "b": 8}


CALLED: dict[str, Any] = {
    "type": "ai",
    "id": "calls",
    "content": [{"type": "text", "text": "So:"}, {"type": "hologram", "beam": 7}],
    "tool_calls": [
        {"id": "c1", "name": "<b>multiply</b>", "args": {"a": 12000000000000000001}, "type": "tool_call"},
        {"id": "c2", "name": "add", "args": {"b": 1}, "type": "tool_call"},
    ],
}


def test_the_arguments_of_a_tool_call_are_edited_in_a_field_of_their_own(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.reply(CALLED)
    thread = fake_deployment.add_thread("Multiply")
    page = form(client, thread, "calls")
    assert [field.text for field in page.all(class_="callargs")][1].startswith("add")
    before = dict(thread.head.values["messages"][-1])
    press(client, page, "Save only", **{"call-1": '{\r\n "b": 2\r\n}'})
    now = thread.head.values["messages"][-1]
    assert [call["args"] for call in now["tool_calls"]] == [{"a": 12000000000000000001}, {"b": 2}]
    assert {**now, "tool_calls": None} == {**before, "tool_calls": None}


def test_arguments_that_are_no_json_say_so_beside_their_field_with_the_line(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.reply(CALLED)
    thread = fake_deployment.add_thread("Multiply")
    count = len(thread.checkpoints)
    answer = press(client, form(client, thread, "calls"), "Save only", **{"call-0": "{", "call-1": '{"b": 2}'})
    page = read(answer)
    assert (answer.status_code, len(thread.checkpoints)) == (422, count)
    assert "what you typed is still here" in page.one(role="alert").text
    wrong = page.one(name="call-0")
    assert "line 1, column 2" in page.one(id=wrong["aria-describedby"]).text
    assert "aria-invalid" not in page.one(name="call-1").attributes
    fields = form_of(page, "Save only")[1]
    assert (fields["call-0"], fields["call-1"]) == ("{", '{"b": 2}')
    assert "<b>multiply" not in answer.content.decode()


def test_what_was_typed_for_a_call_is_given_back_when_the_message_is_gone(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.reply(CALLED)
    thread = fake_deployment.add_thread("Multiply")
    page = form(client, thread, "calls")
    del fake_deployment.threads[thread.id]
    answer = read(press(client, page, "Save only", **{"call-1": '{"b": "a long thought"}'}))
    assert any("a long thought" in area.text for area in answer.all(tag="textarea"))


def test_a_rerun_stops_where_the_form_says(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    press(client, form(client, thread, human(thread)), "Save and rerun", before="conversation", **{"text-0": "Bye"})
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/runs")[-1].json
    assert (sent["interrupt_before"], sent.get("interrupt_after")) == (["conversation"], None)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ('{"id": "x"', "not valid JSON"),
        ("[1]", "has to be a JSON object"),
        ('{"id": "another", "type": "human"}', "The id must stay"),
        ('{"id": "rich", "type": "ai", "content": ""}', "The type must stay"),
    ],
)
def test_json_that_cannot_be_meant_is_refused_and_kept(
    typed: str, problem: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.run(thread, {"messages": [RICH]})
    count = len(thread.checkpoints)
    answer = press(client, form(client, thread, "rich"), "Save only", **{"as": "json", "json": typed})
    assert answer.status_code == 422
    assert problem in read(answer).one(role="alert").text
    assert form_of(read(answer), "Save only")[1]["json"] == typed
    assert len(thread.checkpoints) == count


@pytest.mark.parametrize(
    ("reducer", "words"),
    [(append, "Appended instead of replaced"), (drop, "Ignored"), (add_messages, "Replaced under its own id")],
)
def test_the_page_says_what_the_reducer_really_did(
    reducer: Any, words: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.reduce_messages(reducer)
    runs = len(fake_deployment.runs)
    fake_deployment.faults.fail(r"POST /threads$")  # nothing can be tried, so no way around is found
    page = press(client, form(client, thread, human(thread)), "Save and rerun", **{"text-0": "Bye"})
    assert words in read(page).one(id="verdicts").text
    assert len(fake_deployment.runs) == runs + (reducer is add_messages), "a run only where the edit is as meant"


@pytest.mark.parametrize(("reducer", "past"), [(append, True), (drop, True), (replace, False), (add_messages, False)])
def test_whatever_the_reducer_the_message_is_replaced_and_the_others_stay(
    reducer: Any, past: bool, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("One", "Two")
    fake_deployment.reduce_messages(reducer)
    held = [dict(message) for message in thread.head.values["messages"]]
    page = press(client, form(client, thread, human(thread)), "Save only", where="selected", **{"text-0": "Bye"})
    assert thread.head.values["messages"] == [{**held[0], "content": "Bye"}, *held[1:]]
    told = read(page).one(id="verdicts").text
    assert ("nothing else changed" in told, "past the channel's reducer" in told) == (True, past)
    assert [*fake_deployment.threads] == [thread.id], "what was tried is gone"


def test_an_edit_that_the_trial_shows_to_be_refused_is_not_sent(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    page = form(client, thread, human(thread))
    fake_deployment.faults.fail(r"POST /threads/[^/]+/state$", 500, {"detail": "the router trips"})
    answer = press(client, page, "Save only", **{"text-0": "A long thought"})
    assert answer.status_code == 422
    assert fake_deployment.seen(f"POST /threads/{thread.id}/state") == []
    assert "Nothing was written" in read(answer).text
    assert "the router trips" in read(answer).text
    assert form_of(read(answer), "Save only")[1]["text-0"] == "A long thought"


def test_a_message_that_is_gone_gives_back_what_was_typed(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    page = form(client, thread, human(thread))
    del fake_deployment.threads[thread.id]
    answer = press(client, page, "Save and rerun", **{"text-0": "A long thought"})
    assert answer.status_code == 404
    assert "A long thought" in read(answer).one(tag="textarea").text
    assert "Nothing was written" in read(answer).text


@pytest.mark.parametrize("status", [409, 422, 500])
def test_a_refused_write_keeps_the_form_and_says_why(
    status: int, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    page = form(client, thread, human(thread))
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/state", status, {"detail": "because of reasons"})
    answer = press(client, page, "Save and rerun", **{"text-0": "A long thought"})
    assert answer.status_code == (502 if status == 500 else status)
    assert str(status) in read(answer).one(role="alert").text
    assert ("because of reasons" in read(answer).text) == (status != 409), "a 409 lists whole runs: not for pages"
    assert form_of(read(answer), "Save and rerun")[1]["text-0"] == "A long thought"
    certain = "Nothing was written" in read(answer).text
    assert certain == (status != 500), "after a 500 nobody knows"


def test_an_ambiguous_writer_leads_to_the_choice_of_a_node(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    page = form(client, thread, human(thread))
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/state", 400, {"detail": "Ambiguous update"}, times=1)
    answer = read(press(client, page, "Save only", **{"text-0": "Bye"}))
    assert "conversation" in [option.text for option in answer.one(name="as_node").all(tag="option")]
    press(client, answer, "Save only", as_node="conversation")
    assert fake_deployment.seen(f"POST /threads/{thread.id}/state")[-1].json["as_node"] == "conversation"
    assert thread.head.values["messages"][0]["content"] == "Bye"


def test_a_saved_edit_whose_run_does_not_start_is_told_as_such(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    page = form(client, thread, human(thread))
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/runs", 409)
    answer = press(client, page, "Save and rerun", **{"text-0": "Bye"})
    told = read(answer).one(id="verdicts").text
    assert "Replaced under its own id" in told
    assert "The edit is saved on its own branch, but the run did not start" in told
    assert form_of(read(answer), "Rerun from here")[1]["checkpoint"] == thread.head.id


@pytest.mark.parametrize("status", [409, 500])
def test_of_a_run_that_may_have_started_that_is_told(
    status: int, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    page = form(client, thread, human(thread))
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/runs", status)
    told = read(press(client, page, "Save and rerun", **{"text-0": "Bye"})).one(id="verdicts").text
    assert ("It is not certain whether the run was started" in told) == (status == 500)
    assert ("the run did not start" in told) == (status == 409)


def test_a_write_that_cannot_be_read_back_is_not_called_unwritten(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    page = form(client, thread, human(thread))
    before = {c.id for c in thread.checkpoints}
    fake_deployment.faults.fail(f"GET /threads/{thread.id}/state/(?!{'|'.join(before)})", 500, times=2)
    answer = press(client, page, "Save and rerun", **{"text-0": "Bye"})
    assert "Written, but the new checkpoint could not be read back" in read(answer).one(id="verdicts").text
    assert len(fake_deployment.runs) == 1


def test_a_number_that_would_lose_digits_is_refused(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    page = form(client, thread, human(thread))
    typed = json.loads(form_of(page, "Save only")[1]["json"]) | {"huge": 2**70}
    answer = press(client, page, "Save only", **{"as": "json", "json": json.dumps(typed)})
    assert answer.status_code == 422
    assert "more than 64 bits" in read(answer).text


def test_a_message_without_an_id_offers_no_edit(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    del thread.head.values["messages"][0]["id"]
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    article = page.all(tag="article")[0]
    assert "no id" in article.text
    assert article.all(data_edit=True) == []


def test_text_that_was_not_touched_is_written_back_to_the_letter(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    text = "\n  first\r\nsecond\rthird\n\n"
    thread = fake_deployment.add_thread(text)
    page = form(client, thread, human(thread))
    browser_made = form_of(page, "Save only")[1]["text-0"].replace("\r\n", "\n").replace("\r", "\n")
    press(client, page, "Save only", **{"text-0": browser_made.replace("\n", "\r\n")})
    assert thread.head.values["messages"][0]["content"] == text
