"""The verbs against the real server, through Django's client; the SDK tells what the server holds afterwards."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, override_settings
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from studio.deployments.config import Deployment
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


@pytest.fixture
def sdk(server_url: str) -> Iterator[SyncLangGraphClient]:
    """The server under both: Studio's only deployment, and the witness's."""
    with (
        override_settings(STUDIO_DEPLOYMENTS={"local": Deployment("local", server_url)}),
        get_sync_client(url=server_url, api_key=None) as client,
    ):
        yield client


def ran(sdk: SyncLangGraphClient, graph: str, *inputs: Any, **asked: Any) -> str:
    """A thread on which a graph has run with each of these inputs."""
    thread_id = str(sdk.threads.create(graph_id=graph)["thread_id"])
    for given in inputs:
        sdk.runs.wait(thread_id, graph, input=given, raise_error=False, **asked)
    return thread_id


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


def test_the_spine_is_what_a_full_walk_by_the_sdk_finds(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "songs", said("Multiply 6 by 7."), said("Play Let It Be on Apple."))
    told = client.get(f"/d/local/threads/{thread_id}/history.json").json()
    walked: list[Any] = list(sdk.threads.get_history(thread_id, limit=1000))
    assert told["complete"] is True
    assert [
        (c["checkpoint_id"], c["parent_checkpoint_id"], c["step"], c["source"], c["next"], c["message_ids"])
        for c in told["checkpoints"]
    ] == [
        (
            s["checkpoint"]["checkpoint_id"],
            (s["parent_checkpoint"] or {}).get("checkpoint_id"),
            (s["metadata"] or {})["step"],
            (s["metadata"] or {})["source"],
            list(s["next"]),
            [m["id"] for m in s["values"].get("messages", [])],
        )
        for s in walked
    ]
