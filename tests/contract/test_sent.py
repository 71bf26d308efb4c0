"""The code of what was sent is code that a deployment takes: it does the same as Studio did, once more."""

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from studio.deployments import runs, states, threads
from studio.deployments.masking import Mask
from studio.deployments.sent import Sent, journal
from studio.deployments.starts import Start
from studio.history.model import Json
from studio.testing import FakeTransport
from studio.web.commands import Command, python
from tests.contract.conftest import World
from tests.support.repeating import Watching, run_python

HELLO: Json = {"messages": [{"type": "human", "content": "it's “$HOME”\n\\ 🙂", "id": "h1"}], "n": 2**53 + 1}
REFUSED = (404, 409)
"""What a deployment says to what is done twice: the run has gone, or one is active."""
Doing = Callable[[World], Awaitable[object]]


async def create(world: World) -> None:
    await threads.create(await world.gateway(), "chat", "A new one")


async def copy(world: World) -> None:
    await threads.copy(await world.gateway(), await world.said(), "A copy")


async def edit(world: World) -> None:
    thread = await world.said()
    head = (await world.head(thread)).checkpoint.id
    values: dict[str, Json] = {"messages": [{"type": "human", "id": "h1", "content": "good bye"}]}
    await states.update(await world.gateway(), thread, values, head, "conversation")


async def begin(world: World) -> None:
    config: dict[str, Json] = {"configurable": {"user_id": "lance"}, "tags": ["nightly"], "recursion_limit": 9}
    wanted = Start("chat", HELLO, config=config, metadata={"ticket": 7}, multitask_strategy="enqueue", after=("*",))
    await runs.start(await world.gateway(), await world.thread(), wanted)


async def rerun(world: World) -> None:
    thread, gateway = await world.said(), await world.gateway()
    old = (await states.history(gateway, thread, 10)).checkpoints[1]
    await runs.start(gateway, thread, Start("chat", checkpoint_id=old.id, multitask_strategy="enqueue"))


async def resume(world: World) -> None:
    thread = await world.thread("pipeline")
    await world.run(thread, "pipeline", {"steps": 1, "delay": 0})
    (question,) = (await world.head(thread)).interrupts
    answers: dict[str, Json] = {str(question.id): {"ok": True}}
    answer = Start("pipeline", command={"resume": answers}, multitask_strategy="enqueue")
    await runs.start(await world.gateway(), thread, answer)


async def stop(world: World) -> None:
    run = await world.begin_long_run(await world.thread("pipeline"))
    await runs.cancel(await world.gateway(), run.thread_id, run.id)


async def erase(world: World) -> None:
    run = await world.begin_long_run(await world.thread("pipeline"))
    await runs.cancel(await world.gateway(), run.thread_id, run.id, erase=True)


async def delete(world: World) -> None:
    run = await world.run(await world.thread(), "chat", {"messages": []})
    await runs.delete(await world.gateway(), run.thread_id, run.id)


async def again(world: World, sent: Sent) -> Watching:
    """Run the code of a request against the deployment of the world."""
    mask = Mask(world.deployment)
    code = python(Command(mask.url, mask.headers, sent.method, sent.path, sent.body.decode()))
    assert "client.http" not in code, "the SDK has a method for everything that Studio does"
    return await run_python(code, FakeTransport(world.fake) if world.fake else httpx.AsyncHTTPTransport())


@pytest.mark.parametrize(
    ("do", "twice"),
    [
        (create, 200),
        (copy, 200),
        (edit, 200),
        (begin, 200),
        (rerun, 200),
        (resume, 200),
        (stop, 0),
        (erase, 404),
        (delete, 404),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_request_is_made_again_by_its_code(world: World, do: Doing, twice: int) -> None:
    before = max((sent.number for sent in journal.of(world.deployment)), default=0)
    await do(world)
    made = [sent for sent in journal.of(world.deployment) if sent.number > before]
    assert made
    for sent in made[::-1]:
        assert sent.status in (200, 202, 204)
        repeated = await again(world, sent)
        (seen,) = repeated.arrived
        assert (seen.method, seen.path) == (sent.method, sent.path)
        assert seen.essence == type(seen)(sent.method, sent.path, _value(sent), {}).essence
        assert repeated.statuses[0] in (200, 202, 204, *REFUSED), "it was understood"
    assert not twice or repeated.statuses == [twice]
    if world.fake:
        world.fake.release()


def _value(sent: Sent) -> Json:
    return json.loads(sent.body) if sent.body else None
