"""What Studio sent: the requests of this process that may have changed something, each as code that repeats it.

All that the pages ask of the deployment is the title of a thread, so that they can be read when it does not answer.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter, find
from studio.deployments import threads
from studio.deployments.config import Deployment
from studio.deployments.errors import DeploymentError
from studio.deployments.masking import Mask
from studio.deployments.sent import TRIAL, Sent, journal
from studio.web.commands import Command, curl, pretty, python
from studio.web.requests import is_htmx, number, page
from studio.workbench.links import thread_url

PATIENCE = 1.0
"""Seconds that the title of a thread is waited for."""
WORDS = {
    "message.delete": "Delete a message",
    "message.edit": "Edit a message",
    "message.insert": "Insert a message",
    "message.regenerate": "Regenerate an answer",
    "run.cancel": "Stop a run",
    "run.cancel_pending": "Clear the queue",
    "run.continue": "Resume",
    "run.delete": "Delete a run",
    "run.end": "End the run here",
    "run.repeat": "Run it again",
    "run.replay": "Rerun from here",
    "run.resume": "Answer and resume",
    "run.start": "Send",
    "state.edit": "Edit the state",
    "state.preview": "Try a change",
    "thread.copy": "Fork to new thread",
    "thread.create": "New thread",
}
"""The verbs as their buttons say them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A request in the list."""

    sent: Sent

    @property
    def words(self) -> str:
        """What a person did."""
        verb = self.sent.verb
        return WORDS.get(verb) or verb.replace(".", ": ").replace("_", " ") or "A request"

    @property
    def outcome(self) -> str:
        """The status of the answer, or why there is none."""
        return str(self.sent.status or self.sent.failure or "no answer yet")

    @property
    def tone(self) -> str:
        """The status of a thread that looks like this outcome."""
        if self.sent.status is None and not self.sent.failure:
            return "busy"
        return "idle" if self.sent.status and self.sent.status < 400 else "error"


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring requests: the `trials` of a change, or others."""

    trials: bool
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Code:
    """What repeats a request; all of it "" when only the beginning of its body is known. `body` is that beginning or
    the whole, as people read JSON."""

    python: str
    curl: str
    body: str


@require_safe
async def listing(request: HttpRequest, deployment: str, thread_id: str = "") -> HttpResponse:
    """What was sent to a deployment, or for one of its threads, newest first; or one request of these at `?entry=`,
    with what repeats it."""
    configured = find(deployment)
    entries = [Entry(sent) for sent in journal.of(configured, thread_id)]
    wanted = number(request, "entry")
    if wanted is not None:
        entries = [entry for entry in entries if entry.sent.number == wanted]
        if not entries:
            raise Http404("This request is not kept any more.")
    shown = {
        "entries": entries,
        "groups": _groups(entries),
        "title": await _title(deployment, thread_id) if thread_id and not is_htmx(request) else "",
        "code": _code(configured, entries[0].sent) if entries else None,
        "alone": wanted is not None,
        "thread_id": thread_id,
        "thread_url": thread_url(deployment, thread_id) if thread_id else "",
        "url": reverse("sent", args=[deployment, thread_id]) if thread_id else reverse("all-sent", args=[deployment]),
    }
    return page(request, "workbench/page/sent.html", shown, partial="entry" if wanted is not None else "list")


def _groups(entries: Sequence[Entry]) -> list[Group]:
    """The requests with the trials of each change together: the newest first, they stand under what came of them."""
    alike = groupby(entries, key=lambda entry: entry.sent.about if entry.sent.verb == TRIAL else None)
    return [Group(thread is not None, list(group)) for thread, group in alike]


async def _title(deployment: str, thread_id: str) -> str:
    """What a thread is called, "" where the deployment does not say so at once."""
    try:
        return (await asyncio.wait_for(threads.get(await enter(deployment), thread_id), PATIENCE)).title
    except (DeploymentError, TimeoutError):
        return ""


def _code(deployment: Deployment, sent: Sent) -> Code:
    body = sent.body.decode("utf-8", "ignore" if sent.cut else "replace")
    if sent.cut:
        return Code("", "", body)
    mask = Mask(deployment)
    command = Command(mask.url, mask.headers, sent.method, sent.path, body)
    return Code(python(command), curl(command), pretty(body))
