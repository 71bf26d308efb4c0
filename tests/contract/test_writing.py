"""Writing states of the official server through the editor and the verbs on messages; the SDK tells what it holds."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from studio.deployments.thread_rows import COPIED_FROM
from studio.history.writes import AS_PLAIN
from tests.support.deployed import serving, witnessed
from tests.support.pages import Element, form_of, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]
GRAPH = Path(__file__).with_name("reducing_graph.py")
RICH: dict[str, Any] = {
    "type": "human",
    "id": "rich",
    "name": "Lance",
    "content": [{"type": "text", "text": "What?"}, {"type": "hologram", "beam": 12000000000000000001}],
    "additional_kwargs": {"order": 7, "tags": ["a", {"b": None, "c": True}]},
    "response_metadata": {"from": "phone"},
}
CALLS: dict[str, Any] = {
    "type": "ai",
    "id": "calls",
    "content": [{"type": "text", "text": "Let me see."}, {"type": "hologram", "beam": 7}],
    "tool_calls": [{"id": "c1", "name": "multiply", "args": {"a": 6}, "type": "tool_call"}],
    "usage_metadata": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
}
RESULT: dict[str, Any] = {"type": "tool", "id": "result", "tool_call_id": "c1", "content": "42"}


@pytest.fixture(scope="module")
def reducing_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that serves the graph with a reducer of every kind."""
    with serving(tmp_path_factory.mktemp("reducing"), reducing=GRAPH) as address:
        yield address


@pytest.fixture
def sdk(reducing_url: str) -> Iterator[SyncLangGraphClient]:
    with witnessed(reducing_url) as client:
        yield client


@pytest.fixture(scope="module")
def ran(reducing_url: str) -> str:
    """A thread on which the graph has run once with rich messages."""
    with get_sync_client(url=reducing_url, api_key=None) as client:
        id = str(client.threads.create(graph_id="reducing")["thread_id"])
        config: Any = {"configurable": {"user_id": "Ada"}}
        given: Any = {"messages": [RICH, CALLS, RESULT]}
        client.runs.wait(id, "reducing", input=given, config=config)
        return id


@pytest.fixture
def thread(sdk: SyncLangGraphClient, ran: str) -> Iterator[str]:
    """A copy of that thread; nothing may be left of what was tried on others."""
    copied: Any = sdk.threads.copy(ran)  # type: ignore[func-returns-value]
    id = str(copied["thread_id"])
    sdk.threads.update(id, metadata={COPIED_FROM: ran})  # as Studio does, which finds the run by it
    yield id
    assert sdk.threads.search(metadata={"studio": "preview"}) == [], "a thread of a trial was left behind"
    sdk.threads.delete(id)


def state(sdk: SyncLangGraphClient, thread: str, checkpoint: str = "") -> Any:
    return sdk.threads.get_state(thread, checkpoint_id=checkpoint or None)


def before(sdk: SyncLangGraphClient, thread: str, node: str) -> str:
    """The checkpoint after which a node ran."""
    return next(str(s["checkpoint"]["checkpoint_id"]) for s in sdk.threads.get_history(thread) if s["next"] == [node])


def finished(sdk: SyncLangGraphClient, thread: str) -> Any:
    """The state once every run of the thread has ended."""
    for run in sdk.runs.list(thread):
        sdk.runs.join(thread, run["run_id"])
    return state(sdk, thread)


def edit(client: Client, thread: str, checkpoint: str = "", **typed: Any) -> Callable[..., Element]:
    """The editor at a checkpoint with these values typed; pressing a button gives the page that answers."""
    asked = {"checkpoint": checkpoint} if checkpoint else {}
    page = read(client.get(f"/d/local/threads/{thread}/state/edit/", asked))

    def press(button: str, **more: str) -> Element:
        address, fields = form_of(page, button)
        fields |= {f"channel-{name}": json.dumps(value) for name, value in typed.items()}
        fields |= {f"as-{name}": "json" for name in typed}
        return read(client.post(address, fields | more, follow=True))

    return press


def verdicts(page: Element) -> str:
    return page.one(id="verdicts").text


def foretold(page: Element) -> Element:
    return page.one(aria_label="Preview")


