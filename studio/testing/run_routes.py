"""Runs: started in the background, listed, joined, stopped."""

from typing import Any

from studio.testing.deployment import FakeDeployment
from studio.testing.exchange import Answer, Refused, Seen
from studio.testing.model import FakeRun, FakeThread
from studio.testing.routing import route
from studio.testing.rows import run_row
from studio.testing.sse import RunEnd, RunStream, starting_at

BUSY = "Thread is already running a task. Wait for it to finish or choose a different multitask strategy."


@route("POST", "/threads/{thread}/runs")
def create(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """A run, which is over at once unless the fake holds runs."""
    if thread not in fake.threads:
        fake.thread(thread, otherwise="Thread or assistant not found.")
    found = fake.threads[thread]
    fake.require_assistant(seen.json["assistant_id"])
    _make_room(found, seen.json.get("multitask_strategy", "enqueue"))
    return run_row(fake.start_run(found, seen.json))


@route("GET", "/threads/{thread}/runs")
def recent(fake: FakeDeployment, seen: Seen, thread: str) -> Any:
    """Runs, the newest first on most servers."""
    runs = fake.thread(thread).runs
    offset, limit = int(seen.query.get("offset", 0)), int(seen.query.get("limit", 10))
    ordered = runs if fake.habits.oldest_runs_first else runs[::-1]
    return [run_row(run) for run in ordered[offset : offset + limit]]


@route("GET", "/threads/{thread}/runs/{run}")
def get(fake: FakeDeployment, seen: Seen, thread: str, run: str) -> Any:
    """One run."""
    return run_row(_run(fake, thread, run))


@route("DELETE", "/threads/{thread}/runs/{run}")
def delete(fake: FakeDeployment, seen: Seen, thread: str, run: str) -> Any:
    """A run and its checkpoints."""
    fake.thread(thread).remove_run(_run(fake, thread, run))
    return Answer(204)


@route("POST", "/threads/{thread}/runs/{run}/cancel")
def cancel(fake: FakeDeployment, seen: Seen, thread: str, run: str) -> Any:
    """Stop a run; one that has ended is not found."""
    found = _run(fake, thread, run)
    if not found.active:
        raise Refused(404, "No matching runs to cancel.")
    if seen.query.get("action") == "rollback":
        fake.thread(thread).remove_run(found)
    else:
        found.stop("interrupted")
    fake.work_on(fake.thread(thread))
    return Answer(202)


@route("GET", "/threads/{thread}/runs/{run}/join")
def join(fake: FakeDeployment, seen: Seen, thread: str, run: str) -> Any:
    """What came of a run, once it is over; one that failed is told as such, with a status of 200."""
    found = _run(fake, thread, run)
    return Answer(200, RunEnd(found, fake.thread(thread)), {"content-type": "application/json"})


@route("GET", "/threads/{thread}/runs/{run}/stream")
def stream(fake: FakeDeployment, seen: Seen, thread: str, run: str) -> Any:
    """The events of a run. That a run does not exist is told inside the stream."""
    headers = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store"}
    if fake.habits.reconnects:
        headers["location"] = seen.path
    try:
        found = _run(fake, thread, run)
    except Refused as refused:
        told = f'{{"error": "HTTPException", "message": "{refused.status}: {refused.detail}"}}'
        return Answer(200, f"event: error\ndata: {told}\n\n".encode(), headers)
    begin = starting_at(found, seen.headers.get("last-event-id"))
    return Answer(200, RunStream(found, begin, fake.faults.next_cut()), headers)


def _run(fake: FakeDeployment, thread: str, id: str) -> FakeRun:
    found = next((run for run in fake.thread(thread).runs if run.id == id), None)
    if found is None:
        raise Refused(404, "Run not found")
    return found


def _make_room(thread: FakeThread, strategy: str) -> None:
    """What becomes of the active runs when another one is to start."""
    if strategy == "reject" and thread.active:
        raise Refused(409, BUSY)
    for run in thread.active:
        if strategy == "interrupt":
            run.stop("interrupted")
        elif strategy == "rollback":
            thread.remove_run(run)
