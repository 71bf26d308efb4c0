"""Threads: made, found, ordered, counted, copied."""

from uuid import uuid4

import pytest

from studio.deployments import states, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.threads import PAGE, Query
from tests.contract.conftest import World


async def tagged(world: World, tag: str, number: int) -> list[str]:
    """Threads with this tag, the oldest first."""
    gateway = await world.gateway()
    rows = [await gateway.sdk.threads.create(metadata={"tag": tag, "graph_id": "chat"}) for _ in range(number)]
    return [row["thread_id"] for row in rows]


async def found(world: World, **query: object) -> list[str]:
    return [thread.id for thread in await threads.search(await world.gateway(), Query(**query))]  # type: ignore[arg-type]


async def test_a_new_thread_has_its_title_its_graph_and_nothing_else(world: World) -> None:
    made = await world.thread("chat", "Plans")
    thread = await threads.get(await world.gateway(), made)
    assert (thread.id, thread.title, thread.graph_id) == (made, "Plans", "chat")
    assert (thread.status, thread.preview, thread.assistant_id) == ("idle", "", "")
    assert thread.created_at is not None


async def test_a_thread_is_called_after_its_first_words_and_shows_its_last(world: World) -> None:
    thread = await world.thread()
    await world.say(thread, "Tell me about kites")
    row = await threads.get(await world.gateway(), thread)
    assert row.title == "Tell me about kites"
    assert row.preview.startswith("You say “Tell me about kites”")


async def test_metadata_filters_the_list(world: World, tag: str) -> None:
    made = await tagged(world, tag, 2)
    await tagged(world, "another tag", 1)
    assert sorted(await found(world, metadata={"tag": tag})) == sorted(made)


async def test_metadata_has_to_match_in_every_pair(world: World, tag: str) -> None:
    await tagged(world, tag, 1)
    assert await found(world, metadata={"tag": tag, "graph_id": "songs"}) == []


async def test_an_id_finds_its_thread_alone(world: World, tag: str) -> None:
    first, _ = await tagged(world, tag, 2)
    assert await found(world, ids=(first,)) == [first]


async def test_a_status_filters_the_list(world: World) -> None:
    waiting, idle = await world.thread("pipeline"), await world.thread()
    await world.run(waiting, "pipeline", {"steps": 1, "delay": 0})
    listed = await found(world, status="interrupted")
    assert waiting in listed
    assert idle not in listed


async def test_the_order_is_the_one_asked_for(world: World, tag: str) -> None:
    made = await tagged(world, tag, 3)
    mine = {"metadata": {"tag": tag}, "sort": "created_at"}
    assert await found(world, **mine, descending=False) == made
    assert await found(world, **mine, descending=True) == made[::-1]


async def test_a_page_has_one_thread_more_when_another_page_follows(world: World, tag: str) -> None:
    made = await tagged(world, tag, PAGE + 2)
    mine = {"metadata": {"tag": tag}, "sort": "created_at", "descending": False}
    assert await found(world, **mine) == made[: PAGE + 1]
    assert await found(world, **mine, page=2) == made[PAGE:]


async def test_threads_are_counted_in_all_and_by_status(world: World, tag: str) -> None:
    await tagged(world, tag, 3)
    counts = await threads.count(await world.gateway(), Query(metadata={"tag": tag}))
    assert counts.total == 3
    assert counts.by_status == {"busy": 0, "interrupted": 0, "error": 0, "idle": 3}


async def test_the_total_obeys_the_status_filter(world: World, tag: str) -> None:
    await tagged(world, tag, 1)
    counts = await threads.count(await world.gateway(), Query(metadata={"tag": tag}, status="busy"))
    assert (counts.total, counts.by_status["idle"]) == (0, 1)


async def test_of_the_rows_on_screen_those_that_are_gone_are_missing(world: World, tag: str) -> None:
    first, second = await tagged(world, tag, 2)
    gateway = await world.gateway()
    await gateway.sdk.threads.delete(first)
    assert [thread.id for thread in await threads.statuses(gateway, [first, second])] == [second]


async def test_a_waiting_thread_shows_its_question(world: World) -> None:
    thread = await world.thread("pipeline")
    await world.run(thread, "pipeline", {"steps": 1, "delay": 0})
    row = await threads.get(await world.gateway(), thread)
    assert row.status == "interrupted"
    assert "Publish anyway?" in row.waits


async def test_a_copy_has_the_history_under_another_title(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    original = await world.head(thread)
    copied = await threads.copy(gateway, thread, "Two")
    assert (await threads.get(gateway, copied)).title == "Two"
    assert (await threads.get(gateway, thread)).title != "Two"
    assert (await world.head(copied)).values == original.values
    ids = [[c.id for c in (await states.history(gateway, id, 100)).checkpoints] for id in (thread, copied)]
    assert ids[0] == ids[1]


async def test_a_copy_has_no_words_in_the_list_until_something_happens_to_it(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    copied = await threads.copy(gateway, thread, "Two")
    assert (await threads.get(gateway, copied)).preview == ""
    head = await world.head(copied)
    await states.update(gateway, copied, {"messages": []}, head.checkpoint.id)
    assert (await threads.get(gateway, copied)).preview.startswith("You say “hello”")


async def test_a_copy_of_a_waiting_thread_is_called_idle_though_its_state_waits(world: World) -> None:
    thread, gateway = await world.thread("pipeline"), await world.gateway()
    await world.run(thread, "pipeline", {"steps": 1, "delay": 0})
    copied = await threads.copy(gateway, thread, "Two")
    assert (await threads.get(gateway, copied)).status == "idle"
    assert (await world.head(copied)).interrupts


async def test_what_happens_to_a_copy_leaves_the_original_alone(world: World) -> None:
    thread = await world.said()
    original = await world.head(thread)
    copied = await threads.copy(await world.gateway(), thread, "Two")
    await world.say(copied, "only here")
    assert (await world.head(thread)).values == original.values


async def test_an_unknown_thread_is_not_found(world: World) -> None:
    with pytest.raises(DeploymentError) as caught:
        await threads.get(await world.gateway(), str(uuid4()))
    assert caught.value.kind == "not_found"


async def test_what_is_no_thread_id_is_invalid_and_the_server_says_why(world: World) -> None:
    with pytest.raises(DeploymentError) as caught:
        await threads.get(await world.gateway(), "nope")
    assert (caught.value.kind, caught.value.status) == ("invalid", 422)
    assert "UUID" in caught.value.detail
