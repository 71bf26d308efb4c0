"""Seeding, against the real server."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient

from demo.seed import SEEDS, connect, main, seed
from demo.seeds import histories, hostile
from demo.seeds.items import LISTS, seed_items

THREADS = {entry.key: entry.thread_id for entry in SEEDS}


async def history_of(client: LangGraphClient, key: str) -> list[Any]:
    return await client.threads.get_history(THREADS[key], limit=1000)


async def messages_of(client: LangGraphClient, key: str) -> list[dict[str, Any]]:
    state = await client.threads.get_state(THREADS[key])
    values = dict(state["values"])  # type: ignore[arg-type]
    return list(values["messages"])


def test_keys_and_titles_are_unique() -> None:
    assert len({entry.key for entry in SEEDS}) == len({entry.title for entry in SEEDS}) == len(SEEDS)


def test_the_large_value_has_two_megabytes() -> None:
    sizes = [len(json.dumps(step["updates"][0]["values"])) for step in histories.export()]
    assert max(sizes) >= 2_000_000


def test_the_hostile_messages_hold_every_trap() -> None:
    text = json.dumps(hostile.messages(), ensure_ascii=False)
    traps = ["<script>", "onerror=", "javascript:", "\u202e", "__proto__", "9007199254740993", "hologram", "x" * 20_000]
    assert [trap for trap in traps if trap not in text] == []


async def test_a_second_call_makes_nothing(seeded_url: str) -> None:
    assert await seed(seeded_url) == 0


async def test_every_graph_has_a_titled_thread(seeded_url: str) -> None:
    async with connect(seeded_url) as client:
        for entry in SEEDS:
            (found,) = await client.threads.search(metadata={"seed": entry.key})
            metadata = dict(found["metadata"] or {})
            assert (metadata["title"], metadata["graph_id"]) == (entry.title, entry.graph)
    assert {entry.graph for entry in SEEDS} == {"todo", "chat", "songs", "pipeline", "parallel", "flaky"}


async def test_threads_end_as_their_titles_say(seeded_url: str) -> None:
    expected = dict.fromkeys(THREADS, "idle") | {"october": "interrupted", "trip": "interrupted", "broken": "error"}
    async with connect(seeded_url) as client:
        found = await client.threads.search(ids=list(THREADS.values()), limit=100, select=["metadata", "status"])
    assert {dict(thread["metadata"] or {})["seed"]: thread["status"] for thread in found} == expected


async def test_the_two_summaries_differ(seeded_url: str) -> None:
    async with connect(seeded_url) as client:
        *_, everything, _, week = await messages_of(client, "travel")
    assert "Sort winter clothes" in everything["content"]
    assert "Sort winter clothes" not in week["content"]
    assert "Finish booking travel to Hong Kong" in week["content"]


async def test_one_thread_has_three_branches(seeded_url: str) -> None:
    async with connect(seeded_url) as client:
        history = await history_of(client, "three")
    ids = {state["checkpoint"]["checkpoint_id"] for state in history}
    parents = {state["parent_checkpoint"]["checkpoint_id"] for state in history if state["parent_checkpoint"]}
    assert len(ids - parents) == 3
    assert len({state["values"]["messages"][-1]["content"] for state in history if not state["next"]}) == 3


async def test_one_thread_has_two_pending_interrupts(seeded_url: str) -> None:
    async with connect(seeded_url) as client:
        state = await client.threads.get_state(THREADS["trip"])
    assert len([interrupt for task in state["tasks"] for interrupt in task["interrupts"]]) == 2


async def test_the_long_thread_has_three_hundred_checkpoints(seeded_url: str) -> None:
    async with connect(seeded_url) as client:
        assert len(await history_of(client, "research")) == 300


async def test_the_traps_arrive_unharmed(seeded_url: str) -> None:
    async with connect(seeded_url) as client:
        messages = await messages_of(client, "oddities")
    sent = hostile.messages()
    assert [message["id"] for message in messages] == [message["id"] for message in sent]
    for arrived, message in zip(messages, sent, strict=True):
        assert arrived["content"] == (message["content"] or arrived["content"])
        assert len(arrived.get("tool_calls", [])) == len(message.get("tool_calls", []))
    assert messages[3]["additional_kwargs"]["tokens"] == 12000000000000000001


@pytest.mark.parametrize("key", ["october", "broken"])
async def test_a_thread_that_was_left_half_made_is_made_anew(seeded_url: str, key: str) -> None:
    async with connect(seeded_url) as client:
        await client.threads.update(THREADS[key], metadata={"seeded": False})
        before = await client.threads.get_state(THREADS[key])
        assert await seed(seeded_url) == 1
        after = await client.threads.get_state(THREADS[key])
    assert before["created_at"] != after["created_at"]
    assert before["next"] == after["next"]


async def test_a_deleted_thread_is_made_again(seeded_url: str) -> None:
    async with connect(seeded_url) as client:
        await client.threads.delete(THREADS["mended"])
    assert await seed(seeded_url) == 1


async def test_a_list_is_renewed_when_its_deadlines_have_gone_by(server_url: str) -> None:
    namespace = ("todo", "personal", "Lance")
    today = date(2040, 1, 1)
    async with connect(server_url) as client:
        await seed_items(client, namespace)
        assert await seed_items(client, namespace) is False
        assert await seed_items(client, namespace, today) is True
        found = await client.store.search_items(namespace, limit=100)
        deadlines = [item["value"]["deadline"] for item in found["items"]]
        assert (today + timedelta(days=5)).isoformat() in deadlines
        assert len(deadlines) == len(LISTS[namespace])
        assert await seed_items(client, namespace) is True


async def test_a_refused_port_fails_at_once() -> None:
    """A client with the settings of the SDK tries for more than seven seconds."""
    with pytest.raises(ExceptionGroup, match="in part"):
        async with asyncio.timeout(5):
            await seed("http://127.0.0.1:9")


def test_the_command_explains_a_refused_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["demo.seed", "http://127.0.0.1:9"])
    with pytest.raises(SystemExit, match=r"Could not seed .*:9 in full: All connection attempts failed"):
        main()


def test_the_command_says_how_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["demo.seed"])
    with pytest.raises(SystemExit, match=r"usage: python -m demo\.seed URL"):
        main()


async def test_no_key_of_the_environment_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGGRAPH_API_KEY", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY"):
        monkeypatch.setenv(name, "secret")
    async with connect("http://127.0.0.1:9") as client:
        assert "secret" not in str(client.http.client.headers)
