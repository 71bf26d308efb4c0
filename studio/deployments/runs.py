"""Runs: starting them in the background, following what they stream, stopping them.

Studio starts every run in the background and joins its stream, so that a closed page never ends a run. What servers
default differently is always sent.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from langgraph_sdk.schema import CancelAction

from studio.deployments.dialect import Dialect, dialect
from studio.deployments.errors import DeploymentError, conflict, translated, unsupported
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read, write
from studio.deployments.run_rows import Run, run_of
from studio.deployments.starts import Start, arguments

SOME, MANY = 10, 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run's stream. `mode` is messages, updates, custom, metadata or error; `namespace` names the
    subgraph it came from, outermost first."""

    id: str
    mode: str
    data: Any
    namespace: tuple[str, ...] = ()


async def start(gateway: Gateway, thread_id: str, wanted: Start) -> Run:
    """Start a run in the background, resumable, and answer at once."""
    speech = await dialect(gateway)
    await _make_way(gateway, thread_id, wanted.multitask_strategy, speech)
    asked = arguments(wanted, speech)
    row = await write(
        gateway,
        "The thread or the assistant",
        lambda: gateway.sdk.runs.create(thread_id, wanted.assistant_id, stream_resumable=True, **asked),
    )
    with translated(gateway.deployment):
        return run_of(row)


async def require_rest(gateway: Gateway, thread_id: str) -> None:
    """Raise DeploymentError (conflict) for a thread at work where the server would not refuse a write to it."""
    if not (await dialect(gateway)).heeds and await _active(gateway, thread_id):
        raise conflict()


async def _make_way(gateway: Gateway, thread_id: str, strategy: str, speech: Dialect) -> None:
    """Do what a strategy says in the place of a server that would not. Raises DeploymentError where the new run may not
    start."""
    told = {"rollback": speech.erases, "reject": speech.conflicts}
    if speech.heeds and told.get(strategy, True):
        return
    active = await _active(gateway, thread_id)
    if active and strategy == "reject":
        raise conflict()
    if active and strategy == "rollback":
        raise _keeps(gateway)
    if active and strategy == "enqueue":
        hint = "Stop the run first, or wait for its end."
        raise unsupported(gateway.deployment, does="queue runs", hint=hint)
    for run in active:
        await _stop(gateway, thread_id, run.id, "interrupt", ended=True)


def _keeps(gateway: Gateway) -> DeploymentError:
    """The error for a run that shall be erased where its checkpoints would stay."""
    hint = "Stop the run first: an edit, or a rerun, at a checkpoint before it leaves behind what it has done."
    return unsupported(gateway.deployment, does="take back what a run has done", hint=hint)


async def _active(gateway: Gateway, thread_id: str) -> list[Run]:
    return [run for run in await recent(gateway, thread_id) if run.active]


async def get(gateway: Gateway, thread_id: str, run_id: str) -> Run:
    """One run with its present status."""
    row = await read(gateway, f"Run {run_id}", lambda: gateway.sdk.runs.get(thread_id, run_id))
    with translated(gateway.deployment):
        return run_of(row)


async def recent(gateway: Gateway, thread_id: str, limit: int = 10) -> list[Run]:
    """The newest runs of a thread, newest first whatever order the server has; all of them when the newest ones do
    nothing but wait."""
    speech = await dialect(gateway)
    wanted = MANY if speech.flavour == "js" else limit  # it lists the oldest first
    rows: list[Any] = await read(gateway, f"Thread {thread_id}", lambda: gateway.sdk.runs.list(thread_id, limit=wanted))
    with translated(gateway.deployment):
        found = [run_of(row) for row in rows]
    found.sort(key=lambda run: (run.created_at is not None, run.created_at, run.id), reverse=True)
    if MANY > limit >= SOME and len(found) >= limit and all(run.active for run in found[:limit]):
        return await recent(gateway, thread_id, MANY)  # the one that works is behind all that wait
    return found[:limit]


async def wait(gateway: Gateway, thread_id: str, run_id: str) -> Run:
    """The run once it is over, however long that takes."""
    while (run := await get(gateway, thread_id, run_id)).active:
        try:
            await read(gateway, f"Run {run_id}", lambda: gateway.streams.runs.join(thread_id, run_id))
        except DeploymentError as error:
            if error.kind != "timeout":
                raise
    return run


async def delete(gateway: Gateway, thread_id: str, run_id: str) -> None:
    """Remove a run that is over from the list; what it did to the thread is up to the deployment."""
    await write(gateway, f"Run {run_id}", lambda: gateway.sdk.runs.delete(thread_id, run_id))


async def cancel(gateway: Gateway, thread_id: str, run_id: str, *, erase: bool = False) -> bool:
    """Stop a run and keep its work, or `erase` it. False: it had already ended, which is no failure."""
    if erase and not (await dialect(gateway)).erases:
        run = await get(gateway, thread_id, run_id)
        if run.status == "running":  # one that still waits has nothing that could stay
            raise _keeps(gateway)
    return await _stop(gateway, thread_id, run_id, "rollback" if erase else "interrupt")


async def _stop(gateway: Gateway, thread_id: str, run_id: str, action: CancelAction, *, ended: bool = False) -> bool:
    """The same; where it has to have `ended`, that is waited for."""
    try:
        await write(
            gateway,
            f"Run {run_id}",
            lambda: gateway.sdk.runs.cancel(thread_id, run_id, wait=ended, action=action),
        )
    except DeploymentError as error:
        if error.kind in ("not_found", "conflict"):
            return False
        raise
    return True


async def follow(
    gateway: Gateway, thread_id: str, run_id: str, after: str | None = None
) -> AsyncGenerator[Event, None]:
    """The events of a run, from its start or `after` an event id, until the stream ends, which is no proof that the
    run did. Raises DeploymentError when the stream cannot be had or breaks."""
    speech, begun = await dialect(gateway), False
    for last in (False, True):
        try:
            with translated(gateway.deployment, f"Run {run_id}"):
                stream = gateway.streams.runs.join_stream(thread_id, run_id, last_event_id=after or speech.replay_from)
                async for part in stream:
                    begun = True
                    mode, *namespace = part.event.split("|")
                    yield Event(part.id or "", mode, part.data, tuple(namespace))
            return
        except DeploymentError as error:
            if begun or last or error.kind != "failed":
                raise  # one that failed before it began is tried once more, like every reading request


async def begun(gateway: Gateway, thread_id: str) -> AsyncGenerator[str, None]:
    """The ids of the runs that begin on a thread from now on, whoever starts them, until the stream ends. Raises
    DeploymentError when the stream breaks, and when the server has none, which is remembered."""
    speech = await dialect(gateway)
    try:
        with translated(gateway.deployment, f"Thread {thread_id}"):
            async for part in await gateway.streams.threads.join_stream(thread_id):
                told = part.data if part.event == "metadata" and isinstance(part.data, dict) else {}
                if told.get("run_id") and not told.get("status"):
                    yield str(told["run_id"])
    except DeploymentError as error:
        if error.lacking or error.kind == "invalid":
            speech.rings = False
        raise
