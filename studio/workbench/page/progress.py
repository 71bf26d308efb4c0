"""The progress of a run as the page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from studio.deployments.run_rows import Run
from studio.history.progress import Step, progress
from studio.history.tree import Tree

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Leg:
    """Super-steps of the same nodes in a row; `last` is the newest of them."""

    last: Step
    times: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class ProgressView:
    """The last legs of a run and what works now. `count` is the number of all steps done, `earlier` that of those not
    shown; `seconds` and `waited` tell for how long the run and its present step have worked."""

    legs: Sequence[Leg]
    next: tuple[str, ...]
    count: int
    seconds: float
    waited: float

    @property
    def earlier(self) -> int:
        """How many steps are not shown."""
        return self.count - sum(leg.times for leg in self.legs)


def view(tree: Tree, run: Run, now: datetime, shown: int = SHOWN) -> ProgressView:
    """The progress of a run; of one that is over, up to its last change."""
    made = progress(tree, run.id)
    end = now if run.active or run.updated_at is None else run.updated_at
    return ProgressView(
        legs=[_leg(list(steps)) for _, steps in groupby(made.done, key=lambda step: step.nodes)][-shown:],
        next=made.next if run.active else (),
        count=len(made.done),
        seconds=_since(run.created_at, end),
        waited=_since(made.since, end),
    )


def _leg(steps: Sequence[Step]) -> Leg:
    known = [step.seconds for step in steps if step.seconds is not None]
    return Leg(steps[-1], len(steps), sum(known) if known else None)


def _since(begin: datetime | None, end: datetime) -> float:
    return max(0.0, (end - begin).total_seconds()) if begin else 0.0
