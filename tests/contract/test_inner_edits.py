"""Editing the state inside of a subgraph of the official server: by the editor and by the verbs on messages, at its
head and before it, one level down and two. What goes on from the edit, and what nobody would ever read. The SDK tells
what the server holds."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from langgraph_sdk.client import SyncLangGraphClient

from tests.support.deployed import serving, witnessed
from tests.support.pages import Element, form_of, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]
GRAPH, KEEPING = Path(__file__).with_name("nested_graph.py"), Path(__file__).with_name("keeping_graph.py")
ASKED: Any = {"messages": [{"type": "human", "content": "Rome", "id": "h1"}]}


@pytest.fixture(scope="module")
def nested_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("nested"), nested=GRAPH, keeping=KEEPING) as address:
        yield address


@pytest.fixture
def sdk(nested_url: str) -> Iterator[SyncLangGraphClient]:
    with witnessed(nested_url) as client:
        yield client


@pytest.fixture
def thread(sdk: SyncLangGraphClient) -> Iterator[str]:
    """A thread on which `flight` asks, and `ask` two levels below; nothing may be left of what was tried on others."""
    id = str(sdk.threads.create(graph_id="nested")["thread_id"])
    sdk.runs.wait(id, "nested", input=ASKED)
    yield id
    assert sdk.threads.search(metadata={"studio": "preview"}) == [], "a thread of a trial was left behind"
    sdk.threads.delete(id)


def state(sdk: SyncLangGraphClient, thread: str, namespace: str = "") -> Any:
    inner: Any = {"checkpoint_ns": namespace}
    return sdk.threads.get_state(thread, checkpoint=inner) if namespace else sdk.threads.get_state(thread)


def task(snapshot: Any, name: str) -> Any:
    return next(task for task in snapshot["tasks"] if task["name"] == name)


def mid(sdk: SyncLangGraphClient, thread: str) -> str:
    """The namespace of the graph one level down."""
    return str(task(state(sdk, thread), "mid")["checkpoint"]["checkpoint_ns"])


def deep(sdk: SyncLangGraphClient, thread: str) -> str:
    """The namespace of the graph two levels down."""
    return str(task(state(sdk, thread, mid(sdk, thread)), "deep")["checkpoint"]["checkpoint_ns"])


def before(sdk: SyncLangGraphClient, thread: str, namespace: str, node: str) -> str:
    """The checkpoint of a subgraph after which a node ran."""
    inner: Any = {"checkpoint_ns": namespace}
    found = sdk.threads.get_history(thread, limit=100, checkpoint=inner)
    return next(str(s["checkpoint"]["checkpoint_id"]) for s in found if s["next"] == [node])


def asked(sdk: SyncLangGraphClient, thread: str) -> dict[str, Any]:
    """What the thread asks at the top, by node."""
    return {t["name"]: t["interrupts"][0] for t in state(sdk, thread)["tasks"] if t["interrupts"]}


def finished(sdk: SyncLangGraphClient, thread: str) -> Any:
    """The state once every run of the thread has ended."""
    for run in sdk.runs.list(thread):
        sdk.runs.join(thread, run["run_id"])
    return state(sdk, thread)


def address(thread: str, namespace: str = "", rest: str = "") -> str:
    return f"/d/local/threads/{thread}/{f'in/{quote(namespace)}/' if namespace else ''}{rest}"


def editor(client: Client, thread: str, namespace: str, checkpoint: str = "") -> Element:
    there = client.get(address(thread, namespace, "state/edit/"), {"checkpoint": checkpoint} if checkpoint else {})
    assert there.status_code == 200
    return read(there)


def press(client: Client, page: Element, button: str, typed: dict[str, Any] | None = None, **more: Any) -> Any:
    """Press a button of an editor after typing values, as JSON."""
    there, fields = form_of(page, button)
    fields |= {f"channel-{name}": json.dumps(value) for name, value in (typed or {}).items()}
    fields |= {f"as-{name}": "json" for name in typed or {}}
    return client.post(there, fields | more, follow=True)


def resume(client: Client, page: Element, thread: str, **typed: str) -> Any:
    there, fields = form_of(page, "Resume")
    ids = {"interrupt": [box["value"] for box in page.all(name="interrupt")]}
    return client.post(there, fields | ids | typed, follow=True)


def test_the_page_inside_offers_the_editor_and_its_fields_are_those_of_the_subgraph(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace = deep(sdk, thread)
    page = read(client.get(address(thread, namespace)))
    assert "mid goes on from its newest checkpoint" in page.one(data_open=True).text
    link = next(link for link in page.all(tag="a") if link.text == "Edit state")
    form = read(client.get(link["href"]))
    assert {e["data-channel"] for e in form.all(data_channel=True)} >= {"documents", "passport", "log"}
    assert form.one(name="text-passport"), "a text has a field of its own, as the subgraph's own schema says"
    nodes = [option.text for option in form.one(name="as_node").all(tag="option")]
    assert nodes == ["gather, the last node that wrote → ask", "gather → ask", "ask → check", "check → end"]
    told = form.one(data_inside=True).text
    assert "flight asks again too" in told
    assert "Once this is saved, mid goes on from here when its thread does." in told


def test_saved_at_the_head_it_is_read_back_and_the_thread_stands_as_it_did(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace, above = deep(sdk, thread), sdk.threads.get_history(thread, limit=100)
    old = state(sdk, thread, namespace)
    answer = press(client, editor(client, thread, namespace), "Save only", {"documents": ["passport", "photo"]})
    new = state(sdk, thread, namespace)
    assert new["values"] == old["values"] | {"documents": ["passport", "photo"]}
    assert new["metadata"]["source"] == "update"
    assert new["parent_checkpoint"]["checkpoint_id"] == old["checkpoint"]["checkpoint_id"]
    assert "documents: as meant" in read(answer).one(id="verdicts").text
    assert answer.request["PATH_INFO"] == f"/d/local/threads/{thread}/in/{namespace}/"
    assert answer.request["QUERY_STRING"] == f"checkpoint={new['checkpoint']['checkpoint_id']}"
    assert sdk.threads.get_history(thread, limit=100) == above


def test_saved_and_run_the_subgraph_goes_on_from_the_edit_and_all_open_questions_are_asked_again(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace, old = deep(sdk, thread), asked(sdk, thread)
    answer = press(client, editor(client, thread, namespace), "Save and run", {"documents": ["photo"]})
    assert answer.request["PATH_INFO"] == address(thread)
    finished(sdk, thread)
    assert deep(sdk, thread) == namespace, "it did not begin anew"
    new = asked(sdk, thread)
    assert new["mid"]["value"]["documents"] == ["photo"]
    assert new["mid"]["id"] != old["mid"]["id"]
    assert new["flight"]["value"] == "Day or night?"
    page = read(client.get(address(thread)))
    assert page.all(data_withdrawn=True) == []
    resume(client, page, thread, **{f"answer-{new['mid']['id']}": "2031", f"answer-{new['flight']['id']}": "night"})
    assert finished(sdk, thread)["values"]["plan"] == "flight: night; visa: photo until 2031: Rome | Gathered for Rome."


def test_an_edit_before_a_node_lets_that_node_run_again(client: Client, sdk: SyncLangGraphClient, thread: str) -> None:
    namespace = deep(sdk, thread)
    page = editor(client, thread, namespace, before(sdk, thread, namespace, "gather"))
    messages = [{"type": "human", "content": "Oslo", "id": "h1"}]
    press(client, page, "Save and run", {"messages": messages})
    finished(sdk, thread)
    inside = state(sdk, thread, namespace)
    assert [m["content"] for m in inside["values"]["messages"]] == ["Oslo", "Gathered for Oslo."]
    assert inside["next"] == ["ask"]


def test_the_question_of_before_the_edit_cannot_be_answered_and_others_can(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace, ids = deep(sdk, thread), {name: one["id"] for name, one in asked(sdk, thread).items()}
    earlier = read(client.get(address(thread)))
    press(client, editor(client, thread, namespace), "Save only", {"documents": ["photo"]})
    late = resume(client, earlier, thread, **{f"answer-{ids['mid']}": "a date", f"answer-{ids['flight']}": "day"})
    assert late.status_code == 409
    assert "The questions have changed meanwhile." in read(late).text
    page = read(client.get(address(thread)))
    assert [box["value"] for box in page.all(name="interrupt")] == [ids["flight"]]
    told = page.one(data_withdrawn=True).text
    assert "mid had asked “When does it expire?”" in told
    assert "It asks again when the thread goes on." in told
    resume(client, page, thread, **{f"answer-{ids['flight']}": "night"})
    assert finished(sdk, thread)["next"] == ["mid"]
    assert asked(sdk, thread)["mid"]["value"]["documents"] == ["photo"]


def test_where_only_the_edited_subgraph_had_asked_resume_lets_it_ask_again(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    sdk.runs.wait(thread, "nested", command={"resume": {asked(sdk, thread)["flight"]["id"]: "night"}})
    press(client, editor(client, thread, deep(sdk, thread)), "Save only", {"documents": ["photo"]})
    page = read(client.get(address(thread)))
    assert page.all(class_="ask") == []
    assert "The state inside of mid was edited after a question was asked there" in page.one(class_="panel goon").text
    resume(client, page, thread)
    assert finished(sdk, thread)["next"] == ["mid"]
    assert asked(sdk, thread)["mid"]["value"]["documents"] == ["photo"]
    assert "“When does it expire?”" in read(client.get(address(thread))).one(class_="ask").text


def test_a_preview_is_tried_on_a_copy_with_the_subgraphs_own_reducers(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace = deep(sdk, thread)
    old = state(sdk, thread, namespace)
    answer = press(client, editor(client, thread, namespace), "Preview", {"log": ["mine"]}, as_node="ask")
    preview = read(answer).one(aria_label="Preview")
    assert "written past its reducer" in preview.text
    assert "Then: check instead of ask" in preview.text
    assert state(sdk, thread, namespace) == old
    saved = press(client, read(answer), "Save only")
    assert state(sdk, thread, namespace)["values"]["log"] == ["mine"]
    assert state(sdk, thread, namespace)["next"] == ["check"]
    assert "log: as meant" in read(saved).one(id="verdicts").text


def test_in_the_name_of_the_last_node_the_subgraph_ends_with_what_was_written(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    page = editor(client, thread, deep(sdk, thread))
    press(client, page, "Save and run", {"findings": {"visa": "by hand"}}, as_node="check")
    head = finished(sdk, thread)
    assert head["next"] == ["flight"]
    assert task(head, "mid")["result"]["findings"] == {"visa": "by hand"}


def test_one_level_down_an_edit_begins_the_level_below_anew(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    middle, below = mid(sdk, thread), deep(sdk, thread)
    messages = [{"type": "human", "content": "Oslo", "id": "h1"}]
    press(client, editor(client, thread, middle), "Save only", {"messages": messages})
    gone = read(client.get(address(thread, below)))
    assert "nothing reads the state inside of deep any more" in gone.one(data_closed=True).text
    assert deep(sdk, thread) != below
    resume(client, read(client.get(address(thread))), thread, **{f"answer-{asked(sdk, thread)['flight']['id']}": "day"})
    finished(sdk, thread)
    inside = state(sdk, thread, deep(sdk, thread))
    assert [m["content"] for m in inside["values"]["messages"]] == ["Oslo", "Gathered for Oslo."]


@pytest.mark.parametrize("ends", [False, True], ids=["its task is done", "the thread went on"])
def test_where_nothing_would_read_it_there_is_no_form(
    ends: bool, client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace = deep(sdk, thread)
    page = editor(client, thread, namespace)
    started = state(sdk, thread)["checkpoint"]["checkpoint_id"]
    answers = {one["id"]: "now" for name, one in asked(sdk, thread).items() if ends or name == "mid"}
    sdk.runs.wait(thread, "nested", command={"resume": answers})
    inner: Any = {"checkpoint_ns": namespace}
    history = sdk.threads.get_history(thread, limit=100, checkpoint=inner)

    raced = press(client, page, "Save only", {"documents": ["too late"]})
    assert raced.status_code == 409
    assert "nothing reads the state inside of" in read(raced).one(role="alert").text
    assert "too late" in read(raced).one(name="channel-documents").text, "what was typed is kept"

    shown = read(client.get(address(thread, namespace)))
    assert "An edit here would change nothing." in shown.one(data_closed=True).text
    assert not [link for link in shown.all(tag="a") if link.text == "Edit state"]
    closed = editor(client, thread, namespace)
    assert closed.all(class_="stateform") == []
    (way,) = [link["href"] for link in closed.all(tag="a") if link.text == "Edit the state that mid began with"]
    assert way == f"/d/local/threads/{thread}/state/edit/?checkpoint={started}"
    assert "next: flight, mid" in read(client.get(way)).text
    assert sdk.threads.get_history(thread, limit=100, checkpoint=inner) == history


def test_a_subgraph_that_failed_is_mended_inside_and_goes_on(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace = deep(sdk, thread)
    press(client, editor(client, thread, namespace), "Save and run", {"documents": ["broken"]})
    sdk.runs.join(thread, sdk.runs.list(thread, limit=1)[0]["run_id"])
    assert "no such document" in task(state(sdk, thread, namespace), "ask")["error"]
    page = read(client.get(address(thread, namespace)))
    (way,) = [link["href"] for link in page.all(tag="a") if link.text == "Edit the state and try again"]
    press(client, read(client.get(way)), "Save and run", {"documents": ["photo"]})
    sdk.runs.join(thread, sdk.runs.list(thread, limit=1)[0]["run_id"])
    assert asked(sdk, thread)["mid"]["value"]["documents"] == ["photo"]


def test_a_value_that_the_subgraph_does_not_take_is_refused_and_kept(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace = deep(sdk, thread)
    old = state(sdk, thread, namespace)
    answer = press(client, editor(client, thread, namespace), "Save only", {"messages": [{"nope": 1}]})
    assert answer.status_code == 422
    assert "The deployment refuses it" in read(answer).text
    assert '"nope"' in read(answer).one(name="channel-messages").text
    assert state(sdk, thread, namespace) == old


def test_while_a_run_works_nothing_is_written_and_what_was_typed_is_kept(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    page = editor(client, thread, deep(sdk, thread))
    run = sdk.runs.create(thread, "nested", input=None, after_seconds=60)
    answer = press(client, page, "Save only", {"documents": ["photo"]})
    sdk.runs.cancel(thread, run["run_id"], wait=True)
    assert answer.status_code == 409
    assert "photo" in read(answer).one(name="channel-documents").text


def test_a_message_inside_is_edited_deleted_and_joined_by_others(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace = deep(sdk, thread)

    def place() -> dict[str, str]:
        here = state(sdk, thread, namespace)["checkpoint"]["checkpoint_id"]
        return {"message": "gathered", "channel": "messages", "checkpoint": here}

    def said() -> list[str]:
        return [m["content"] for m in state(sdk, thread, namespace)["values"]["messages"]]

    form = read(client.get(address(thread, namespace, "edit/"), place()))
    there, fields = form_of(form, "Save only")
    told = client.post(there, fields | {"text-0": "Gathered by hand."}, follow=True)
    assert "Replaced" in read(told).one(id="verdicts").text
    assert said() == ["Rome", "Gathered by hand."]
    menu = read(client.get(address(thread, namespace, "message/"), place()))
    assert [button.text for button in menu.all(tag="button") if button.text == "Regenerate"] == []
    there, fields = form_of(menu, "Insert")
    client.post(there, fields | {"where": "after", "role": "human", "text-new": "And a photo."})
    assert said() == ["Rome", "Gathered by hand.", "And a photo."]
    there, fields = form_of(read(client.get(address(thread, namespace, "message/"), place())), "Delete and rerun")
    gone = client.post(there, fields, headers={"HX-Request": "true"})
    assert gone["HX-Redirect"] == address(thread)
    finished(sdk, thread)
    assert said() == ["Rome", "And a photo."]
    ids = {f"answer-{one['id']}": "now" for one in asked(sdk, thread).values()}
    resume(client, read(client.get(address(thread))), thread, **ids)
    assert finished(sdk, thread)["values"]["plan"].endswith("passport until now: Rome | And a photo.")


def test_somebody_elses_edit_inside_is_told_before_it_is_passed_by(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace = deep(sdk, thread)
    page = editor(client, thread, namespace)
    inner: Any = {"checkpoint_ns": namespace}
    sdk.threads.update_state(thread, {"documents": ["theirs"]}, checkpoint=inner)
    answer = press(client, page, "Save only", {"documents": ["mine"]})
    assert answer.status_code == 409
    assert "Somebody else edited this state meanwhile." in read(answer).text
    assert state(sdk, thread, namespace)["values"]["documents"] == ["theirs"]
    press(client, read(answer), "Save mine on a branch of its own")
    assert state(sdk, thread, namespace)["values"]["documents"] == ["mine"]


def test_breakpoints_go_with_the_run(client: Client, sdk: SyncLangGraphClient, thread: str) -> None:
    page = editor(client, thread, deep(sdk, thread))
    typed = {"findings": {"visa": "by hand"}}
    press(client, page, "Save and run", typed, as_node="check", before="combine", after=["mid"])
    finished(sdk, thread)
    run: Any = sdk.runs.list(thread, limit=1)[0]
    kwargs = run["kwargs"]
    assert (kwargs["interrupt_before"], kwargs["interrupt_after"]) == (["combine"], ["mid"])


def test_what_was_sent_names_the_checkpoint_of_the_subgraph(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace = deep(sdk, thread)
    press(client, editor(client, thread, namespace), "Save only", {"documents": ["photo"]})
    sent = read(client.get(address(thread, rest="sent/"))).one(data_form="json").text
    assert f'"checkpoint_ns": "{namespace}"' in sent


def test_a_subgraph_that_keeps_its_state_reads_an_edit_when_it_runs_another_time(
    client: Client, sdk: SyncLangGraphClient
) -> None:
    one: Any = {"told": ["one"]}
    two: Any = {"told": ["two"]}
    id = str(sdk.threads.create(graph_id="keeping")["thread_id"])
    sdk.runs.wait(id, "keeping", input=one)
    first: Any = sdk.threads.get_history(id, limit=100)
    namespace = next(t["checkpoint"]["checkpoint_ns"] for s in first for t in s["tasks"] if t["name"] == "memory")
    page = read(client.get(address(id, namespace)))
    assert "memory keeps it from one run to the next" in page.one(data_open=True).text
    form = editor(client, id, namespace)
    assert "Nothing runs now." in form.one(data_inside=True).text
    answer = press(client, form, "Save and run", {"known": ["by hand"]})
    assert "Nothing was run: memory reads this state when it runs another time." in read(answer).text
    assert len(sdk.runs.list(id)) == 1
    sdk.runs.wait(id, "keeping", input=two)
    values: Any = sdk.threads.get_state(id)["values"]
    assert values["known"][0] == "by hand"
