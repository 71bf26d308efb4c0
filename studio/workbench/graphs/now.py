"""What is going on at the nodes that follow a checkpoint."""

from collections.abc import Collection

from studio.history.model import Snapshot, Task

WORDS = {
    "running": "is running",
    "next": "runs next",
    "waits": "waits for a person",
    "failed": "failed",
    "halted": "the run stopped before it",
    "stopped": "was stopped",
    "done": "is done, its super-step is not",
}

URGENT = ["running", "failed", "waits", "halted", "stopped", "next", "done"]


def now_at(snapshot: Snapshot, runs: bool, halted: Collection[str] = ()) -> dict[str, str]:
    """The state of each node that runs after a checkpoint, a key of WORDS; `runs`: a run works from here; `halted`: the
    nodes whose breakpoints it met. A node with several tasks is in the state of the most urgent one."""
    states = [(name, "running" if runs else "next") for name in snapshot.checkpoint.next if not _tasks(snapshot, name)]
    states += [(task.name, _state(task, task.name in snapshot.checkpoint.next, runs)) for task in snapshot.tasks]
    states += [(name, "halted") for name in halted if not runs]
    return dict(sorted(states, key=lambda found: -URGENT.index(found[1])))  # the last one counts


def _tasks(snapshot: Snapshot, name: str) -> list[Task]:
    return [task for task in snapshot.tasks if task.name == name]


def _state(task: Task, to_run: bool, runs: bool) -> str:
    if task.result is not None and not to_run:
        return "done"
    if runs:
        return "running"
    if task.error:
        return "stopped" if task.stopped else "failed"
    return "waits" if task.interrupts else "next"
