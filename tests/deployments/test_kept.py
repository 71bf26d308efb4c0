"""Answers that are kept for a while: for how long, how many, and for whom."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from studio.deployments import assistants, graphs, kept, schemas, states
from studio.deployments.config import Deployment
from studio.deployments.gateway import Gateway, gateway
from studio.deployments.kept import Kept
from studio.testing import FakeDeployment


class Clock:
    """A clock that the test turns."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(kept, "monotonic", clock)
    return clock


class Asked:
    """Answers with the next number; raises when it has `problems` left."""

    def __init__(self, problems: int = 0) -> None:
        self.times, self.problems = 0, problems

    async def __call__(self) -> int | None:
        self.times += 1
        if self.times <= self.problems:
            raise RuntimeError("not now")
        return self.times


async def test_an_answer_is_asked_for_again_when_its_time_is_over(clock: Clock) -> None:
    mine, asked = Kept[str, int | None](seconds=5, most=9), Asked()
    assert [await mine.get("a", asked), await mine.get("a", asked)] == [1, 1]
    clock.now += 4.9
    assert await mine.get("a", asked) == 1
    clock.now += 0.2
    assert await mine.get("a", asked) == 2


async def test_that_there_is_none_is_an_answer_too(clock: Clock) -> None:
    mine, asked = Kept[str, int | None](seconds=5, most=9), Asked()

    async def none() -> int | None:
        return None

    assert [await mine.get("a", none), await mine.get("a", asked), asked.times] == [None, None, 0]


async def test_a_failure_is_not_kept(clock: Clock) -> None:
    mine, asked = Kept[str, int | None](seconds=5, most=9), Asked(problems=1)
    with pytest.raises(RuntimeError):
        await mine.get("a", asked)
    assert [mine.last("a"), await mine.get("a", asked)] == [None, 2]


async def test_the_last_answer_is_known_after_its_time_until_it_is_forgotten(clock: Clock) -> None:
    mine = Kept[str, int | None](seconds=5, most=9)
    await mine.get("a", Asked())
    clock.now += 60
    assert mine.last("a") == 1
    mine.forget("a")
    mine.forget("never heard of")
    assert mine.last("a") is None


async def test_of_too_many_answers_the_oldest_go(clock: Clock) -> None:
    mine = Kept[str, int | None](seconds=5, most=2)
    for name in ("a", "b"):
        await mine.get(name, Asked())
    clock.now += 6
    for name in ("a", "c"):
        await mine.get(name, Asked())
    assert [mine.last(name) for name in "abc"] == [1, None, 1]


async def listed(door: Gateway) -> Any:
    return await assistants.search(door)


async def drawn(door: Gateway) -> Any:
    return await graphs.graph(door, "chat")


async def described(door: Gateway) -> Any:
    return await schemas.state_schema(door, "chat")


async def read(door: Gateway) -> Any:
    row = (await door.sdk.threads.search())[0]
    state: Any = await door.sdk.threads.get_state(row["thread_id"])
    return await states.values_at(door, row["thread_id"], state["checkpoint"]["checkpoint_id"])


@pytest.mark.parametrize(
    ("ask", "address"),
    [
        (listed, "POST /assistants/search"),
        (drawn, "GET /assistants/[^/]+/graph"),
        (described, "GET /assistants/[^/]+/schemas"),
        (read, "GET /threads/[^/]+/state/.+"),
    ],
)
async def test_what_one_key_may_see_is_not_shown_to_another_at_the_same_address(
    ask: Callable[[Gateway], Awaitable[object]], address: str, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.add_thread("Hello")
    mine = await gateway(fake_deployment.deployment)
    other = await gateway(Deployment("other", fake_deployment.deployment.url, {"x-api-key": "of another"}))
    for door in (mine, other, mine, other):
        await ask(door)
    asked = [seen for seen in fake_deployment.requests if re.match(address, str(seen))]
    assert {seen.headers.get("x-api-key") for seen in asked} == {None, "of another"}
