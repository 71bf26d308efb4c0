"""Runs: started, followed, stopped, resumed, repeated."""

from uuid import uuid4

import pytest

from studio.deployments import runs, states, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.run_rows import Run
from studio.deployments.starts import Start
from studio.history.messages import conversation
from studio.history.model import Json
from studio.history.tree import grow
from tests.contract.conftest import World

HELLO: Json = {"messages": [{"type": "human", "content": "hello there", "id": "h1"}]}


async def test_a_run_streams_its_answer_word_by_word_and_then_what_the_node_wrote(world: World) -> None:
    thread = await world.thread()
    run, seen = await world.watched(thread, Start("chat", HELLO))
    assert [seen[0].mode, seen[-1].mode] == ["metadata", "updates"]
    streamed = "".join(event.data[0]["content"] for event in seen if event.mode == "messages")
    assert sum(event.mode == "messages" for event in seen) > 2
    await world.ended(run)
    answer = conversation((await world.head(thread)).channels["messages"])[-1]
    assert streamed == answer.text
    assert {event.data[0]["id"] for event in seen if event.mode == "messages"} == {answer.id}


async def test_an_ended_run_can_be_followed_from_its_start(world: World) -> None:
    thread = await world.thread()
    run = await world.run(thread, "chat", HELLO)
    first, second = await world.events(run), await world.events(run)
    assert len(first) > 3
    assert first == second
    assert all(event.id for event in first), "ids mark what is replayed; those of one millisecond may be the same"


async def test_after_an_event_only_later_ones_come(world: World) -> None:
    thread = await world.thread()
    run = await world.run(thread, "chat", HELLO)
    whole = await world.events(run)
    assert await world.events(run, whole[2].id) == whole[3:]


async def test_a_failure_is_told_in_the_stream(world: World) -> None:
    thread = await world.thread("flaky")
    _, seen = await world.watched(thread, Start("flaky", {}))
    last = seen[-1]
    assert (last.mode, last.data["error"]) == ("error", "TimeoutError")


async def test_that_a_run_does_not_exist_is_told_in_the_stream(world: World) -> None:
    (event,) = await world.events(Run(str(uuid4()), await world.thread(), "", ""))
    assert event.mode == "error"
    assert "not found" in event.data["message"]


async def test_a_run_from_an_edit_goes_on_from_it(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    asked = (await states.history(gateway, thread, 10)).checkpoints[1]
    edited: dict[str, Json] = {"messages": [{"type": "human", "id": "h1", "content": "good bye"}]}
    written = await states.update(gateway, thread, edited, asked.id)
    run = await world.run(thread, "chat", checkpoint_id=written)
    head = await world.head(thread)
    assert (head.checkpoint.parent_id, head.checkpoint.run_id) == (written, run.id)
    assert "good bye" in conversation(head.channels["messages"])[-1].text


async def test_a_run_from_an_older_checkpoint_is_a_branch_below_it(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    before = await world.head(thread)
    old = (await states.history(gateway, thread, 10)).checkpoints[1]
    run = await world.run(thread, "chat", checkpoint_id=old.id)
    tree = grow((await states.history(gateway, thread, 100)).checkpoints)
    assert tree.head
    path = [c.id for c in tree.path(tree.head.id)]
    assert old.id in path
    assert before.checkpoint.id not in path
    assert before.checkpoint.id in tree.nodes
    assert tree.leaves == 2
    assert [(c.source, c.parent_id) for c in tree.path(tree.head.id)][-2] == ("fork", old.id)
    assert tree.head.run_id == run.id


async def test_input_at_an_older_checkpoint_begins_a_branch_there(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    first = await world.head(thread)
    await world.say(thread, "two")
    given: Json = {"messages": [{"type": "human", "content": "instead"}]}
    await world.run(thread, "chat", given, checkpoint_id=first.checkpoint.id)
    head = await world.head(thread)
    said = [m.text for m in conversation(head.channels["messages"]) if m.role == "human"]
    assert said == ["hello", "instead"]
    inputs = [c for c in (await states.history(gateway, thread, 100)).checkpoints if c.source == "input"]
    assert [c.parent_id for c in inputs[:2]] == [first.checkpoint.id] * 2


async def test_an_answer_by_id_resumes_the_thread(world: World) -> None:
    thread, gateway = await world.thread("pipeline"), await world.gateway()
    await world.run(thread, "pipeline", {"steps": 1, "delay": 0})
    (question,) = (await world.head(thread)).interrupts
    await world.run(thread, "pipeline", command={"resume": {question.id: "yes"}})
    head = await world.head(thread)
    assert (head.channels["approved"], head.channels["published"], head.interrupts) == (True, True, ())
    assert (await threads.get(gateway, thread)).status == "idle"


async def test_a_second_run_is_refused_while_one_works(world: World) -> None:
    thread, gateway = await world.thread("pipeline"), await world.gateway()
    run = await world.begin_long_run(thread)
    assert (await threads.get(gateway, thread)).status == "busy"
    with pytest.raises(DeploymentError) as caught:
        await runs.start(gateway, thread, Start("pipeline", {"steps": 1}))
    assert (caught.value.kind, caught.value.detail) == ("conflict", "")
    await runs.cancel(gateway, thread, run.id)


async def test_a_stopped_run_is_interrupted(world: World) -> None:
    thread, gateway = await world.thread("pipeline"), await world.gateway()
    run = await world.begin_long_run(thread)
    assert run.active
    assert await runs.cancel(gateway, thread, run.id) is True
    assert (await world.ended(run)).status == "interrupted"


async def test_stopping_what_has_ended_is_no_failure(world: World) -> None:
    thread = await world.thread()
    run = await world.run(thread, "chat", HELLO)
    assert await runs.cancel(await world.gateway(), thread, run.id) is False


async def test_runs_are_listed_with_the_newest_first(world: World) -> None:
    thread = await world.thread()
    made = [(await world.run(thread, "chat", HELLO)).id for _ in range(2)]
    listed = await runs.recent(await world.gateway(), thread)
    assert [run.id for run in listed] == made[::-1]
    assert {run.status for run in listed} == {"success"}
    assert [run.id for run in await runs.recent(await world.gateway(), thread, limit=1)] == made[1:]


async def test_a_run_remembers_what_its_creator_chose_and_no_more(world: World) -> None:
    thread = await world.thread()
    config: dict[str, Json] = {"configurable": {"user_id": "lance", "todo_category": "work"}, "tags": ["nightly"]}
    run = await runs.start(await world.gateway(), thread, Start("chat", HELLO, config=config))
    assert run.config == config
    plain = await runs.start(await world.gateway(), await world.thread(), Start("chat", HELLO))
    assert plain.config == {}


async def test_a_context_comes_back(world: World) -> None:
    wanted = Start("chat", HELLO, context={"user": "lance"})
    run = await runs.start(await world.gateway(), await world.thread(), wanted)
    assert run.context == {"user": "lance"}


@pytest.mark.parametrize(("assistant", "kind"), [("nope", "invalid")])
async def test_an_unknown_assistant_is_refused(world: World, assistant: str, kind: str) -> None:
    with pytest.raises(DeploymentError) as caught:
        await runs.start(await world.gateway(), await world.thread(), Start(assistant, HELLO))
    assert caught.value.kind == kind
    assert "nope" in caught.value.detail


async def test_a_run_on_an_unknown_thread_is_not_found(world: World) -> None:
    with pytest.raises(DeploymentError) as caught:
        await runs.start(await world.gateway(), str(uuid4()), Start("chat", HELLO))
    assert caught.value.kind == "not_found"
