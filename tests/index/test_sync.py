"""The index after a sync is what the deployment holds, however the sync went."""

import asyncio
import re
import uuid
from typing import Any

import pytest

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway, gateway
from studio.history.model import Checkpoint
from studio.index import storage, sync
from studio.index.storage import Known
from studio.models import CheckpointRow, ThreadIndex
from studio.testing import FakeDeployment, FakeTask, FakeThread, Habits, Seen
from studio.testing.exchange import Answer, answer

FIRST = sync.FIRST_PAGE
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
    asked = [seen.json or seen.query for seen in fake.requests if seen.path.endswith("/history")]
    return [int(query["limit"]) for query in asked]


def asked(fake: FakeDeployment, pattern: str) -> int:
    """How many requests were for a path that ends like this."""
    return sum(seen.path.endswith(pattern) for seen in fake.requests)


async def whole(fake: FakeDeployment, thread: FakeThread, namespace: str = "") -> list[Checkpoint]:
    """What the deployment holds, read at once."""
    return (await states.history(await entered(fake), thread.id, 1000, None, namespace)).checkpoints


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
    assert ids(known) == held(thread)[:FIRST]


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
    assert ids(kept) == held(thread)[: 5 * FIRST]
    fake_deployment.faults.mend()
    fake_deployment.requests.clear()
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))
    assert fake_deployment.requests[1].query["before"] == held(thread)[5 * FIRST - 1]


async def test_what_is_known_costs_nothing_and_what_is_new_costs_small_pages(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 150)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    fake_deployment.grow(thread, 2)
    fake_deployment.requests.clear()
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))
    assert pages(fake_deployment) == [FIRST]


async def test_many_new_checkpoints_cost_pages_that_grow(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 10)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    fake_deployment.grow(thread, 6 * FIRST)
    fake_deployment.requests.clear()
    assert ids(await sync.sync(mine, thread.id)) == held(thread)
    assert pages(fake_deployment) == [FIRST, 4 * FIRST, 16 * FIRST]


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
    assert len(pages(fake_deployment)) <= 5 * rounds


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


async def test_a_subgraph_is_walked_as_a_thread_is(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("hello")
    inner = thread.nest(thread.checkpoints[1], thread.checkpoints[1].tasks[0])
    fake_deployment.grow(inner, 150, {"visa": "granted"})
    mine = await entered(fake_deployment)
    known = await sync.sync(mine, thread.id, inner.namespace)
    assert known.complete
    assert list(known.checkpoints) == await whole(fake_deployment, thread, inner.namespace)
    assert len(known.checkpoints) == 150
    fake_deployment.grow(inner, 2)
    fake_deployment.requests.clear()
    assert ids(await sync.sync(mine, thread.id, inner.namespace)) == held(inner)
    assert pages(fake_deployment) == [FIRST]
    assert len((await sync.sync(mine, thread.id)).checkpoints) == 3
    assert await sync.known(mine, thread.id, "visa:unknown") == Known()


async def test_a_sync_reads_one_page_when_no_further_byte_may_be_read(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 150)
    mine = await entered(fake_deployment)
    known = await sync.sync(mine, thread.id, most_bytes=0)
    assert ids(known) == held(thread)[:FIRST]
    assert pages(fake_deployment) == [FIRST]


async def test_no_page_is_read_after_so_many_bytes(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 150)
    mine = await entered(fake_deployment)
    first = await sync.sync(mine, thread.id, most_bytes=0)
    await sync.sync(mine, thread.id, most_bytes=first.page_bytes * 10)
    assert pages(fake_deployment) == [FIRST, FIRST, 4 * FIRST]


@pytest.mark.parametrize("new", [0, 1, 2, 3, 5, 10, 20, 40, 80])
async def test_what_is_new_costs_in_proportion_to_it(fake_deployment: FakeDeployment, new: int) -> None:
    thread = long_thread(fake_deployment, 600)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    fake_deployment.grow(thread, new)
    fake_deployment.requests.clear()
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))
    assert sum(pages(fake_deployment)) <= FIRST + 6 * new


async def test_a_turn_of_a_chat_costs_one_page(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 100)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    fake_deployment.run(thread, {"messages": [{"type": "human", "content": "one more"}]})
    fake_deployment.requests.clear()
    assert ids(await sync.sync(mine, thread.id)) == held(thread)
    assert len(pages(fake_deployment)) == 1


