"""What Studio sent: the requests of this process that may have changed something, each as code that repeats it.

The pages ask nothing of the deployment, so that they can be read when it does not answer.
"""

import re
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from studio.catalog.entrance import find
from studio.deployments.config import Deployment
from studio.deployments.masking import Mask
from studio.deployments.sent import Sent, journal
from studio.web.commands import Command, curl, pretty, python
from studio.web.requests import number, page
from studio.workbench.links import thread_url

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
UNNAMED = ((r"POST /threads", "New thread"),)
"""What is sent by no verb of the workbench, by its request."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A request in the list."""

    sent: Sent

    @property
    def words(self) -> str:
        """What a person did."""
        verb, request = self.sent.verb, f"{self.sent.method} {self.sent.path}"
        told = next((words for pattern, words in UNNAMED if re.fullmatch(pattern, request)), "A request")
        return WORDS.get(verb) or verb.replace(".", ": ").replace("_", " ") or told

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
        "code": _code(configured, entries[0].sent) if entries else None,
        "alone": wanted is not None,
        "thread_id": thread_id,
        "thread_url": thread_url(deployment, thread_id) if thread_id else "",
        "url": reverse("sent", args=[deployment, thread_id]) if thread_id else reverse("all-sent", args=[deployment]),
    }
    return page(request, "workbench/sent.html", shown, partial="entry" if wanted is not None else "list")


def _code(deployment: Deployment, sent: Sent) -> Code:
    body = sent.body.decode("utf-8", "ignore" if sent.cut else "replace")
    if sent.cut:
        return Code("", "", body)
    mask = Mask(deployment)
    command = Command(mask.url, mask.headers, sent.method, sent.path, body)
    return Code(python(command), curl(command), pretty(body))
