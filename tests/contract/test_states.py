"""States and history: read at any checkpoint, written after one."""

from typing import Any
from uuid import uuid4

import pytest

from studio.deployments import runs, states
from studio.deployments.errors import DeploymentError
from studio.deployments.wire import marked
from studio.history.messages import conversation
from studio.history.model import Snapshot
from tests.contract.conftest import World

NOWHERE = "1f000000-0000-6000-8000-000000000000"


def texts(snapshot: Snapshot) -> list[str]:
    return [message.text for message in conversation(snapshot.channels.get("messages"))]


def human(text: str, id: str) -> dict[str, Any]:
    return {"messages": [{"type": "human", "id": id, "content": text}]}


async def test_a_fresh_thread_has_no_state_and_no_history(world: World) -> None:
    thread, gateway = await world.thread(), await world.gateway()
    assert await states.current(gateway, thread) is None
    page = await states.history(gateway, thread, 10)
    assert (page.checkpoints, page.last) == ([], True)


async def test_a_turn_leaves_an_input_a_step_before_and_a_step_after_the_answer(world: World) -> None:
    thread = await world.said()
    spine = (await states.history(await world.gateway(), thread, 10)).checkpoints
    assert [(c.step, c.source, c.next) for c in spine] == [
        (1, "loop", ()),
        (0, "loop", ("conversation",)),
        (-1, "input", ("__start__",)),
    ]
    assert [c.parent_id for c in spine] == [spine[1].id, spine[2].id, None]
    assert [len(c.message_ids) for c in spine] == [2, 1, 0]
    assert spine[1].message_ids == ("h1",)
    assert len({c.run_id for c in spine}) == 1


async def test_the_current_state_is_that_of_the_newest_checkpoint(world: World) -> None:
    thread = await world.said()
    head = await world.head(thread)
    newest = (await states.history(await world.gateway(), thread, 1)).checkpoints[0]
    assert marked(head) == newest
    assert [mark.key for mark in newest.messages][:1] == ["h1"]
    assert newest.channels.keys() == head.channels.keys()
    assert await states.at(await world.gateway(), thread, newest.id)
    assert texts(head)[0] == "hello"


async def test_what_is_kept_of_a_checkpoint_is_without_what_the_done_nodes_of_its_super_step_have_written(
    world: World,
) -> None:
    thread, gateway = await world.thread("parallel"), await world.gateway()
    await world.run(thread, "parallel", {"destination": "Kyoto"})
    head = await world.head(thread)
    assert head.done == ("hotel",)
    kept = await states.values_at(gateway, thread, head.checkpoint.id)
    assert kept.channels == (await states.at(gateway, thread, head.checkpoint.id)).channels
    assert (kept.channels == head.channels) == bool(world.fake)


async def test_an_older_state_is_as_it_was(world: World) -> None:
    thread = await world.said()
    gateway = await world.gateway()
    older = (await states.history(gateway, thread, 10)).checkpoints[1]
    snapshot = await states.at(gateway, thread, older.id)
    assert texts(snapshot) == ["hello"]
    assert snapshot.checkpoint.id == older.id
    assert [task.name for task in snapshot.tasks] == ["conversation"]


@pytest.mark.parametrize("id", [NOWHERE, "nope"])
async def test_an_unknown_checkpoint_is_not_found(world: World, id: str) -> None:
    thread = await world.said()
    with pytest.raises(DeploymentError) as caught:
        await states.at(await world.gateway(), thread, id)
    assert caught.value.kind == "not_found"


async def test_the_state_of_an_unknown_thread_is_not_found(world: World) -> None:
    gateway, unknown = await world.gateway(), str(uuid4())
    for asked in (states.current(gateway, unknown), states.history(gateway, unknown, 5)):
        with pytest.raises(DeploymentError) as caught:
            await asked
        assert caught.value.kind == "not_found"


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_small_pages_together_are_the_whole_history(world: World, limit: int) -> None:
    thread, gateway = await world.said(), await world.gateway()
    whole = await states.history(gateway, thread, 100)
    walked, before = [], None
    while not (page := await states.history(gateway, thread, limit, before)).last:
        walked += page.checkpoints
        before = page.checkpoints[-1].id
        assert page.size > 0
    assert [*walked, *page.checkpoints] == whole.checkpoints
    assert whole.last


