"""Writing a change and saying what became of it: what the editor of a state and the verbs on messages share."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from django.contrib import messages
from django.http import HttpRequest
from django.utils.html import format_html

from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.thread_rows import Thread
from studio.history.writes import ChannelVerdict
from studio.live.hub import hub
from studio.workbench.edits.changes import Change, Preview, Written
from studio.workbench.edits.inside import Inside, run_on, still_open
from studio.workbench.edits.rivalry import one_at_a_time, verb_of
from studio.workbench.edits.writing import write
from studio.workbench.links import thread_url
from studio.workbench.options import with_breakpoints
from studio.workbench.starting import started

UNCHANGED = "Nothing was written."
KEPT = "Nothing was written, and what you typed is still here."
UNSURE = "It is not certain whether it was written: look at the history first."
UNCERTAIN = f"{UNSURE} What you typed is still here."
MOST_TOLD, LONGEST_NAME = 5, 40
"""Verdicts that are told after a write, and characters of a channel's name: they travel in a cookie."""


async def save(
    request: HttpRequest,
    gateway: Gateway,
    thread: Thread,
    change: Change,
    seen: Preview,
    sure: Callable[[], Awaitable[None]],
) -> str:
    """Write a change in the ways that its preview found, tell what became of it and, where it is what was meant, run on
    if that was asked for. The address to go to. `sure` raises RivalError when somebody else was faster. One piece of
    work, to be finished whatever becomes of the browser. Raises DeploymentError only as long as nothing is known to be
    written."""
    seen.insist()
    slug, namespace = gateway.deployment.slug, change.namespace
    async with one_at_a_time(gateway, thread.id):
        await sure()
        inside = await still_open(gateway, thread.id, namespace, change.snapshot)
        written = await write(gateway, thread.id, change, seen)
    hub.wake(slug, thread.id)
    _tell(request, thread_url(slug, thread.id, written.checkpoint_id, "changes", namespace), written)
    run = verb_of(request.POST.dict()) == "run"
    if run and await _run(request, gateway, thread, change, written, inside):
        return thread_url(slug, thread.id)
    return thread_url(slug, thread.id, written.checkpoint_id, namespace=namespace)


async def _run(
    request: HttpRequest, gateway: Gateway, thread: Thread, change: Change, written: Written, inside: Inside | None
) -> bool:
    """Run on from what was written; whether that was done."""
    if not written.as_meant or not written.after:
        messages.info(request, "Nothing was run, because the state is not what was meant.")
        return False
    if inside and inside.rests:
        messages.info(request, f"Nothing was run: {inside.node} reads this state when it runs another time.")
        return False
    if not (written.after.checkpoint.next or inside):
        messages.info(request, "Nothing was run, because nothing follows this state.")
        return False
    old, adjusted = change.snapshot.checkpoint.id, partial(with_breakpoints, form=request.POST)
    problem = await run_on(gateway, thread, inside, old, written.checkpoint_id, adjusted)
    if problem:
        messages.error(request, not_run(problem, change.namespace))
    return not problem


def not_run(problem: DeploymentError, namespace: str = "") -> str:
    """What is to be said of a run that should have followed an edit."""
    if problem.uncertain:
        return f"The edit is saved on its own branch. {problem.title} {started(problem)}"
    why = f"The edit is saved on its own branch, but the run did not start: {problem.title}"
    verb = "“Resume” on its thread" if namespace else "“Rerun from here”"
    return f"{why} {problem.hint} {verb} starts it."


def _tell(request: HttpRequest, there: str, written: Written) -> None:
    """The verdict on each channel, in words that stay on the page."""
    if written.problem:
        messages.warning(request, written.unread)
        return
    told = _words(written.verdicts) or "only what runs next"
    line = format_html('Saved – {}. <a href="{}">See the change</a>', told, there)
    (messages.success if written.as_meant else messages.warning)(request, line)


def _words(verdicts: Sequence[ChannelVerdict]) -> str:
    """The verdicts, the bad ones first, as far as they fit into a cookie."""
    told = sorted(verdicts, key=lambda verdict: verdict.as_meant)
    words = "; ".join(f"{_shortened(verdict.name)}: {verdict.text}" for verdict in told[:MOST_TOLD])
    rest = len(told) - MOST_TOLD
    return f"{words}; and {rest} more" if rest > 0 else words


def _shortened(name: str) -> str:
    """The name of a channel, cut where it is no name that a person would give."""
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"