def without_moved(message: dict[str, Any]) -> dict[str, Any]:
    """A message with the usage that the server moves back in its place, and nothing empty."""
    extra = dict(message.get("additional_kwargs") or {})
    usage = extra.pop("usage_metadata", None) or message.get("usage_metadata")
    return {k: v for k, v in {**message, "additional_kwargs": extra, "usage_metadata": usage}.items() if v}


@pytest.mark.parametrize(
    ("name", "meant", "how"),
    [
        ("log", ["mine"], "written past its reducer"),
        ("log", [], "written past its reducer"),
        ("log", ["planned", "answered", "more"], "only what is new"),
        ("facts", {"z": True}, "written past its reducer"),
        ("facts", {"a": 2, "b": 2, "c": [1, True]}, ""),
        ("count", 2, "written past its reducer"),
        ("most", 3, "written past its reducer"),
        ("most", 9, ""),
        ("once", "second", "written past its reducer"),
        ("plain", {"deep": [1, 12000000000000000002, 1.5]}, ""),
        ("plain", None, ""),
    ],
)
def test_a_channel_becomes_what_was_meant_in_the_way_that_was_foretold(
    name: str, meant: Any, how: str, client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    old = state(sdk, thread)
    press = edit(client, thread, **{name: meant})
    (line,) = foretold(press("Preview")).all(tag="li")
    assert "as meant" in line.text
    assert how in line.text
    assert len(sdk.threads.get_history(thread)) == 4
    assert f"{name}: as meant" in verdicts(press("Save only"))
    new = state(sdk, thread)
    assert repr(new["values"][name]) == repr(meant)
    assert {k: v for k, v in new["values"].items() if k != name} == {
        k: v for k, v in old["values"].items() if k != name
    }
    assert new["parent_checkpoint"]["checkpoint_id"] == old["checkpoint"]["checkpoint_id"]


@pytest.mark.parametrize("place", ["head", "middle"])
def test_messages_are_edited_with_their_blocks_and_all_fields(
    place: str, client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    base = state(sdk, thread, before(sdk, thread, "answer") if place == "middle" else "")
    held = base["values"]["messages"]
    meant = json.loads(json.dumps(held))
    meant[0]["content"][0]["text"] = "What now?"
    meant[0]["additional_kwargs"]["tags"][1]["c"] = 1
    meant[1]["tool_calls"][0]["args"] = {"a": True}
    meant[2]["content"] = "4200"
    page = edit(client, thread, base["checkpoint"]["checkpoint_id"], messages=meant)("Save only")
    assert "messages: as meant" in verdicts(page)
    now = state(sdk, thread)["values"]["messages"]
    assert [repr(without_moved(m)) for m in now] == [repr(without_moved(m)) for m in meant]
    assert state(sdk, thread)["next"] == base["next"]


def test_what_the_server_makes_of_a_field_that_it_does_not_know_is_told(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    held = state(sdk, thread)["values"]["messages"]
    page = edit(client, thread, messages=[{**held[0], "odd": 1}, *held[1:]])("Save and run")
    assert "messages: changed by the channel's reducer" in verdicts(page)
    assert "Nothing was run" in verdicts(page)
    assert state(sdk, thread)["values"]["messages"][0]["additional_kwargs"]["odd"] == 1


def test_messages_typed_in_short_are_what_was_meant(client: Client, sdk: SyncLangGraphClient, thread: str) -> None:
    held = state(sdk, thread)["values"]["messages"]
    more = [{"role": "user", "content": "Hi"}, {"type": "tool", "tool_call_id": "c2", "content": "x"}]
    assert "messages: as meant" in verdicts(edit(client, thread, messages=[*held, *more])("Save only"))
    assert [m["type"] for m in state(sdk, thread)["values"]["messages"][-2:]] == ["human", "tool"]


@pytest.mark.parametrize("order", [[0, 2, 1, 3], [3], [], [1, 2, 0]], ids=str)
def test_a_conversation_is_put_in_another_order_and_its_nodes_still_get_messages(
    order: list[int], client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    held = state(sdk, thread)["values"]["messages"]
    meant = [held[place] for place in order]
    page = edit(client, thread, messages=meant, way="left")("Save and run", as_node="answer")
    assert "messages: as meant; way: as meant" in verdicts(page)
    now = finished(sdk, thread)["values"]
    assert [without_moved(m) for m in now["messages"]] == [without_moved(m) for m in meant]
    kinds = {"human": "HumanMessage", "ai": "AIMessage", "tool": "ToolMessage"}
    assert now["log"][-1] == f"left, with {', '.join(kinds[m['type']] for m in meant)}"


def test_messages_of_a_reducer_that_ignores_ids_become_plain_objects_and_that_is_told(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    (held,) = state(sdk, thread)["values"]["said"]
    press = edit(client, thread, said=[{**held, "content": "changed"}])
    assert AS_PLAIN in foretold(press("Preview")).text
    assert AS_PLAIN in verdicts(press("Save only"))
    assert [m["content"] for m in state(sdk, thread)["values"]["said"]] == ["changed"]


def test_a_reducer_that_throws_is_told_and_nothing_is_written(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    press = edit(client, thread, fuse="boom", plain=1)
    refused = press("Preview")
    assert "The deployment would not take this." in foretold(refused).text
    assert "fuse is refused: " in foretold(refused).text
    assert "the fuse is blown" in foretold(refused).text
    (beside,) = refused.all(class_="problem")
    assert beside["id"] == refused.one(tag="details", data_channel="fuse").one(class_="problem")["id"]
    assert "the fuse is blown" in beside.text
    page = press("Save and run")
    assert "Nothing was written" in page.text
    assert "fuse: " in page.all(role="alert")[0].text
    assert json.loads("".join(page.one(name="channel-plain")._texts())) == 1
    assert len(sdk.threads.get_history(thread)) == 4


@pytest.mark.parametrize("following", ["plan", "answer"])
def test_the_channel_that_is_refused_is_named_wherever_the_state_stands(
    following: str, client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    press = edit(client, thread, before(sdk, thread, following), fuse="boom", plain=1, log=["mine"])
    assert "fuse is refused: " in foretold(press("Preview")).text


@pytest.mark.parametrize(("typed", "channel"), [(None, "log"), ("text", "facts"), ([1], "count")])
def test_a_value_on_which_a_reducer_fails_leaves_nothing_behind(
    typed: Any, channel: str, client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    press = edit(client, thread, **{channel: typed, "plain": 1})
    assert f"{channel} is refused: " in foretold(press("Preview")).text
    assert "Nothing was written" in press("Save only", odd=channel).text
    assert len(sdk.threads.get_history(thread)) == 4
    page = press("Save only", odd=channel, **{f"way-{channel}": "overwrite"})
    assert f"{channel}: as meant, written past its reducer; plain: as meant" in verdicts(page)
    assert state(sdk, thread)["values"][channel] == typed


@pytest.mark.parametrize(
    ("name", "typed", "told", "becomes"),
    [
        ("log", ["mine"], "Its reducer adds to what is there: it would be 3 items.", ["planned", "answered", "mine"]),
        ("facts", {"z": 1}, 'it would be {"a": 1, "b": 2, "z": 1}.', {"a": 1, "b": 2, "z": 1}),
        ("count", 2, "Its reducer adds to what is there: it would be 7.", 7),
        ("most", 3, "Its reducer leaves it as it is.", 7),
        ("once", "second", "Its reducer leaves it as it is.", "first"),
    ],
)
def test_what_a_reducer_makes_of_it_is_chosen_knowingly_and_a_run_may_follow(
    name: str, typed: Any, told: str, becomes: Any, client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    press = edit(client, thread, **{name: typed, "way": "right"})
    page = press("Preview")
    assert told in foretold(page).text
    assert [(r["value"], "checked" in r.attributes) for r in page.all(name=f"way-{name}")] == [
        ("value", False),
        ("overwrite?", True),
    ]
    seen = foretold(press("Preview", **{f"way-{name}": "value"})).text
    assert "as chosen" in seen
    answer = press("Save and run", **{f"way-{name}": "value"})
    assert "as chosen" in verdicts(answer)
    assert "Nothing was run" not in verdicts(answer)
    history: Any = sdk.threads.get_history(thread)
    assert next(s for s in history if s["metadata"]["source"] == "update")["values"][name] == becomes
    assert finished(sdk, thread)["values"]["log"][-1] == "right"


def test_a_message_that_the_server_changes_can_be_kept_as_typed_as_a_plain_object(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    held = state(sdk, thread)["values"]["messages"]
    meant = [{**held[0], "odd": 1}, *held[1:]]
    press = edit(client, thread, messages=meant)
    page = press("Preview")
    assert [r["value"] for r in page.all(name="way-messages")] == ["messages?", "overwrite"]
    assert "changed by the channel's reducer" in foretold(page).text
    assert AS_PLAIN in verdicts(press("Save only", **{"way-messages": "overwrite"}))
    assert state(sdk, thread)["values"]["messages"] == meant


def form(client: Client, sdk: SyncLangGraphClient, thread: str, message: str, at: str = "") -> Callable[..., Any]:
    """The form of a message; pressing a button gives the answer."""
    asked = {"message": message, "checkpoint": at or state(sdk, thread)["checkpoint"]["checkpoint_id"]}
    page = read(client.get(f"/d/local/threads/{thread}/edit/", asked))

    def press(button: str, on: Element | None = None, **typed: str) -> Any:
        address, fields = form_of(on or page, button)
        return client.post(address, fields | typed, follow=True)

    return press


def test_the_arguments_of_a_call_are_edited_and_all_else_stays(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    old = state(sdk, thread)["values"]["messages"][1]
    press = form(client, sdk, thread, "calls")
    answer = press("Save only", where="selected", **{"call-0": '{"a": 12000000000000000001, "b": [1.0, null]}'})
    assert "Replaced under its own id" in verdicts(read(answer))
    new = state(sdk, thread)["values"]["messages"][1]
    assert repr(new["tool_calls"][0]["args"]) == "{'a': 12000000000000000001, 'b': [1.0, None]}"
    same = [{**without_moved(m), "tool_calls": [{**m["tool_calls"][0], "args": {}}]} for m in (old, new)]
    assert same[0] == same[1]


def test_of_two_people_the_second_is_told_and_saves_on_a_branch_of_its_own(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    ann, ben = (form(client, sdk, thread, "rich") for _ in range(2))
    ann("Save only", **{"text-0": "Ann's"})
    theirs = state(sdk, thread)
    answer = ben("Save only", **{"text-0": "Ben's"})
    page = read(answer)
    assert (answer.status_code, state(sdk, thread)["checkpoint"]) == (409, theirs["checkpoint"])
    assert "Somebody else edited this message meanwhile." in page.one(role="alert").text
    assert "Ann's" in page.one(role="alert").text
    assert page.one(name="text-0").text == "Ben's"
    assert "Replaced under its own id" in verdicts(read(ben("Save mine on a branch of its own", page)))
    mine = state(sdk, thread)
    assert mine["values"]["messages"][0]["content"][0]["text"] == "Ben's"
    assert mine["parent_checkpoint"] == theirs["parent_checkpoint"]


def test_a_run_that_went_on_meanwhile_is_no_rival(client: Client, sdk: SyncLangGraphClient, thread: str) -> None:
    press = form(client, sdk, thread, "rich")
    more: Any = {"messages": [{"type": "human", "content": "more"}]}
    sdk.runs.wait(thread, "reducing", input=more)
    assert "Replaced under its own id" in verdicts(read(press("Save only", **{"text-0": "Ben's"})))


def test_of_two_people_at_one_state_the_second_is_told(client: Client, sdk: SyncLangGraphClient, thread: str) -> None:
    here = state(sdk, thread)["checkpoint"]["checkpoint_id"]
    ann, ben = edit(client, thread, here, plain="Ann's"), edit(client, thread, here, plain="Ben's")
    ann("Save only")
    theirs = state(sdk, thread)["checkpoint"]
    page = ben("Save only")
    assert "Somebody else edited this state meanwhile." in page.text
    assert state(sdk, thread)["checkpoint"] == theirs
    address, fields = form_of(page, "Save mine on a branch of its own")
    read(client.post(address, fields, follow=True))
    assert state(sdk, thread)["values"]["plain"] == "Ben's"
    assert state(sdk, thread)["parent_checkpoint"]["checkpoint_id"] == here


@pytest.mark.parametrize(
    ("as_node", "follows"), [("", ["right"]), ("plan", ["answer"]), ("left", []), ("answer", ["right"])]
)
def test_the_node_decides_what_follows_as_it_was_foretold(
    as_node: str, follows: list[str], client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    press = edit(client, thread, way="right")
    assert f"Then: {', '.join(follows) or 'end'}" in foretold(press("Preview", as_node=as_node)).text
    press("Save only", as_node=as_node)
    assert state(sdk, thread)["next"] == follows


def test_the_input_counts_as_the_writer_of_the_first_state(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    first = before(sdk, thread, "plan")
    press = edit(client, thread, first, plain="mine")
    assert "Then: plan" in foretold(press("Preview")).text
    press("Save only")
    assert (state(sdk, thread)["next"], state(sdk, thread)["values"]["plain"]) == (["plan"], "mine")


def test_save_and_run_goes_on_with_the_configuration_of_the_run_before(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    middle = before(sdk, thread, "answer")
    edit(client, thread, middle, log=["mine"], way="right")("Save and run")
    now = finished(sdk, thread)["values"]
    assert now["log"] == ["mine", "answered", "right"]
    assert now["messages"][-1]["content"] == "3 for Ada"


def test_an_update_as_another_node_is_followed_by_one_as_the_node_on_show(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    edit(client, thread, plain=1)("Save only", as_node="plan")
    assert state(sdk, thread)["next"] == ["answer"]
    press = edit(client, thread, plain=2)
    told = foretold(press("Preview")).text
    press("Save only")
    assert f"Then: {', '.join(state(sdk, thread)['next']) or 'end'}" in told


def menu(client: Client, sdk: SyncLangGraphClient, thread: str, message: str, at: str = "") -> Callable[..., Element]:
    """The menu of a message; pressing a button gives the page that answers."""
    asked = {"message": message, "checkpoint": at or state(sdk, thread)["checkpoint"]["checkpoint_id"]}
    page = read(client.get(f"/d/local/threads/{thread}/message/", asked))

    def press(button: str, **typed: str) -> Element:
        address, fields = form_of(page, button)
        return read(client.post(address, fields | typed, follow=True))

    return press


@pytest.mark.parametrize("gone", ["rich", "calls", "result", "a1"])
def test_a_message_is_deleted_and_the_others_stay_to_the_letter(
    gone: str, client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    held = state(sdk, thread)["values"]["messages"]
    assert "messages: as meant" in verdicts(menu(client, sdk, thread, gone)("Delete"))
    assert state(sdk, thread)["values"]["messages"] == [m for m in held if m["id"] != gone]


def test_delete_and_rerun_in_the_middle(client: Client, sdk: SyncLangGraphClient, thread: str) -> None:
    menu(client, sdk, thread, "result", before(sdk, thread, "answer"))("Delete and rerun")
    now = finished(sdk, thread)["values"]["messages"]
    assert [m["id"] for m in now] == ["rich", "calls", "a1"]
    assert now[-1]["content"] == "2 for Ada"


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("role", ["human", "ai", "system", "json"])
def test_a_message_is_put_into_the_middle_and_the_others_stay_as_they_were(
    where: str, role: str, client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    held = state(sdk, thread)["values"]["messages"]
    text = json.dumps({"type": "tool", "content": [{"type": "text", "text": "x"}], "tool_call_id": "c2"})
    typed = {"where": where, "role": role, "text-new": text if role == "json" else "Put in"}
    assert "messages: as meant" in verdicts(menu(client, sdk, thread, "calls")("Insert", **typed))
    now = state(sdk, thread)["values"]["messages"]
    at = 1 if where == "before" else 2
    assert now[at]["type"] == ("tool" if role == "json" else role)
    assert [without_moved(m) for m in [*now[:at], *now[at + 1 :]]] == [without_moved(m) for m in held]


def test_regenerate_runs_the_node_again_on_a_branch_of_its_own(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    old = state(sdk, thread)
    middle = before(sdk, thread, "answer")
    assert "side effects happen anew" in verdicts(menu(client, sdk, thread, "a1")("Regenerate"))
    new = finished(sdk, thread)
    assert new["checkpoint"]["checkpoint_id"] != old["checkpoint"]["checkpoint_id"]
    assert [m["content"] for m in new["values"]["messages"]][-1] == "3 for Ada"
    parents = [new["parent_checkpoint"]["checkpoint_id"]]
    while parents[-1] != middle and (above := state(sdk, thread, parents[-1])["parent_checkpoint"]):
        parents.append(above["checkpoint_id"])
    assert middle in parents
    refused = menu(client, sdk, thread, "calls")("Regenerate")
    assert "edit it instead" in refused.text, "the input brought it"
