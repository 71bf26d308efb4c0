"""The index of a thread, read page by page, is what the deployment holds."""

from typing import Any

import pytest

from studio.deployments import states
from studio.index import sync
from tests.contract.conftest import World
from tests.support.sdk import witness

pytestmark = pytest.mark.django_db(transaction=True)
LENGTH = 500


async def long_thread(world: World) -> str:
    """A thread of many checkpoints, each with a message more."""
    if world.fake:
        thread = world.fake.add_thread()
        for number in range(LENGTH):
            world.fake.grow(thread, 1, {"messages": [{"type": "human", "id": f"m{number}", "content": "x"}]})
        return thread.id
    steps: list[Any] = [
        {"updates": [{"values": {"messages": [{"type": "human", "id": f"m{n}", "content": "x"}]}, "as_node": as_node}]}
        for n, as_node in enumerate(["__start__", *["conversation"] * (LENGTH - 1)])
    ]
    made: Any = await (await world.gateway()).sdk.threads.create(graph_id="chat", supersteps=steps)
    return str(made["thread_id"])


async def walked(world: World, thread: str) -> list[dict[str, Any]]:
    """The whole history by the SDK, which knows nothing of Studio."""
    if world.fake:
        gateway = await world.gateway()
        return list(await gateway.sdk.threads.get_history(thread, limit=1000))  # type: ignore[arg-type]
    async with witness(world.deployment.url) as client:
        return list(await client.threads.get_history(thread, limit=1000))  # type: ignore[arg-type]


async def test_a_long_thread_is_walked_to_its_end_and_found_right(world: World) -> None:
    thread, gateway = await long_thread(world), await world.gateway()
    known = await sync.sync(gateway, thread)
    whole = await walked(world, thread)
    assert len(whole) >= LENGTH
    assert known.complete
    assert [c.id for c in known.checkpoints] == [entry["checkpoint"]["checkpoint_id"] for entry in whole]
    for checkpoint, entry in zip(known.checkpoints, whole, strict=True):
        above = entry["parent_checkpoint"]
        assert checkpoint.parent_id == (above["checkpoint_id"] if above else None)
        assert list(checkpoint.message_ids) == [m["id"] for m in entry["values"].get("messages", [])]
        assert checkpoint.channels.keys() == entry["values"].keys()
    assert await sync.verify(gateway, thread)
    head = await world.say(thread, "one more")
    known = await sync.sync(gateway, thread)
    assert (known.complete, known.newest) == (True, head.checkpoint.id)
    assert len(known.checkpoints) > len(whole)
    assert await sync.verify(gateway, thread)
    assert list(known.checkpoints) == (await states.history(gateway, thread, 1000)).checkpoints


async def test_a_subgraph_is_walked_by_its_namespace(world: World) -> None:
    thread, namespace = await world.nested()
    gateway = await world.gateway()
    for read in ("", namespace):
        known = await sync.sync(gateway, thread, read)
        assert known.complete
        assert list(known.checkpoints) == (await states.history(gateway, thread, 100, None, read)).checkpoints
    assert await sync.verify(gateway, thread)
    assert await sync.verify(gateway, thread)
    assert (await sync.known(gateway, thread)).complete


async def test_a_run_that_was_rolled_back_is_dropped(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    await world.say(thread, "two")
    run = (await states.history(gateway, thread, 1)).checkpoints[0].run_id
    assert len((await sync.sync(gateway, thread)).checkpoints) == 6
    assert await sync.verify(gateway, thread)
    await gateway.sdk.runs.delete(thread, str(run))
    known = await sync.sync(gateway, thread)
    assert list(known.checkpoints) == (await states.history(gateway, thread, 100)).checkpoints
    assert await sync.verify(gateway, thread)
    assert (await sync.known(gateway, thread)).complete
