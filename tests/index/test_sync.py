"""The index after a sync is what the deployment holds, however the sync went."""

import asyncio
import uuid

import pytest

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway, gateway
from studio.index import sync
from studio.index.storage import Known
from studio.models import CheckpointRow, ThreadIndex
from studio.testing import FakeDeployment, FakeThread, Habits

pytestmark = pytest.mark.django_db(transaction=True)


async def entered(fake: FakeDeployment) -> Gateway:
    return await gateway(fake.deployment)


def long_thread(fake: FakeDeployment, checkpoints: int) -> FakeThread:
    thread = fake.add_thread("hello")
    fake.grow(thread, checkpoints - len(thread.checkpoints))
    return thread


def held(thread: FakeThread) -> list[str]:
    return [checkpoint.id for checkpoint in reversed(thread.checkpoints)]


def ids(known: Known) -> list[str]:
    return [checkpoint.id for checkpoint in known.checkpoints]


def pages(fake: FakeDeployment) -> list[int]:
    """How many checkpoints each request asked for."""
    return [int(seen.query["limit"]) for seen in fake.requests if seen.path.endswith("/history")]


async def test_a_walk_to_the_end_knows_what_the_deployment_holds(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 150)
    mine = await entered(fake_deployment)
    known = await sync.sync(mine, thread.id)
    assert known.complete
    assert list(known.checkpoints) == (await states.history(mine, thread.id, 1000)).checkpoints


async def test_an_empty_thread_is_completely_known(fake_deployment: FakeDeployment) -> None:
    known = await sync.sync(await entered(fake_deployment), fake_deployment.add_thread().id)
    assert known.complete
    assert known.checkpoints == ()


async def test_a_walk_stops_after_its_pages_and_says_that_it_is_not_complete(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 30)
    known = await sync.sync(await entered(fake_deployment), thread.id, pages=1)
    assert not known.complete
    assert ids(known) == held(thread)[:4]


async def test_a_walk_of_one_page_at_a_time_gets_to_the_end(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 30)
    mine = await entered(fake_deployment)
    for _ in range(40):
        known = await sync.sync(mine, thread.id, pages=2)
        if known.complete:
            break
    assert known.complete
    assert ids(known) == held(thread)


async def test_a_walk_that_broke_off_goes_on_where_it_stopped(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 150)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id, pages=2)
    fake_deployment.faults.slow("/history")
    with pytest.raises(DeploymentError):
        await sync.sync(mine, thread.id)
    kept = await sync.known(mine, thread.id)
    assert ids(kept) == held(thread)[:20]
    fake_deployment.faults.mend()
    fake_deployment.requests.clear()
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))
    assert fake_deployment.requests[1].query["before"] == held(thread)[19]


async def test_what_is_known_costs_nothing_and_what_is_new_costs_small_pages(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 150)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    fake_deployment.grow(thread, 2)
    fake_deployment.requests.clear()
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))
    assert pages(fake_deployment) == [4]


async def test_many_new_checkpoints_cost_pages_that_grow(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 10)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    fake_deployment.grow(thread, 30)
    fake_deployment.requests.clear()
    assert ids(await sync.sync(mine, thread.id)) == held(thread)
    assert pages(fake_deployment) == [4, 16, 64]


async def test_heavy_checkpoints_are_asked_for_in_small_pages(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "PAGE_BYTES", 100_000)
    thread = fake_deployment.add_thread("x" * 15_000)
    fake_deployment.grow(thread, 30)
    known = await sync.sync(await entered(fake_deployment), thread.id, pages=50)
    assert known.complete
    assert known.page_bytes > 10_000
    assert max(pages(fake_deployment)) <= 10


async def test_the_head_is_read_again_because_its_tasks_change(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 3)
    thread.head.next = ("conversation",)
    mine = await entered(fake_deployment)
    assert (await sync.sync(mine, thread.id)).checkpoints[0].error == ""
    fake_deployment.engine(thread).thread.head.tasks = thread.checkpoints[1].tasks
    thread.head.tasks[0].error = "TimeoutError('late')"
    assert (await sync.sync(mine, thread.id)).checkpoints[0].error == "TimeoutError"


async def test_checkpoints_that_were_removed_vanish(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("one", "two", "three")
    mine = await entered(fake_deployment)
    assert len((await sync.sync(mine, thread.id)).checkpoints) == 9
    await mine.sdk.runs.delete(thread.id, thread.runs[-1].id)
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known), len(known.checkpoints)) == (True, held(thread), 6)


async def test_a_thread_that_lost_everything_is_empty(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 30)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    thread.checkpoints.clear()
    known = await sync.sync(mine, thread.id)
    assert (known.complete, known.checkpoints) == (True, ())


async def test_several_syncs_at_once_do_no_harm(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 100)
    mine = await entered(fake_deployment)
    await asyncio.gather(*(sync.sync(mine, thread.id) for _ in range(3)))
    fake_deployment.grow(thread, 10)
    await asyncio.gather(*(sync.sync(mine, thread.id, pages=n) for n in (1, 2, 8)))
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))


async def test_a_server_that_ignores_before_is_read_from_the_top(fake_deployment: FakeDeployment) -> None:
    fake_deployment.habits = Habits.aegra()
    thread = long_thread(fake_deployment, 150)
    mine = await entered(fake_deployment)
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))
    fake_deployment.grow(thread, 30)
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))


@pytest.mark.parametrize("rounds", [1, 3])
async def test_a_server_that_ignores_before_is_never_believed_complete_too_early(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    monkeypatch.setattr(sync, "LARGEST_PAGE", 64)
    fake_deployment.habits = Habits.aegra()
    thread = long_thread(fake_deployment, 150)
    mine = await entered(fake_deployment)
    for _ in range(rounds):
        known = await sync.sync(mine, thread.id)
    assert not known.complete
    assert ids(known) == held(thread)[:64]
    assert len(fake_deployment.requests) <= 5 * rounds


async def test_a_thread_that_is_gone_is_forgotten(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 5)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    await mine.sdk.threads.delete(thread.id)
    with pytest.raises(DeploymentError) as caught:
        await sync.sync(mine, thread.id)
    assert caught.value.kind == "not_found"
    assert (await sync.known(mine, thread.id)) == Known()
    assert not await ThreadIndex.objects.aexists()
    assert not await CheckpointRow.objects.aexists()


async def test_other_failures_forget_nothing(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 5)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    fake_deployment.faults.refuse()
    with pytest.raises(DeploymentError):
        await sync.sync(mine, thread.id)
    assert ids(await sync.known(mine, thread.id)) == held(thread)


async def test_an_unknown_thread_leaves_no_trace(fake_deployment: FakeDeployment) -> None:
    with pytest.raises(DeploymentError):
        await sync.sync(await entered(fake_deployment), str(uuid.uuid4()))
    assert not await ThreadIndex.objects.aexists()


async def test_a_copy_with_the_same_checkpoints_is_another_thread(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 5)
    mine = await entered(fake_deployment)
    copied = (await mine.sdk.threads.copy(thread.id))["thread_id"]  # type: ignore[func-returns-value,index]
    known = [await sync.sync(mine, id) for id in (thread.id, copied)]
    assert ids(known[0]) == ids(known[1])
