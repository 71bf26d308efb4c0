"""Servers that lack something: learnt once, done without from then on."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from studio.deployments import assistants, dialect, runs, states, threads, waiting
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway, gateway
from studio.deployments.starts import Start, arguments
from studio.deployments.threads import Query
from studio.deployments.trials import thread_at
from studio.history.model import Json
from studio.testing import FakeDeployment, FakeRun, FakeThread, Habits


async def asked(fake: FakeDeployment) -> Gateway:
    fake.reply("Nice to meet **you**.")
    fake.add_thread("Hi! I'm Lance.")
    fake.requests.clear()
    return await gateway(fake.deployment)


@pytest.mark.parametrize("habits", [Habits(), Habits.js(), Habits.aegra(), Habits(select="refused", extract="refused")])
async def test_the_list_shows_the_same_on_every_server(fake_deployment: FakeDeployment, habits: Habits) -> None:
    fake_deployment.habits = habits
    (row,) = await threads.search(await asked(fake_deployment), Query())
    assert (row.title, row.preview, row.graph_id) == ("Hi! I'm Lance.", "Nice to meet you.", "chat")


@pytest.mark.parametrize(
    ("habits", "again"), [(Habits(), 0), (Habits(extract="ignored"), 1), (Habits(select="refused"), 1)]
)
async def test_what_a_server_lacks_is_learnt_once(fake_deployment: FakeDeployment, habits: Habits, again: int) -> None:
    fake_deployment.habits = habits
    mine = await asked(fake_deployment)
    await threads.search(mine, Query())
    assert len(fake_deployment.seen("POST /threads/search")) == 1 + again
    await threads.search(mine, Query())
    assert len(fake_deployment.seen("POST /threads/search")) == 2 + again
    assert len(fake_deployment.seen("GET /info")) == 1


async def test_a_query_that_is_wrong_in_itself_stays_an_error(fake_deployment: FakeDeployment) -> None:
    with pytest.raises(DeploymentError) as caught:
        await threads.search(await asked(fake_deployment), Query(sort="colour"))
    assert caught.value.kind == "invalid"


async def test_a_query_that_is_wrong_in_itself_teaches_nothing_about_the_server(
    fake_deployment: FakeDeployment,
) -> None:
    mine = await asked(fake_deployment)
    with pytest.raises(DeploymentError):
        await threads.search(mine, Query(sort="colour"))
    speech = await dialect.dialect(mine)
    assert (speech.selects, speech.extracts) == (True, True)


async def test_a_server_that_cannot_count_is_asked_once(fake_deployment: FakeDeployment) -> None:
    fake_deployment.habits.counts = False
    mine = await asked(fake_deployment)
    for _ in range(2):
        assert (await threads.count(mine, Query())).total is None
    assert len(fake_deployment.seen("POST /threads/count")) == 5


@pytest.mark.parametrize("ask", [lambda door: threads.count(door, Query()), waiting.survey])
async def test_a_thing_that_is_gone_teaches_nothing_about_counting(
    ask: Callable[[Gateway], Awaitable[object]], fake_deployment: FakeDeployment
) -> None:
    mine = await asked(fake_deployment)
    (await dialect.dialect(mine)).selects = False
    fake_deployment.faults.fail("/count", 404, {"detail": "The tenant was not found"})
    with pytest.raises(DeploymentError):
        await ask(mine)
    assert (await dialect.dialect(mine)).counts


async def test_a_server_that_counts_and_fails_stays_an_error(fake_deployment: FakeDeployment) -> None:
    fake_deployment.faults.fail("/count", times=9)
    mine = await asked(fake_deployment)
    with pytest.raises(DeploymentError):
        await threads.count(mine, Query())
    fake_deployment.faults.mend()
    assert (await threads.count(mine, Query())).total == 1


@pytest.mark.parametrize("habits", [Habits.js(), Habits.aegra()])
async def test_servers_that_are_known_not_to_count_checkpoints_are_never_asked(
    fake_deployment: FakeDeployment, habits: Habits
) -> None:
    fake_deployment.habits = habits
    mine = await asked(fake_deployment)
    assert await states.count(mine, next(iter(fake_deployment.threads))) is None
    assert [str(seen) for seen in fake_deployment.requests] == ["GET /info"]


async def test_a_server_without_a_count_of_checkpoints_is_asked_once(fake_deployment: FakeDeployment) -> None:
    fake_deployment.habits.measures = False
    mine = await asked(fake_deployment)
    for _ in range(3):
        assert await states.count(mine, next(iter(fake_deployment.threads))) is None
    assert len([seen for seen in fake_deployment.requests if seen.path.endswith("/storage")]) == 1


async def test_a_thread_that_is_gone_teaches_nothing_about_counting(fake_deployment: FakeDeployment) -> None:
    mine = await asked(fake_deployment)
    assert await states.count(mine, str(uuid4())) is None
    assert await states.count(mine, next(iter(fake_deployment.threads))) == 3


@pytest.mark.parametrize("nonsense", [None, {}, {"checkpoints": 3}, {"checkpoints": {"count": "many"}}, "<html>"])
async def test_a_count_of_an_unexpected_shape_is_none(fake_deployment: FakeDeployment, nonsense: object) -> None:
    mine = await asked(fake_deployment)
    fake_deployment.faults.answer_with("/storage$", nonsense)
    assert await states.count(mine, next(iter(fake_deployment.threads))) is None


async def test_before_is_a_bare_id_for_the_history_of_a_subgraph_on_the_js_server(
    fake_deployment: FakeDeployment,
) -> None:
    for habits, wanted in ((Habits(), {"configurable": {"checkpoint_id": "1f0"}}), (Habits.js(), "1f0")):
        fake_deployment.habits = habits
        dialect._known.clear()
        mine = await asked(fake_deployment)
        await states.history(mine, next(iter(fake_deployment.threads)), 5, "1f0", "visa:1")
        assert fake_deployment.requests[-1].json["before"] == wanted


async def test_a_run_from_the_head_begins_there_where_the_checkpoint_of_an_earlier_run_sticks(
    fake_deployment: FakeDeployment,
) -> None:
    fake_deployment.habits = Habits.js()
    mine = await asked(fake_deployment)
    (thread,) = fake_deployment.threads.values()
    more: Json = {"messages": [{"type": "human", "content": "more"}]}
    await runs.start(mine, thread.id, Start("chat", checkpoint_id=thread.checkpoints[1].id))
    replayed = thread.head.values["messages"]
    await runs.start(mine, thread.id, Start("chat", more, config={"configurable": {"user_id": "Ada"}}))
    assert thread.head.values["messages"][: len(replayed)] == replayed
    assert thread.runs[-1].asked["config"] == {"configurable": {"user_id": "Ada", "checkpoint_id": None}}


async def test_a_configuration_that_makes_no_sense_is_left_for_the_server_to_refuse(
    fake_deployment: FakeDeployment,
) -> None:
    fake_deployment.habits = Habits.js()
    speech = await dialect.dialect(await asked(fake_deployment))
    wrong: dict[str, Json] = {"configurable": "abc"}
    assert arguments(Start("chat", {}, config=wrong), speech)["config"] == wrong


async def test_a_run_goes_on_from_a_checkpoint_where_one_without_input_would_begin_anew(
    fake_deployment: FakeDeployment,
) -> None:
    fake_deployment.habits = Habits.aegra()
    mine = await asked(fake_deployment)
    (thread,) = fake_deployment.threads.values()
    middle = next(checkpoint for checkpoint in thread.checkpoints if checkpoint.next not in ((), ("__start__",)))
    await runs.start(mine, thread.id, Start("chat", checkpoint_id=middle.id))
    assert [checkpoint.source for checkpoint in thread.checkpoints[-2:]] == ["fork", "loop"]


@pytest.mark.parametrize(("habits", "told"), [(Habits(), 0), (Habits.js(), 0), (Habits.aegra(), 1)])
async def test_a_thread_is_told_its_graph_once_more_where_it_forgets_it(
    fake_deployment: FakeDeployment, habits: Habits, told: int
) -> None:
    fake_deployment.habits = habits
    made = await threads.create(await gateway(fake_deployment.deployment), "chat", "Trip")
    patched = fake_deployment.seen(f"PATCH /threads/{made}")
    assert [seen.json["metadata"] for seen in patched] == [{"graph_id": "chat"}] * told


@pytest.mark.parametrize("habits", [Habits(), Habits.aegra()])
async def test_a_thread_to_try_things_on_stands_where_it_shall_on_every_server(
    fake_deployment: FakeDeployment, habits: Habits
) -> None:
    fake_deployment.habits = habits
    mine = await asked(fake_deployment)
    values: dict[str, Json] = {"messages": [{"type": "human", "id": "h", "content": "Hello"}]}
    async with thread_at(mine, "chat", values, "__start__") as thread_id:
        snapshot = await states.current(mine, thread_id)
        assert snapshot
        held: Any = snapshot.values
        assert [message["id"] for message in held["messages"]] == ["h"]
        assert snapshot.checkpoint.next == ("conversation",)
    assert thread_id not in fake_deployment.threads


async def at_work(fake: FakeDeployment, habits: Habits | None = None) -> tuple[Gateway, FakeThread, FakeRun]:
    """A thread at which a run works, of a server that would let others work beside it, or with other habits."""
    fake.habits = habits or Habits.aegra()
    mine = await asked(fake)
    (thread,) = fake.threads.values()
    fake.hold()
    run = fake.start_run(thread, {"assistant_id": "chat", "input": {"messages": []}})
    return mine, thread, run


@pytest.mark.parametrize(
    ("strategy", "kind"), [("reject", "conflict"), ("enqueue", "unsupported"), ("rollback", "unsupported")]
)
async def test_where_strategies_are_ignored_no_run_is_started_beside_another(
    strategy: str, kind: str, fake_deployment: FakeDeployment
) -> None:
    mine, thread, run = await at_work(fake_deployment)
    with pytest.raises(DeploymentError) as caught:
        await runs.start(mine, thread.id, Start("chat", {"messages": []}, multitask_strategy=strategy))
    assert caught.value.kind == kind
    assert thread.runs[1:] == [run], "it works on, and nothing was started"
    assert run.active


async def test_where_a_second_run_is_refused_as_something_else_it_is_a_conflict_all_the_same(
    fake_deployment: FakeDeployment,
) -> None:
    mine, thread, run = await at_work(fake_deployment, Habits.js())
    with pytest.raises(DeploymentError) as caught:
        await runs.start(mine, thread.id, Start("chat", {}))
    assert caught.value.kind == "conflict"
    assert fake_deployment.seen(f"POST /threads/{thread.id}/runs") == []
    assert thread.active == [run]


async def test_where_strategies_are_ignored_a_run_that_shall_give_way_is_stopped_first(
    fake_deployment: FakeDeployment,
) -> None:
    mine, thread, run = await at_work(fake_deployment)
    await runs.start(mine, thread.id, Start("chat", {"messages": []}, multitask_strategy="interrupt"))
    assert [one.status for one in thread.runs[1:]] == ["interrupted", "pending"]
    (stopped,) = fake_deployment.seen(f"POST /threads/{thread.id}/runs/{run.id}/cancel")
    assert (stopped.query["action"], stopped.query["wait"]) == ("interrupt", "1")


@pytest.mark.parametrize("habits", [Habits.js(), Habits.aegra()])
async def test_where_checkpoints_would_stay_no_run_is_erased(fake_deployment: FakeDeployment, habits: Habits) -> None:
    mine, thread, run = await at_work(fake_deployment)
    fake_deployment.habits, run.status = habits, "running"
    dialect._known.clear()
    for erasing in (
        runs.cancel(mine, thread.id, run.id, erase=True),
        runs.start(mine, thread.id, Start("chat", {"messages": []}, multitask_strategy="rollback")),
    ):
        with pytest.raises(DeploymentError) as caught:
            await erasing
        assert "does not take back what a run has done" in caught.value.title
    assert run.active


async def test_a_run_that_waits_is_erased_on_every_server(fake_deployment: FakeDeployment) -> None:
    mine, thread, _ = await at_work(fake_deployment)
    fake_deployment.habits = Habits.js()
    dialect._known.clear()
    waiting = await runs.start(mine, thread.id, Start("chat", {"messages": []}, multitask_strategy="enqueue"))
    assert await runs.cancel(mine, thread.id, waiting.id, erase=True)
    assert waiting.id not in [run.id for run in thread.runs]


async def test_where_writes_during_a_run_are_taken_none_is_sent(fake_deployment: FakeDeployment) -> None:
    mine, thread, _ = await at_work(fake_deployment)
    with pytest.raises(DeploymentError) as caught:
        await states.update(mine, thread.id, {"messages": []}, thread.head.id)
    assert caught.value.kind == "conflict"
    assert fake_deployment.seen(f"POST /threads/{thread.id}/state") == []


async def test_an_address_that_a_server_does_not_have_is_not_a_thread_that_is_gone(
    fake_deployment: FakeDeployment,
) -> None:
    fake_deployment.habits = Habits.aegra()
    mine = await asked(fake_deployment)
    with pytest.raises(DeploymentError) as caught:
        await threads.copy(mine, next(iter(fake_deployment.threads)), "A copy")
    assert caught.value.kind == "unsupported"
    assert "does not copy threads" in caught.value.title


@pytest.mark.parametrize("habits", [Habits(), Habits.js(), Habits.aegra()])
async def test_more_assistants_than_a_server_gives_at_once_are_all_listed(
    habits: Habits, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.habits = habits
    mine = await asked(fake_deployment)
    for number in range(230):
        fake_deployment.assistants.append(fake_deployment.assistants[0] | {"assistant_id": str(number)})
    assert len({one.id for one in await assistants.search(mine)}) == len(fake_deployment.assistants)


async def test_where_ids_are_no_filter_a_thread_is_still_found_and_no_other(fake_deployment: FakeDeployment) -> None:
    fake_deployment.habits = Habits.aegra()
    mine = await asked(fake_deployment)
    (thread,) = fake_deployment.threads
    fake_deployment.add_thread("another")
    assert (await threads.get(mine, thread)).id == thread
    assert [row.id for row in await threads.statuses(mine, [thread])] == [thread]
    with pytest.raises(DeploymentError) as caught:
        await threads.get(mine, str(uuid4()))
    assert caught.value.kind == "not_found"


async def test_a_server_that_did_not_answer_is_asked_again(fake_deployment: FakeDeployment) -> None:
    mine = await gateway(fake_deployment.deployment)
    fake_deployment.faults.refuse("/info", times=1)
    with pytest.raises(DeploymentError):
        await dialect.dialect(mine)
    assert (await dialect.dialect(mine)).flavour == "official"


async def test_another_server_at_the_same_address_is_noticed(
    fake_deployment: FakeDeployment,
) -> None:
    mine = await gateway(fake_deployment.deployment)
    assert (await dialect.dialect(mine)).flavour == "official"
    fake_deployment.habits = Habits.js()
    assert (await dialect.dialect(mine)).flavour == "official"
    assert await dialect.answers(mine)
    assert (await dialect.dialect(mine)).flavour == "js"
