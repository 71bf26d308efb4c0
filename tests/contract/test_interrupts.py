"""Interrupts: answered by id, several at once and inside a subgraph; a thread ended instead; how many wait."""

import pytest

from studio.deployments import states, threads, waiting
from studio.deployments.config import Deployment
from studio.deployments.waiting import Waiting
from studio.history.model import Interrupt, Json
from tests.contract.conftest import World
from tests.support.sdk import rest


async def trip(world: World) -> tuple[str, dict[str, Interrupt]]:
    """A thread in which a node and a subgraph ask at the same time, and their questions by task."""
    thread = await world.thread("parallel")
    await world.run(thread, "parallel", {"destination": "Kyoto"})
    head = await world.head(thread)
    return thread, {task.name: task.interrupts[0] for task in head.waiting}


async def report(world: World) -> tuple[str, Interrupt]:
    """A thread that asks at its end."""
    thread = await world.thread("pipeline")
    await world.run(thread, "pipeline", {"steps": 1, "delay": 0})
    (asked,) = (await world.head(thread)).interrupts
    return thread, asked


def can_end(world: World, graph: str) -> None:
    """The fake takes an update only of a node that it has."""
    if world.fake:
        held = world.fake.graphs[graph]
        held.nodes = {**held.nodes, "__end__": lambda values: {}}


async def test_several_questions_are_open_at_once_and_answered_together(world: World) -> None:
    thread, asked = await trip(world)
    assert asked.keys() == {"flight", "visa"}
    answers: Json = {question.id or "": f"to {name}" for name, question in asked.items()}
    await world.run(thread, "parallel", command={"resume": answers})
    head = await world.head(thread)
    assert (head.interrupts, head.checkpoint.next) == ((), ())
    assert "to flight" in str(head.channels)
    assert "to visa" in str(head.channels)


@pytest.mark.parametrize("first", ["flight", "visa"])
async def test_one_of_several_is_answered_by_id_and_the_other_keeps_its_own(world: World, first: str) -> None:
    thread, asked = await trip(world)
    (other,) = asked.keys() - {first}
    await world.run(thread, "parallel", command={"resume": {asked[first].id: f"to {first}"}})
    head = await world.head(thread)
    open_now = [question.id for task in head.waiting if task.name == other for question in task.interrupts]
    assert open_now == [asked[other].id]
    await world.run(thread, "parallel", command={"resume": {asked[other].id: f"to {other}"}})
    head = await world.head(thread)
    assert (head.interrupts, head.checkpoint.next) == ((), ())
    assert f"to {first}" in str(head.channels)
    assert f"to {other}" in str(head.channels)


@pytest.mark.parametrize(("answer", "approved"), [("yes", True), ("no", False), ({"approve": False}, False)])
async def test_an_answer_is_a_text_or_json(world: World, answer: Json, approved: bool) -> None:
    thread, asked = await report(world)
    await world.run(thread, "pipeline", command={"resume": {asked.id: answer}})
    head = await world.head(thread)
    assert (head.interrupts, head.channels["approved"]) == ((), approved)


async def test_a_thread_ends_where_it_waits(world: World) -> None:
    can_end(world, "parallel")
    thread, _ = await trip(world)
    before = await world.head(thread)
    await waiting.end(await world.gateway(), thread)
    head = await world.head(thread)
    assert (head.checkpoint.next, head.interrupts, head.checkpoint.source) == ((), (), "update")
    assert head.checkpoint.parent_id == before.checkpoint.id
    assert head.channels == before.channels
    assert (await threads.get(await world.gateway(), thread)).status == "idle"


@pytest.mark.parametrize("command", [{"goto": "__end__"}, {"goto": ["__end__"]}])
async def test_going_to_the_end_does_not_end_a_thread_that_waits(world: World, command: dict[str, Json]) -> None:
    thread, _ = await report(world)
    await world.run(thread, "pipeline", command=command)
    head = await world.head(thread)
    assert head.checkpoint.next == ("confirm",)
    assert len(head.interrupts) == 1


async def test_a_thread_that_ended_takes_another_run(world: World) -> None:
    can_end(world, "pipeline")
    thread, asked = await report(world)
    await waiting.end(await world.gateway(), thread)
    await world.run(thread, "pipeline", {"steps": 1, "delay": 0})
    (again,) = (await world.head(thread)).interrupts
    assert again.id != asked.id


async def test_those_that_wait_are_told_from_those_that_merely_stopped(world: World) -> None:
    gateway = await world.gateway()
    await rest(gateway.sdk)
    before = await waiting.survey(gateway)
    assert before is not None
    stopped = await world.thread()
    said: Json = {"messages": [{"type": "human", "content": "Hello"}]}
    await world.run(stopped, "chat", said, before=("conversation",))
    if world.fake:  # it meets no breakpoints
        world.fake.threads[stopped].head.next = ("conversation",)
    thread, asked = await report(world)
    now = await waiting.survey(gateway)
    assert now == Waiting((thread, *before.asking), (stopped, *before.stopped))
    assert (now.count, now.interrupted, now.open_ended) == (len(before.asking) + 1, len(before.surveyed) + 2, False)
    await world.run(thread, "pipeline", command={"resume": {asked.id: "no"}})
    assert await waiting.survey(gateway) == Waiting(before.asking, (stopped, *before.stopped))


async def test_those_that_wait_are_told_in_several_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await world.gateway()
    await rest(gateway.sdk)
    first, second, third = [(await report(world))[0] for _ in range(3)]
    whole = await waiting.survey(gateway)
    assert whole is not None
    assert whole.asking[:3] == (third, second, first)
    monkeypatch.setattr(waiting, "MOST", 2)
    monkeypatch.setattr(waiting, "ROUNDS", len(whole.surveyed))
    assert await waiting.survey(gateway) == whole
    monkeypatch.setattr(waiting, "ROUNDS", 1)
    newest = await waiting.survey(gateway)
    assert newest == Waiting((third, second), (), len(whole.surveyed) - 2)
    assert (newest.count, newest.interrupted, newest.open_ended) == (2, len(whole.surveyed), True)


async def test_an_update_and_a_node_go_with_an_answer(server_url: str) -> None:
    world = World(Deployment("local", server_url))
    thread, asked = await report(world)
    command: dict[str, Json] = {"resume": {str(asked.id): "no"}, "update": {"sample": [7]}, "goto": "publish"}
    await world.run(thread, "pipeline", command=command)
    head = await world.head(thread)
    assert (head.channels["approved"], head.channels["sample"], head.channels["published"]) == (False, [7], True)
    assert head.checkpoint.next == ()


async def test_the_questions_of_a_thread_are_in_its_row(world: World) -> None:
    thread, asked = await report(world)
    found = await threads.get(await world.gateway(), thread)
    assert asked.question.words == found.waits
    assert (await states.current(await world.gateway(), thread)) is not None
