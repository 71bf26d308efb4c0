"""The stream of a run is cut, doubled, mixed up and interrupted by errors: each page still shows every token once, and
in the end what the deployment holds."""

import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from studio.live import feed as feed_module
from studio.live import hub as hub_module
from studio.live import taken as taken_module
from studio.testing import FakeRun, Habits
from studio.testing.faults import StreamFault
from studio.testing.model import FakeEvent
from tests.support.cutting import TOKENS, scene, stream_faults

pytestmark = pytest.mark.django_db(transaction=True)  # Channels tidies database connections around each message
FAILURE = {"error": "HTTPException", "message": "the stream failed, the run did not"}


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look and join again at once."""
    monkeypatch.setattr(feed_module, "IDLE", 0.02)
    monkeypatch.setattr(hub_module, "GRACE", 0)
    monkeypatch.setattr(feed_module, "REJOIN", 0.001)
    monkeypatch.setattr(feed_module, "COALESCE", 0.002)


async def tell(*faults: StreamFault, begun: int = 0, change: Callable[[FakeRun], None] | None = None) -> None:
    """A run that has sent `begun` events when it is joined, and whose streams meet these faults; two pages watch."""
    with scene() as told:
        told.run.advance(begun)
        if change:
            change(told.run)
        told.fake.faults.disturb_streams(*faults)
        async with told.watch() as one, told.watch() as two:
            for watcher in (one, two):
                await watcher.until(lambda page: page.run == told.run.id)
            await told.tell_all(one, two)
            await told.end(one, two)


@given(st.lists(stream_faults(quietly=False), max_size=5), st.integers(0, TOKENS))
@settings(max_examples=40, deadline=None)
async def test_a_stream_may_break_with_an_error_after_any_byte(faults: list[StreamFault], begun: int) -> None:
    await tell(*faults, begun=begun)


@given(st.lists(stream_faults(quietly=True), max_size=5), st.integers(0, TOKENS))
@example([StreamFault(bytes=116, quietly=True)], 0)
@example([StreamFault(bytes=3824, quietly=True)], 0)
@settings(max_examples=40, deadline=None)
async def test_a_stream_may_end_quietly_after_any_byte(faults: list[StreamFault], begun: int) -> None:
    await tell(*faults, begun=begun)


@given(st.lists(st.tuples(st.integers(0, TOKENS), st.booleans()), max_size=6), st.integers(1, 4))
@settings(max_examples=30, deadline=None)
async def test_events_that_share_an_id_are_told_apart(cuts: list[tuple[int, bool]], shared: int) -> None:
    def share(run: FakeRun) -> None:
        for number, event in enumerate(run.events):
            event.id = run.events[number - number % shared].id

    faults = [StreamFault(events=after, quietly=quietly) for after, quietly in cuts]
    await tell(*faults, begun=1 + TOKENS, change=share)


@pytest.mark.parametrize("twice", [1, 3, TOKENS])
async def test_the_last_events_of_a_replay_may_come_again(twice: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The official server does so with a replay that takes a while: what is sent meanwhile is in it, and follows it."""
    newest = [0]

    def again(events: list[FakeEvent]) -> list[FakeEvent]:
        newest[0] = int(events[-1].id.partition("-")[0])
        return events + events[-twice:]

    monkeypatch.setattr(taken_module, "now", lambda: newest[0])
    monkeypatch.setattr(taken_module, "NEAR", 1)
    monkeypatch.setattr(taken_module, "SLOW", 1)
    await tell(StreamFault(replay=again), begun=TOKENS // 2)


@pytest.mark.parametrize("after", [1, 2, TOKENS // 2])
async def test_an_error_of_the_stream_that_is_not_one_of_the_run(after: int) -> None:
    """The official server ends a stream that it fails to send with an error that has no id and is never replayed."""
    broken = StreamFault(events=after, quietly=True, replay=lambda events: [*events, FakeEvent("", "error", FAILURE)])
    await tell(broken, begun=1 + TOKENS // 2)


def number(run: FakeRun) -> None:
    """Give events the ids that Aegra gives them."""
    for place, event in enumerate(run.events):
        event.id = f"{run.id}_event_{place + 1}"


async def tell_numbered(mixed: Callable[[list[FakeEvent]], list[FakeEvent]], cuts: int = 0) -> None:
    """The same on Aegra, which makes this of every replay."""
    faults = [StreamFault(events=5 * (n + 1), replay=mixed) for n in range(cuts)] + [StreamFault(replay=mixed)]
    with scene(Habits.aegra()) as told:
        told.run.advance(1 + TOKENS)
        number(told.run)
        told.fake.faults.disturb_streams(*faults)
        async with told.watch() as one:
            await told.tell_all(one)
            await told.end(one)


@given(st.integers(0, 1000), st.booleans(), st.integers(0, 2))
@settings(max_examples=30, deadline=None)
async def test_numbered_events_may_come_twice_and_in_any_order_after_the_first(
    seed: int, twice: bool, cuts: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 – repeatable, not secret

    def mixed(events: list[FakeEvent]) -> list[FakeEvent]:
        return [*events[:1], *chance.sample(events, len(events)), *(events if twice else [])]

    await tell_numbered(mixed, cuts)


async def test_the_first_of_numbered_events_may_come_late() -> None:
    await tell_numbered(lambda events: [events[2], *events])
