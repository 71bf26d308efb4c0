"""The verbs against the real server, through Django's client; the SDK tells what the server holds afterwards."""

import json
import time
from collections.abc import Callable
from math import floor, log2
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from langgraph_sdk.client import SyncLangGraphClient

from tests.support.deployed import ran
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
RICH: dict[str, Any] = {
    "type": "human",
    "id": "rich",
    "name": "Lance",
    "content": [
        {"type": "text", "text": "What is this?"},
        {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"},
        {"type": "hologram", "beam": 7},
    ],
    "additional_kwargs": {"order": 12000000000000000001, "tags": ["a", {"b": None}]},
    "response_metadata": {"from": "phone"},
}


def said(*messages: Any) -> dict[str, Any]:
    return {"messages": [{"type": "human", "content": m} if isinstance(m, str) else m for m in messages]}


def edit(client: Client, thread_id: str, message_id: str, button: str = "Save only", **typed: str) -> Element:
    """Edit a message of the head as a browser would, and the page that answers."""
    head = client.get(f"/d/local/threads/{thread_id}/history.json").json()["checkpoints"][0]["checkpoint_id"]
    asked = {"message": message_id, "checkpoint": head, "channel": "messages"}
    address, fields = form_of(read(client.get(f"/d/local/threads/{thread_id}/edit/", asked)), button)
    return read(client.post(address, fields | typed, follow=True))


def finished(sdk: SyncLangGraphClient, thread_id: str) -> Any:
    """The state once every run of the thread has ended."""
    for run in sdk.runs.list(thread_id):
        sdk.runs.join(thread_id, run["run_id"])
    return sdk.threads.get_state(thread_id)


def edits(sdk: SyncLangGraphClient, thread_id: str) -> list[Any]:
    return [s for s in sdk.threads.get_history(thread_id, limit=100) if (s["metadata"] or {}).get("source") == "update"]


def test_a_rich_human_message_keeps_everything_but_the_edited_words(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "chat", said(RICH))
    before = next(m for m in sdk.threads.get_state(thread_id)["values"]["messages"] if m["id"] == "rich")  # type: ignore[call-overload]
    page = edit(client, thread_id, "rich", **{"text-0": "And this?"})
    (made,) = edits(sdk, thread_id)
    (after,) = (m for m in made["values"]["messages"] if m["id"] == "rich")
    assert after == before | {"content": [{"type": "text", "text": "And this?"}, *before["content"][1:]]}
    assert "Replaced under its own id, nothing else changed." in page.one(id="verdicts").text


def test_an_ai_message_keeps_its_tool_calls_and_its_usage(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "songs", said("Multiply 6 by 7."))
    messages = sdk.threads.get_state(thread_id)["values"]["messages"]  # type: ignore[call-overload]
    calling = next(m for m in messages if m.get("tool_calls"))
    typed = calling | {"content": "Let me see."}
    page = edit(client, thread_id, calling["id"], **{"as": "json", "json": json.dumps(typed)})
    (made,) = edits(sdk, thread_id)
    after = made["values"]["messages"][-1]
    assert (after["content"], after["tool_calls"]) == ("Let me see.", calling["tool_calls"])
    assert after["additional_kwargs"]["usage_metadata"] == calling["usage_metadata"]
    assert made["next"] == ["tools"], "the router saw the same tool calls"
    assert "moved its usage_metadata into additional_kwargs" in page.one(id="verdicts").text
    assert f"{calling['usage_metadata']['input_tokens']} →" in page.text


def test_a_tool_result_is_edited_and_the_answer_follows_it(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "songs", said("Multiply 6 by 7."))
    messages = sdk.threads.get_state(thread_id)["values"]["messages"]  # type: ignore[call-overload]
    result = next(m for m in messages if m["type"] == "tool")
    edit(client, thread_id, result["id"], "Save and rerun", **{"text-0": "4200"})
    after = finished(sdk, thread_id)["values"]["messages"]
    assert [m["content"] for m in after if m["id"] == result["id"]] == ["4200"]
    assert "4200" in after[-1]["content"]
    assert next(m for m in after if m["id"] == result["id"])["tool_call_id"] == result["tool_call_id"]


def test_an_edit_at_the_checkpoint_on_show_keeps_what_followed(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "chat", said("Hi! I'm Lance."), said("What's my name?"))
    state = sdk.threads.get_state(thread_id)
    first = state["values"]["messages"][0]  # type: ignore[call-overload]
    edit(client, thread_id, first["id"], where="selected", **{"text-0": "Hi! I'm Ada."})
    (made,) = edits(sdk, thread_id)
    assert made["parent_checkpoint"]["checkpoint_id"] == state["checkpoint"]["checkpoint_id"]
    assert [m["id"] for m in made["values"]["messages"]] == [m["id"] for m in state["values"]["messages"]]  # type: ignore[call-overload]


def test_a_rerun_keeps_the_configuration_of_its_run(client: Client, sdk: SyncLangGraphClient) -> None:
    chosen = {"configurable": {"user_id": "Ada", "todo_category": "work"}}
    thread_id = ran(sdk, "todo", said("Give me a summary of all ToDos."), config=chosen)
    sdk.runs.wait(thread_id, "todo", input=said("And now?"), config={"configurable": {"user_id": "Bob"}})
    first = client.get(f"/d/local/threads/{thread_id}/history.json").json()["checkpoints"][-2]["checkpoint_id"]
    answer = client.post(f"/d/local/threads/{thread_id}/rerun/", {"checkpoint": first})
    assert answer.status_code == 303
    configurable: Any = sdk.runs.list(thread_id, limit=1)[0]["kwargs"]["config"]["configurable"]  # type: ignore[typeddict-item]
    assert (configurable["user_id"], configurable["todo_category"]) == ("Ada", "work")
    finished(sdk, thread_id)


def test_a_fork_runs_like_the_original(client: Client, sdk: SyncLangGraphClient) -> None:
    chosen = {"configurable": {"user_id": "Ada", "todo_category": "work"}}
    thread_id = ran(sdk, "todo", said("Give me a summary of all ToDos."), config=chosen)
    page = client.post(f"/d/local/threads/{thread_id}/fork/", follow=True)
    copied = page.redirect_chain[-1][0].split("/")[4]
    assert copied != thread_id
    page_of_copy = edit(client, copied, read(page).all(tag="article")[0]["data-message-id"], "Save and rerun")
    assert "did not start" not in page_of_copy.text
    configurable: Any = sdk.runs.list(copied, limit=1)[0]["kwargs"]["config"]["configurable"]  # type: ignore[typeddict-item]
    assert (configurable["user_id"], configurable["todo_category"]) == ("Ada", "work")
    finished(sdk, copied)


def test_a_busy_thread_refuses_an_edit_and_keeps_it(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "chat", said("Hello"))
    message = sdk.threads.get_state(thread_id)["values"]["messages"][0]  # type: ignore[call-overload]
    run = sdk.runs.create(thread_id, "chat", input=said("Later"), after_seconds=60)
    page = edit(client, thread_id, message["id"], **{"text-0": "Typed in vain?"})
    assert "A run is active on this thread" in page.one(role="alert").text
    assert form_of(page, "Save only")[1]["text-0"] == "Typed in vain?"
    sdk.runs.cancel(thread_id, run["run_id"], wait=True)
    assert edits(sdk, thread_id) == []


def test_two_questions_are_answered_by_id(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "parallel", {"destination": "Kyoto"})
    address, fields = form_of(read(client.get(f"/d/local/threads/{thread_id}/")), "Resume")
    ids = [name.removeprefix("answer-") for name in fields if name.startswith("answer-")]
    answers = {f"answer-{id}": f"answer {place}" for place, id in enumerate(ids)}
    client.post(address, fields | answers | {"interrupt": ids})
    state = finished(sdk, thread_id)
    assert len(ids) == 2
    assert state["next"] == []


def told(client: Client, thread_id: str, inside: str = "") -> list[tuple[Any, ...]]:
    """The checkpoints that Studio tells of, newest first; it must know all of them."""
    answer = client.get(f"/d/local/threads/{thread_id}/{inside}history.json").json()
    assert answer["complete"] is True
    assert answer["known"] == len(answer["checkpoints"])
    return [
        (
            c["checkpoint_id"],
            c["parent_checkpoint_id"],
            c["step"],
            c["source"],
            c["next"],
            c["run_id"],
            c["message_ids"],
        )
        for c in answer["checkpoints"]
    ]


def walked(sdk: SyncLangGraphClient, thread_id: str, namespace: str = "") -> list[tuple[Any, ...]]:
    """The same by the SDK."""
    inside: Any = {"checkpoint_ns": namespace}
    states: list[Any] = list(sdk.threads.get_history(thread_id, limit=1000, checkpoint=inside))
    return [
        (
            s["checkpoint"]["checkpoint_id"],
            (s["parent_checkpoint"] or {}).get("checkpoint_id"),
            s["metadata"]["step"],
            s["metadata"]["source"],
            list(s["next"]),
            s["metadata"].get("run_id"),
            [m["id"] for m in s["values"].get("messages", [])],
        )
        for s in states
    ]


def listed(page: Element) -> list[str]:
    """The checkpoints on show in the history."""
    return rows_of(page.one(id="history").all(data_line=True))


def test_the_spine_is_what_a_full_walk_by_the_sdk_finds(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "songs", said("Multiply 6 by 7."), said("Play Let It Be on Apple."))
    assert told(client, thread_id) == walked(sdk, thread_id)


def test_the_spine_of_a_thread_with_forks_is_what_a_full_walk_finds(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "chat", said("Hi! I'm Lance."), said("What's my name?"))
    (head, *_), asked = walked(sdk, thread_id), said({"type": "human", "id": "other", "content": "And mine?"})
    older = [id for id, *_, next, _run, _messages in walked(sdk, thread_id) if next == ["conversation"]]
    assert len(older) == 2
    for id in older:
        made: Any = sdk.threads.update_state(thread_id, asked, checkpoint_id=id)
        assert told(client, thread_id) == walked(sdk, thread_id), "after an edit"
        at: Any = {"checkpoint_id": made["checkpoint"]["checkpoint_id"]}
        sdk.runs.wait(thread_id, "chat", checkpoint=at)
        assert told(client, thread_id) == walked(sdk, thread_id), "after a run on the fork"
    sdk.threads.update_state(thread_id, asked, checkpoint_id=head[0])
    found = told(client, thread_id)
    assert found == walked(sdk, thread_id)
    assert len({id for id, *_ in found} - {parent for _, parent, *_ in found}) == 3
    assert "3 branches" in read(client.get(f"/d/local/threads/{thread_id}/")).one(id="head").text


def test_the_inside_of_a_subgraph_is_read_like_a_thread(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "parallel", {"destination": "Kyoto"})
    outer: Any = sdk.threads.get_state(thread_id)
    namespace = next(t["checkpoint"]["checkpoint_ns"] for t in outer["tasks"] if t["name"] == "visa")
    link = next(a for a in read(client.get(f"/d/local/threads/{thread_id}/")).all(tag="a") if "/in/" in a["href"])
    inside = f"in/{unquote(link['href']).split('/in/')[1]}"
    assert (link.text, inside) == ("Open its history", f"in/{namespace}/")

    page = read(client.get(link["href"]))
    nested = walked(sdk, thread_id, namespace)
    assert listed(page) == [id for id, *_ in nested]
    assert told(client, thread_id, inside) == nested
    assert nested[0][4] == ["ask"]
    assert not {id for id, *_ in nested} & {id for id, *_ in walked(sdk, thread_id)}
    state = page.one(id="conversation").text
    assert "documents" in state
    assert "When does the passport expire?" in state
    assert page.all(data_following="true"), "the newest of the subgraph is on show, and followed"

    (crumb,) = page.one(id="head").one(tag="h1").all(tag="a")
    assert crumb["href"] == f"/d/local/threads/{thread_id}/?checkpoint={outer['checkpoint']['checkpoint_id']}"
    entered = read(client.get(crumb["href"])).one(aria_current="true", data_line=True)
    assert entered["data-checkpoint-id"] == outer["checkpoint"]["checkpoint_id"]
    assert page.one(id="head").one(tag="h1").text.endswith("› visa")


def test_every_part_of_a_subgraph_can_be_looked_at_and_none_changed(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "parallel", {"destination": "Kyoto"})
    outer: Any = sdk.threads.get_state(thread_id)
    namespace = next(t["checkpoint"]["checkpoint_ns"] for t in outer["tasks"] if t["name"] == "visa")
    base = f"/d/local/threads/{thread_id}/in/{namespace}/"
    first, second, third = listed(read(client.get(base)))
    for id, shown in ((first, "Step 1"), (second, "Step 0"), (third, "Step −1")):
        page = read(client.get(base, {"checkpoint": id}))
        assert page.one(id="history").one(data_checkpoint_id=True, aria_current="true")["data-checkpoint-id"] == id
        assert page.one(id="conversation")["data-checkpoint"] == id
        assert page.one(id="conversation").one(tag="h2").text.replace("-", "−") == shown
        assert not [form for form in page.all(tag="form", method="post") if form.all(tag="button")]
        assert not page.all(data_edit=True) + page.all(tag="textarea")

    diff = read(client.get(f"{base}diff/", {"b": first}))
    assert "documents" in diff.one(data_channel="documents").text
    assert [a["href"] for a in diff.all(tag="a") if second in a.attributes.get("href", "")]
    contents = {
        "changes": "documents",
        "state": "from gather · step 1",
        "tasks": "ask interrupted",
        "metadata": "parents",
        "raw": namespace,
    }
    for tab, content in contents.items():
        found = read(client.get(f"{base}inspector/", {"checkpoint": first, "tab": tab})).one(id="inspector")
        assert content in found.text, tab
    at: Any = {"checkpoint_ns": namespace, "checkpoint_id": first}
    state: Any = sdk.threads.get_state(thread_id, checkpoint=at)
    file = client.get(f"{base}state.json", {"checkpoint": first}).json()
    assert (file["values"], file["checkpoint"]) == (state["values"], state["checkpoint"])
    assert file["values"]["documents"][0] == "passport"
    documents = client.get(f"{base}state/", {"checkpoint": first, "path": "/values/documents"})
    assert "photo" in read(documents).text


def test_five_hundred_branches_are_folded_and_drawn_in_few_lanes(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = five_hundred_branches(sdk)
    page = read(client.get(f"/d/local/threads/{thread_id}/"))
    assert "500 branches" in page.one(id="head").text
    assert len(page.one(id="history").all()) <= 800
    assert {fold["aria-expanded"] for fold in page.one(id="history").all(aria_expanded=True)} == {"false"}

    found = told(client, thread_id)
    assert found == walked(sdk, thread_id)
    parents = {id: parent for id, parent, *_ in found}
    assert len(parents) == 60 + 499 + 249
    assert len(parents.keys() - set(parents.values())) == 500
    lanes = [c["lane"] for c in client.get(f"/d/local/threads/{thread_id}/history.json").json()["checkpoints"]]
    assert 1 < 1 + max(lanes) <= floor(log2(500)) + 2

    active = [found[0][0]]
    while parent := parents[active[-1]]:
        active.append(parent)
    folded = every_line(client, thread_id, fold="all")
    assert rows_of(folded) == active
    assert sorted(rows_of(every_line(client, thread_id, fold="none"))) == sorted(parents)

    folds = {line["value"]: line.text for line in folded if "aria-expanded" in line.attributes}
    fork = max(folds, key=lambda id: int(folds[id].split()[0]))  # the one with most heads beside the path
    beside: set[str] = set()
    for id in sorted(parents):  # parents are older than their children
        if id not in active and (parents[id] == fork or parents[id] in beside):
            beside.add(id)
    assert folds[fork] == f"{len(beside - set(parents.values()))} forks · {len(beside)} checkpoints"
    opened = set(rows_of(every_line(client, thread_id, fold="all", flipped=fork))) - set(active)
    assert {id for id in beside if parents[id] == fork} <= opened <= beside


def five_hundred_branches(sdk: SyncLangGraphClient) -> str:
    """A thread of 60 checkpoints with 499 branches that begin everywhere on it and on each other; every second one is
    two checkpoints long."""
    steps: Any = [{"updates": [{"values": {"attempts": n}, "as_node": "plan"}]} for n in range(60)]
    thread_id = str(sdk.threads.create(graph_id="flaky", supersteps=steps)["thread_id"])

    def branch(number: int, parent: str) -> str:
        written: Any = {"attempts": number}
        made: Any = sdk.threads.update_state(thread_id, written, as_node="plan", checkpoint_id=parent)
        return str(made["checkpoint"]["checkpoint_id"])

    inner = [id for id, *_ in walked(sdk, thread_id)[1:]]  # they have a child: a second one is one branch more
    for number in range(499):
        made = branch(number, inner[number * 37 % len(inner)])
        if number % 2:
            branch(number, made)
            inner.append(made)
    return thread_id


def every_line(client: Client, thread_id: str, **choice: str) -> list[Element]:
    """All lines of a choice, from the top, window by window as they are scrolled to."""
    lines: list[Element] = []
    total = 1
    while len(lines) < total:
        asked = {**choice, "from": str(len(lines))}
        page = client.get(f"/d/local/threads/{thread_id}/history/", asked, headers={"HX-Request": "true"})
        shown = read(page).one(id="history")
        assert len(shown.all()) <= 800
        known = len(lines) - int(shown["data-first"])  # the last window ends where the list ends
        lines += shown.all(data_line=True)[known:]
        total = int(shown["data-lines"])
    return lines


def rows_of(lines: list[Element]) -> list[str]:
    return [line["data-checkpoint-id"] for line in lines if "data-checkpoint-id" in line.attributes]


def test_what_a_run_did_before_it_was_rolled_back_leaves_the_tree(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "pipeline", {"steps": 1, "delay": 0})
    kept = walked(sdk, thread_id)
    for ended_by in ("the next run", "a person"):
        run = sdk.runs.create(thread_id, "pipeline", input={"steps": 100, "delay": 0.1})
        wait_until(lambda: len(walked(sdk, thread_id)) >= len(kept) + 3)  # noqa: B023
        seen = told(client, thread_id)
        gone = [id for id, *_, run_id, _messages in seen if run_id == run["run_id"]]
        assert len(gone) >= 3, ended_by
        if ended_by == "a person":
            sdk.runs.cancel(thread_id, run["run_id"], wait=True, action="rollback")
            wait_until(lambda: walked(sdk, thread_id) == kept)  # noqa: B023
        else:
            once: Any = {"steps": 1, "delay": 0}
            sdk.runs.wait(thread_id, "pipeline", input=once, multitask_strategy="rollback")
            kept = walked(sdk, thread_id)
        page = read(client.get(f"/d/local/threads/{thread_id}/"))
        assert listed(page) == [id for id, *_ in kept], ended_by
        assert not {*gone} & {*listed(page)}, ended_by
        assert told(client, thread_id) == kept == walked(sdk, thread_id), ended_by


@pytest.mark.parametrize("place", [0, 1], ids=["the newest", "an older one"])
def test_a_run_that_was_deleted_leaves_the_tree(client: Client, sdk: SyncLangGraphClient, place: int) -> None:
    thread_id = ran(sdk, "pipeline", {"steps": 1, "delay": 0}, {"steps": 2, "delay": 0})
    before, run = told(client, thread_id), sdk.runs.list(thread_id)[place]["run_id"]
    gone = {id for id, *_, run_id, _messages in before if run_id == run}
    assert before == walked(sdk, thread_id)
    assert len(gone) >= 3
    sdk.runs.delete(thread_id, run)
    left = walked(sdk, thread_id)
    assert [id for id, *_ in left] == [id for id, *_ in before if id not in gone]
    client.get(f"/d/local/threads/{thread_id}/history/", {"check": "1"}, headers={"HX-Request": "true"})
    assert listed(read(client.get(f"/d/local/threads/{thread_id}/"))) == [id for id, *_ in left]
    assert told(client, thread_id) == left


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
