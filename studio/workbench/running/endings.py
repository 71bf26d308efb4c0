"""Why a run ended as it did, in a few words."""

from collections.abc import Sequence
from datetime import timedelta

from studio.deployments.run_rows import Run
from studio.history.model import STOPPED, Checkpoint

NEAR = timedelta(seconds=3)
"""Within so much time a run gives way to one that was sent to interrupt it."""


def ending(run: Run, others: Sequence[Run], head: Checkpoint | None) -> str:
    """Why a run is over; "" for one that went on to its end, or works. `head` is its newest checkpoint."""
    if run.active:
        return ""
    if run.status == "interrupted":
        by = _interrupter(run, others)
        return f"for run …{by.id[-6:]}" if by else "stopped by hand"
    if run.status == "timeout":
        return "it took too long"
    if run.status == "error":
        return head.error if head and head.error not in ("", STOPPED) else "failed"
    if head and head.interrupted:
        return "asked a person"
    return "at a breakpoint" if head and head.next and any(run.breaks) else ""


def _interrupter(run: Run, others: Sequence[Run]) -> Run | None:
    """The run that was sent to take the place of this one."""
    if run.created_at is None or run.updated_at is None:
        return None
    begun, over = run.created_at, run.updated_at + NEAR
    rivals = [other for other in others if other.strategy == "interrupt" and other.id != run.id]
    return next((rival for rival in rivals if rival.created_at and begun <= rival.created_at <= over), None)
