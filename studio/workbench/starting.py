"""How every verb starts a run: with what the run before it was configured with."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from studio.deployments import runs, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.run_rows import Run
from studio.deployments.sending import check
from studio.deployments.starts import Start
from studio.deployments.thread_rows import Thread
from studio.history.model import Json
from studio.index import sync
from studio.live.hub import hub

NOTHING_STARTED = "Nothing was started."
AS_IT_WAS = "The run is as it was."


async def like_before(
    gateway: Gateway,
    thread_id: str,
    checkpoint_id: str | None = None,
    assistant_id: str = "",
    start_from: str | None = None,
    thread: Thread | None = None,
) -> Start:
    """A start with the assistant and configuration of the run that led to a checkpoint (default: to the head): a user
    id that is lost on the way would make the graph work on somebody else's memory. `thread`: where it has just been
    read."""
    led = _run_that_led_to(gateway, thread_id, checkpoint_id)
    held, run_id = (thread, await led) if thread else await asyncio.gather(threads.get(gateway, thread_id), led)
    model = await _model(gateway, held, run_id)
    if model and assistant_id not in ("", model.assistant_id):
        model = replace(model, config=_personal(model.config), context={})
    return Start(
        assistant_id=assistant_id or (model.assistant_id if model else "") or held.assistant_id or held.graph_id,
        checkpoint_id=start_from,
        config=model.config if model else {},
        context=model.context if model else {},
    )


def _personal(config: Mapping[str, Json]) -> dict[str, Json]:
    """What of a run's configuration goes with the person and not with the assistant, whose own is merged into it."""
    configurable = config.get("configurable")
    user = configurable.get("user_id") if isinstance(configurable, dict) else None
    return {"configurable": {"user_id": user}} if user else {}


async def _run_that_led_to(gateway: Gateway, thread_id: str, checkpoint_id: str | None) -> str | None:
    """The run of the nearest checkpoint on the way back to the root that has one; edits and forks have none."""
    if checkpoint_id:
        known = await sync.knowing(gateway, thread_id, checkpoint_id)
    else:  # the head may have moved since
        known = await sync.sync(gateway, thread_id)
    tree = known.spine.tree
    at = checkpoint_id or (tree.head.id if tree.head else "")
    return next((c.run_id for c in reversed(tree.path(at)) if c.run_id), None)


async def _model(gateway: Gateway, thread: Thread, run_id: str | None) -> Run | None:
    """The run to repeat. A copied thread has the checkpoints of the original, but not its runs; where the run is gone,
    the newest one is the next best."""
    for place in (thread.id, thread.copied_from):
        if run_id and place and (run := await _run(gateway, place, run_id)):
            return run
    return next(iter(await runs.recent(gateway, thread.id, limit=1)), None)


async def _run(gateway: Gateway, thread_id: str, run_id: str) -> Run | None:
    try:
        return await runs.get(gateway, thread_id, run_id)
    except DeploymentError as error:
        if error.kind in ("not_found", "invalid"):
            return None
        raise


async def begin(
    gateway: Gateway, thread_id: str, wanted: Start, given: Json = None, command: dict[str, Any] | None = None
) -> Run:
    """Start the run and tell those who watch. Raises DeploymentError."""
    check(given)
    check(command)
    run = await runs.start(gateway, thread_id, replace(wanted, input=given, command=command))
    hub.wake(gateway.deployment.slug, thread_id)
    return run


async def go_on_from(
    gateway: Gateway, thread: Thread, old: str | None, made: str | None, adjusted: Callable[[Start], Start]
) -> DeploymentError | None:
    """Run on from the checkpoint that an edit of the `old` one has `made`, like the run that led to the old one (None
    for both: from the head, like the run before); what stopped the run from starting, None where nothing did."""
    try:
        wanted = await like_before(gateway, thread.id, old, start_from=made, thread=thread)
        await begin(gateway, thread.id, adjusted(wanted))
    except DeploymentError as error:
        return error
    return None


def started(error: DeploymentError) -> str:
    """What is known about the run that should have been started."""
    return "It is not certain whether the run was started: look again first." if error.uncertain else NOTHING_STARTED