async def test_an_edit_by_id_replaces_the_message_on_a_branch_of_its_own(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    head = await world.head(thread)
    asked = (await states.history(gateway, thread, 10)).checkpoints[1]
    written = await states.update(gateway, thread, human("good bye", "h1"), asked.id)
    made = await states.at(gateway, thread, written)
    assert texts(made) == ["good bye"]
    assert (made.checkpoint.parent_id, made.checkpoint.source) == (asked.id, "update")
    assert made.checkpoint.next == ("conversation",)
    assert (await states.at(gateway, thread, head.checkpoint.id)).values == head.values


async def test_a_message_with_a_new_id_is_appended(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    head = await world.head(thread)
    written = await states.update(gateway, thread, human("one more", "h2"), head.checkpoint.id)
    assert texts(await states.at(gateway, thread, written)) == [*texts(head), "one more"]


async def test_a_removal_removes(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    head = await world.head(thread)
    removal: Any = {"messages": [{"type": "remove", "id": "h1", "content": ""}]}
    written = await states.update(gateway, thread, removal, head.checkpoint.id)
    assert texts(await states.at(gateway, thread, written)) == texts(head)[1:]


async def test_removing_what_is_not_there_is_refused_with_the_reason(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    head = await world.head(thread)
    removal: Any = {"messages": [{"type": "remove", "id": "zzz", "content": ""}]}
    with pytest.raises(DeploymentError) as caught:
        await states.update(gateway, thread, removal, head.checkpoint.id)
    assert caught.value.kind == "invalid"
    assert "doesn't exist" in caught.value.detail


async def test_the_node_named_decides_what_comes_next(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    head = await world.head(thread)
    written = await states.update(gateway, thread, human("again", "h2"), head.checkpoint.id, "__start__")
    assert (await states.at(gateway, thread, written)).checkpoint.next == ("conversation",)


async def test_an_unknown_node_is_refused_with_its_name(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    head = await world.head(thread)
    with pytest.raises(DeploymentError) as caught:
        await states.update(gateway, thread, human("x", "h1"), head.checkpoint.id, "nope")
    assert (caught.value.kind, caught.value.detail) == ("invalid", "Node nope does not exist")


async def test_writing_while_a_run_works_is_a_conflict_that_tells_nothing_of_the_run(world: World) -> None:
    thread, gateway = await world.thread("pipeline"), await world.gateway()
    run = await world.begin_long_run(thread)
    with pytest.raises(DeploymentError) as caught:
        await states.update(gateway, thread, {"step": 1}, NOWHERE)
    assert (caught.value.kind, caught.value.detail) == ("conflict", "")
    await runs.cancel(gateway, thread, run.id)


async def test_a_waiting_task_holds_the_question(world: World) -> None:
    thread = await world.thread("pipeline")
    await world.run(thread, "pipeline", {"steps": 1, "delay": 0})
    head = await world.head(thread)
    assert head.checkpoint.interrupted
    assert head.checkpoint.next == ("confirm",)
    (question,) = head.interrupts
    assert question.id
    assert isinstance(question.value, dict)
    assert "Publish anyway?" in str(question.value["question"])


async def test_a_failed_task_holds_the_error(world: World) -> None:
    thread = await world.thread("flaky")
    run = await world.run(thread, "flaky", {})
    head = await world.head(thread)
    assert (run.status, head.checkpoint.error, head.checkpoint.next) == ("error", "TimeoutError", ("fetch",))
    assert "longer than 30 s" in head.tasks[0].error


async def test_a_subgraph_has_a_history_and_states_of_its_own(world: World) -> None:
    thread, namespace = await world.nested()
    gateway, head = await world.gateway(), await world.head(thread)
    assert namespace.startswith("visa:")
    assert [task.namespace for task in head.tasks if task.name == "visa"] == [namespace]
    page = await states.history(gateway, thread, 100, None, namespace)
    ids = [c.id for c in page.checkpoints]
    assert page.last
    assert len(ids) > 1
    assert ids == sorted(ids, reverse=True)
    newest = await states.current(gateway, thread, namespace)
    assert newest
    assert marked(newest) == page.checkpoints[0]
    assert newest.metadata["parents"] == {"": head.checkpoint.id}
    assert newest.config["checkpoint_ns"] == namespace
    oldest = await states.at(gateway, thread, ids[-1], namespace)
    assert marked(oldest) == page.checkpoints[-1]
    below = await states.history(gateway, thread, 1, ids[0], namespace)
    assert [c.id for c in below.checkpoints] == ids[1:2]
    own = {c.id for c in (await states.history(gateway, thread, 100)).checkpoints}
    assert not own & set(ids)


async def test_a_subgraph_that_the_graph_does_not_have_is_a_failure(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    namespace = f"visa:{uuid4()}"
    for asked in (
        states.current(gateway, thread, namespace),
        states.at(gateway, thread, NOWHERE, namespace),
    ):
        with pytest.raises(DeploymentError) as caught:
            await asked
        assert caught.value.kind == "failed"
    assert (await states.history(gateway, thread, 5, None, namespace)).checkpoints == []


async def test_a_subgraph_that_has_not_run_has_no_states(world: World) -> None:
    thread, gateway = (await world.nested())[0], await world.gateway()
    namespace = f"visa:{uuid4()}"
    assert await states.current(gateway, thread, namespace) is None
    assert (await states.history(gateway, thread, 5, None, namespace)).checkpoints == []


async def test_checkpoints_are_counted_with_those_of_subgraphs(world: World) -> None:
    plain, gateway = await world.said(), await world.gateway()
    assert await states.count(gateway, plain) == 3
    thread, namespace = await world.nested()
    held = [len((await states.history(gateway, thread, 100, None, ns)).checkpoints) for ns in ("", namespace)]
    assert await states.count(gateway, thread) == sum(held)
    assert await states.count(gateway, await world.thread()) == 0
    assert await states.count(gateway, str(uuid4())) is None