async def grown_heads(fake: FakeDeployment, heads: int) -> tuple[FakeThread, list[str]]:
    """A thread with several branches of which the heads are known, and have failed and got a child since; their ids."""
    thread = fake.add_thread("hello")
    engine, root = fake.engine(thread), thread.checkpoints[1]
    ends = [engine.update(root, {}, None) for _ in range(heads)]
    engine.update(root, {}, None)
    fake.grow(thread, 60)
    await sync.sync(await entered(fake), thread.id)
    for end in ends:
        end.tasks, end.next = [FakeTask("t", "ask", error="TimeoutError('late')")], ("ask",)
        engine.update(end, {}, None)
    fake.requests.clear()
    return thread, [end.id for end in ends]


async def test_a_head_that_got_a_child_is_read_a_last_time(fake_deployment: FakeDeployment) -> None:
    thread, (end,) = await grown_heads(fake_deployment, 1)
    mine = await entered(fake_deployment)
    known = await sync.sync(mine, thread.id)
    assert known.spine.tree.nodes[end].error == "TimeoutError"
    assert list(known.checkpoints) == await whole(fake_deployment, thread)
    assert asked(fake_deployment, f"/state/{end}") == 1
    await sync.sync(mine, thread.id)
    assert asked(fake_deployment, f"/state/{end}") == 1


async def test_of_many_heads_that_got_a_child_only_a_few_are_read(fake_deployment: FakeDeployment) -> None:
    thread, ends = await grown_heads(fake_deployment, 6)
    known = await sync.sync(await entered(fake_deployment), thread.id)
    errors = [known.spine.tree.nodes[id].error for id in ends]
    assert errors == ["", ""] + ["TimeoutError"] * 4
    assert ids(known) == held(thread)


async def test_a_head_that_cannot_be_read_spoils_no_sync(fake_deployment: FakeDeployment) -> None:
    thread, (end,) = await grown_heads(fake_deployment, 1)
    fake_deployment.faults.fail("/state/")
    known = await sync.sync(await entered(fake_deployment), thread.id)
    assert (ids(known), known.spine.tree.nodes[end].error) == (held(thread), "")


ODD = [Habits(before="refused"), Habits.aegra(), Habits(stutters=True), Habits("js", measures=False, stutters=True)]


@pytest.mark.parametrize("habits", [*ODD, Habits(before="refused", stutters=True), Habits(before="ignored")])
async def test_whatever_a_server_makes_of_pages_it_is_read_to_the_end(
    fake_deployment: FakeDeployment, habits: Habits
) -> None:
    fake_deployment.habits = habits
    thread = long_thread(fake_deployment, 150)
    mine = await entered(fake_deployment)
    known = await sync.sync(mine, thread.id)
    assert (known.complete, known.barred, ids(known)) == (True, False, held(thread))
    assert len(pages(fake_deployment)) <= 8
    for new in (1, 3, 30):
        fake_deployment.grow(thread, new)
        known = await sync.sync(mine, thread.id)
        assert (known.complete, known.barred, ids(known)) == (True, False, held(thread))
    thread.remove(held(thread)[:20])
    known = await sync.sync(mine, thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))


@pytest.mark.parametrize("status", [422, 500, 405])
async def test_a_refusal_to_begin_below_the_top_may_have_any_of_these_names(
    fake_deployment: FakeDeployment, status: int
) -> None:
    thread = long_thread(fake_deployment, 40)
    real = fake_deployment.handle
    refused = {"detail": "unknown parameter"}

    def handle(seen: Seen) -> Answer:
        return answer(refused, status) if "before" in seen.query else real(seen)

    fake_deployment.handle = handle  # type: ignore[method-assign]
    known = await sync.sync(await entered(fake_deployment), thread.id)
    assert (known.complete, ids(known)) == (True, held(thread))


@pytest.mark.parametrize("status", [401, 403, 429, 503])
async def test_another_failure_is_no_refusal_and_keeps_what_was_read(
    fake_deployment: FakeDeployment, status: int
) -> None:
    thread = long_thread(fake_deployment, 40)
    real = fake_deployment.handle

    def handle(seen: Seen) -> Answer:
        return answer({}, status) if "before" in seen.query else real(seen)

    fake_deployment.handle = handle  # type: ignore[method-assign]
    mine = await entered(fake_deployment)
    with pytest.raises(DeploymentError):
        await sync.sync(mine, thread.id)
    assert ids(await sync.known(mine, thread.id)) == held(thread)[:FIRST]
    fake_deployment.handle = real  # type: ignore[method-assign]
    assert ids(await sync.sync(mine, thread.id)) == held(thread)


