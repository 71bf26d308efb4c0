"""How every verb starts a run: with what the run before it was configured with."""

from dataclasses import replace
from typing import Any

from studio.deployments import runs, states
from studio.deployments.gateway import Gateway
from studio.deployments.runs import Run, Start
from studio.history.model import Checkpoint, Json
from studio.live.hub import hub


async def like_before(
    gateway: Gateway, thread_id: str, made_at: Checkpoint | None, assistant_id: str, start_from: str | None = None
) -> Start:
    """A start with the configuration of the run that made a checkpoint, or else of the newest run: a user id that is
    lost on the way would make the graph work on somebody else's memory."""
    recent = await runs.recent(gateway, thread_id, limit=50)
    run_id = made_at.run_id if made_at else None
    model: Run | None = next((run for run in recent if run.id == run_id), recent[0] if recent else None)
    return Start(
        assistant_id=assistant_id or (model.assistant_id if model else ""),
        checkpoint_id=start_from,
        config=model.config if model else {},
        context=model.context if model else {},
    )


async def begin(
    gateway: Gateway, thread_id: str, wanted: Start, given: Json = None, command: dict[str, Any] | None = None
) -> Run:
    """Start the run and tell those who watch. Raises DeploymentError."""
    states.check_numbers(given)
    run = await runs.start(gateway, thread_id, replace(wanted, input=given, command=command))
    hub.wake(gateway.deployment.slug, thread_id)
    return run
