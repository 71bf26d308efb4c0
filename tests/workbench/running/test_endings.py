"""Why a run ended as it did."""

from datetime import UTC, datetime, timedelta

import pytest

from studio.deployments.run_rows import Run
from studio.history.model import Checkpoint
from studio.workbench.running.endings import ending

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def run(status: str, id: str = "run-000001", start: int = 0, end: int = 10, **more: object) -> Run:
    begun, over = (NOON + timedelta(seconds=seconds) for seconds in (start, end))
    return Run(id, "t", "chat", status, begun, over, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["pending", "running", "success"])
def test_a_run_that_works_or_went_well_needs_no_reason(status: str) -> None:
    assert ending(run(status), [], Checkpoint("c")) == ""


def test_a_run_gave_way_to_the_one_that_was_sent_to_interrupt_it() -> None:
    stopped = run("interrupted")
    by = run("success", "run-abcdef", 9, 20, strategy="interrupt")
    assert ending(stopped, [by, stopped], None) == "for run …abcdef"
    for other in (
        run("success", "run-abcdef", 9, 20, strategy="enqueue"),
        run("success", "run-abcdef", 60, 80, strategy="interrupt"),
        run("success", "run-abcdef", -9, 0, strategy="interrupt"),
    ):
        assert ending(stopped, [other, stopped], None) == "stopped by hand"
    assert ending(run("interrupted", strategy="interrupt"), [run("interrupted")], None) == "stopped by hand"


def test_a_failure_names_its_error_where_it_is_known() -> None:
    assert ending(run("error"), [], Checkpoint("c", error="ValueError")) == "ValueError"
    assert ending(run("error"), [], Checkpoint("c", error="CancelledError")) == "failed"
    assert ending(run("error"), [], None) == "failed"
    assert ending(run("timeout"), [], None) == "it took too long"


def test_a_run_that_stopped_for_somebody_says_so() -> None:
    assert ending(run("success"), [], Checkpoint("c", next=("ask",), interrupted=True)) == "asked a person"
    broken = run("success", breaks=(("agent",), ()))
    assert ending(broken, [], Checkpoint("c", next=("agent",))) == "at a breakpoint"
    assert ending(broken, [], Checkpoint("c")) == ""