async def barred(fake: FakeDeployment, habits: Habits, monkeypatch: pytest.MonkeyPatch) -> FakeThread:
    """A thread of 150 checkpoints on a server that gives out 64, after a sync that found this out."""
    monkeypatch.setattr(sync, "LARGEST_PAGE", 64)
    fake.habits = habits
    thread = long_thread(fake, 150)
    known = await sync.sync(await entered(fake), thread.id)
    assert (known.barred, known.complete, known.gaps) == (True, False, ((held(thread)[63], None),))
    assert ids(known) == held(thread)[:64]
    fake.requests.clear()
    return thread


LISTS = [Habits.aegra(), Habits(before="refused"), Habits(before="ignored")]


@pytest.mark.parametrize("habits", LISTS)
async def test_what_is_out_of_reach_is_known_to_be_and_not_asked_for_again(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch, habits: Habits
) -> None:
    thread = await barred(fake_deployment, habits, monkeypatch)
    for _ in range(3):
        known = await sync.sync(await entered(fake_deployment), thread.id)
        assert (known.barred, known.complete, ids(known)) == (True, False, held(thread)[:64])
    assert pages(fake_deployment) == [FIRST] * 3


@pytest.mark.parametrize("habits", LISTS)
@pytest.mark.parametrize(
    "new",
    [1, 2, 10],
)
async def test_above_what_is_out_of_reach_new_checkpoints_are_still_read(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch, habits: Habits, new: int
) -> None:
    thread = await barred(fake_deployment, habits, monkeypatch)
    fake_deployment.grow(thread, new)
    for _ in range(3):
        known = await sync.sync(await entered(fake_deployment), thread.id)
    assert known.barred
    assert ids(known) == held(thread)[: 64 + new]


@pytest.mark.parametrize("before", ["honoured", "ignored", "refused"])
async def test_a_server_that_gives_out_less_than_was_asked_for_is_not_believed_to_be_at_the_end(
    fake_deployment: FakeDeployment, before: Any
) -> None:
    fake_deployment.habits = Habits(before=before, largest_page=50)
    thread = long_thread(fake_deployment, 150)
    known = await sync.sync(await entered(fake_deployment), thread.id)
    if before == "honoured":
        assert (known.complete, ids(known)) == (True, held(thread))
    else:
        assert (known.complete, known.barred, ids(known)) == (False, True, held(thread)[:50])


async def test_the_list_of_a_server_that_cannot_page_is_bounded_in_bytes(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_deployment.habits.before = "refused"
    thread = fake_deployment.add_thread("x" * 15_000)
    fake_deployment.grow(thread, 60)
    monkeypatch.setattr(sync, "PAGE_BYTES", 100_000)
    monkeypatch.setattr(sync, "LONGEST", 500_000)
    known = await sync.sync(await entered(fake_deployment), thread.id)
    assert (known.barred, known.complete) == (True, False)
    assert len(known.checkpoints) > 4
    assert max(pages(fake_deployment)) * known.page_bytes <= 510_000


async def test_the_count_is_known_while_something_is_unread(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 100)
    mine = await entered(fake_deployment)
    for _ in range(2):
        assert (await sync.sync(mine, thread.id, most_bytes=0)).counted == 100
    assert asked(fake_deployment, "/storage") == 1


@pytest.mark.parametrize("habits", [Habits(), Habits.js(), Habits.aegra(), Habits(measures=False)])
async def test_what_is_right_is_found_right(fake_deployment: FakeDeployment, habits: Habits) -> None:
    fake_deployment.habits = habits
    thread = long_thread(fake_deployment, 30)
    mine = await entered(fake_deployment)
    assert await sync.verify(mine, thread.id), "nothing is known yet"
    for _ in range(3):
        fake_deployment.grow(thread, 2)
        assert (await sync.sync(mine, thread.id)).complete
        assert await sync.verify(mine, thread.id)
        assert await sync.verify(mine, thread.id)
    assert (await sync.known(mine, thread.id)).complete
    assert habits.flavour == "official" or not asked(fake_deployment, "/storage")


async def test_what_is_verified_before_it_is_synced_is_right_afterwards(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 30)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    fake_deployment.grow(thread, 2)
    assert await sync.verify(mine, thread.id)
    await sync.sync(mine, thread.id)
    assert await sync.verify(mine, thread.id)


async def lost(fake: FakeDeployment, thread: FakeThread, gone: list[str]) -> None:
    """Take checkpoints away; it has to be noticed, and mended by the next sync."""
    mine = await entered(fake)
    thread.remove(gone)
    before = await sync.sync(mine, thread.id)
    assert set(gone) & set(ids(before)), "no sync finds this by itself"
    assert not await sync.verify(mine, thread.id)
    assert not (await sync.known(mine, thread.id)).complete
    assert list((await sync.sync(mine, thread.id)).checkpoints) == await whole(fake, thread)
    assert await sync.verify(mine, thread.id)
    assert (await sync.known(mine, thread.id)).complete


async def test_checkpoints_that_were_removed_below_the_newest_are_noticed(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 30)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    await lost(fake_deployment, thread, held(thread)[10:12])
    await lost(fake_deployment, thread, held(thread)[-3:])


async def test_a_run_that_was_rolled_back_below_another_branch_is_noticed(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("one", "two", "three", "four")
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    assert await sync.verify(mine, thread.id)
    run = thread.runs[1]
    await lost(fake_deployment, thread, [c.id for c in thread.checkpoints if c.run_id == run.id])


async def test_as_many_new_checkpoints_hide_no_removal(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 30)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    assert await sync.verify(mine, thread.id)
    fake_deployment.grow(thread, 2)
    await lost(fake_deployment, thread, held(thread)[10:12])


async def test_what_subgraphs_did_is_not_taken_for_a_removal_and_hides_none(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 30)
    inner = thread.nest(thread.head, FakeTask("t", "visa"))
    fake_deployment.grow(inner, 5)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    assert await sync.verify(mine, thread.id)
    fake_deployment.grow(inner, 5)
    assert await sync.verify(mine, thread.id)
    assert (await sync.known(mine, thread.id)).complete
    await lost(fake_deployment, thread, held(thread)[10:12])


async def test_a_rollback_of_the_newest_is_found_by_the_sync_and_is_right(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 30)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    assert await sync.verify(mine, thread.id)
    thread.remove(held(thread)[:5])
    assert ids(await sync.sync(mine, thread.id)) == held(thread)
    assert await sync.verify(mine, thread.id)
    assert (await sync.known(mine, thread.id)).complete


async def test_a_thread_that_was_read_in_several_syncs_is_right(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 100)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id, pages=1)
    assert (await sync.sync(mine, thread.id)).complete
    assert await sync.verify(mine, thread.id)
    assert (await sync.known(mine, thread.id)).complete


async def test_a_count_that_fails_proves_nothing(fake_deployment: FakeDeployment) -> None:
    thread = long_thread(fake_deployment, 10)
    mine = await entered(fake_deployment)
    await sync.sync(mine, thread.id)
    for fail in (fake_deployment.faults.refuse, fake_deployment.faults.slow, fake_deployment.faults.fail):
        fail("/storage$")
        assert await sync.verify(mine, thread.id)
        fake_deployment.faults.mend()
    assert (await sync.known(mine, thread.id)).complete


async def test_no_words_of_messages_are_kept(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("my secret words")
    fake_deployment.grow(thread, 1, {"notes": "secret notes", "rows": [{"secret": "s3cr3t"}]})
    thread.head.tasks = [FakeTask("t", "ask", error="ValueError('secret value')", interrupts=[{"value": "secret?"}])]
    known = await sync.sync(await entered(fake_deployment), thread.id)
    rows = [row async for row in CheckpointRow.objects.values()] + [row async for row in ThreadIndex.objects.values()]
    assert "my secret words" in str(await whole_values(fake_deployment, thread))
    for kept in (str(rows), repr(known), repr(storage._spines)):
        assert "s3cr3t" not in kept
        assert not re.search(r"secret (words|notes|value)|secret\?", kept)


async def whole_values(fake: FakeDeployment, thread: FakeThread) -> Any:
    return (await (await entered(fake)).http.get(f"/threads/{thread.id}/history", params={"limit": 9})).json()
