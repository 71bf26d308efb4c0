"""Verbs that start and stop runs: send, rerun, resume, stop."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from studio.catalog.failures import upstream
from studio.deployments import runs, states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.runs import Run, Start
from studio.history.model import Json
from studio.live.hub import hub
from studio.web.errors import panel
from studio.workbench.links import thread_url
from studio.workbench.verbs import enter, finish, go

KEPT = "What you typed is still in the box."
NOTHING_STARTED = "Nothing was started."


@require_POST
async def send(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Start a run with a message or with raw JSON input, from the head or from the checkpoint on show."""
    gateway = await enter(request, deployment, "run.start", thread_id=thread_id)
    try:
        given = parse_input(request.POST.get("mode", ""), request.POST.get("input", ""))
    except ValueError as error:
        return panel(request, str(error), kept=KEPT, status=422)
    assistant_id = request.POST.get("assistant", "")
    if not assistant_id:
        return panel(request, "Choose an assistant to run.", kept=KEPT, status=422)
    checkpoint_id = request.POST.get("checkpoint") or None
    try:
        wanted = await like_before(gateway, thread_id, checkpoint_id, assistant_id)
        await begin(gateway, thread_id, wanted, given)
    except DeploymentError as error:
        return upstream(request, error, kept=f"{KEPT} {NOTHING_STARTED}")
    return go(request, thread_url(deployment, thread_id))


@require_POST
async def rerun(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Go on from a checkpoint as it is: its next nodes run again, on a branch of their own."""
    checkpoint_id = request.POST.get("checkpoint", "")
    gateway = await enter(request, deployment, "run.replay", thread_id=thread_id, checkpoint_id=checkpoint_id)
    try:
        snapshot = await states.at(gateway, thread_id, checkpoint_id)
        if not snapshot.checkpoint.next:
            hint = "Pick an earlier checkpoint, or edit a message so that something follows."
            return panel(request, "Nothing runs after this checkpoint.", hint=hint, kept=NOTHING_STARTED, status=422)
        wanted = await like_before(gateway, thread_id, checkpoint_id, request.POST.get("assistant", ""))
        await begin(gateway, thread_id, wanted)
    except DeploymentError as error:
        return upstream(request, error, kept=NOTHING_STARTED)
    messages.info(request, "Running again from that checkpoint: its nodes and their side effects happen anew.")
    return go(request, thread_url(deployment, thread_id))


@require_POST
async def resume(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Answer every pending interrupt of the head, by id, and let the thread go on."""
    gateway = await enter(request, deployment, "run.resume", thread_id=thread_id)
    try:
        answers = {id: parse_answer(request.POST, id) for id in request.POST.getlist("interrupt")}
    except ValueError as error:
        return panel(request, str(error), kept="Your answers are still there.", status=422)
    try:
        head = await states.current(gateway, thread_id)
        pending = {i.id for i in head.interrupts if i.id} if head else set()
        if not answers or answers.keys() != pending:
            title = "The questions have changed meanwhile."
            hint = "Somebody may have answered them, or another one came. Load the page again."
            return panel(request, title, hint=hint, kept=NOTHING_STARTED, status=409)
        wanted = await like_before(gateway, thread_id, None, request.POST.get("assistant", ""))
        await begin(gateway, thread_id, wanted, command={"resume": answers})
    except DeploymentError as error:
        return upstream(request, error, kept="Your answers are still there.")
    return go(request, thread_url(deployment, thread_id))


@require_POST
async def cancel(request: HttpRequest, deployment: str, thread_id: str, run_id: str) -> HttpResponse:
    """Stop a run on the server; the checkpoints it has made stay."""
    gateway = await enter(request, deployment, "run.cancel", thread_id=thread_id, run_id=run_id)
    try:
        stopped = await finish(runs.cancel(gateway, thread_id, run_id))
    except DeploymentError as error:
        return upstream(request, error)
    messages.info(request, "Stopped. What the run had done is kept." if stopped else "The run had already ended.")
    hub.wake(deployment, thread_id)
    return go(request, thread_url(deployment, thread_id))


async def like_before(gateway: Gateway, thread_id: str, checkpoint_id: str | None, assistant_id: str) -> Start:
    """A start with the configuration of the run that made the checkpoint, or else of the newest run: a user id that
    is lost on the way would make the graph work on somebody else's memory."""
    recent = await runs.recent(gateway, thread_id, limit=50)
    made_by = (await states.at(gateway, thread_id, checkpoint_id)).checkpoint.run_id if checkpoint_id else None
    model: Run | None = next((run for run in recent if run.id == made_by), recent[0] if recent else None)
    return Start(
        assistant_id=assistant_id or (model.assistant_id if model else ""),
        checkpoint_id=checkpoint_id,
        config=model.config if model else {},
        context=model.context if model else {},
    )


async def begin(
    gateway: Gateway, thread_id: str, wanted: Start, given: Json = None, command: dict[str, Any] | None = None
) -> Run:
    """Start the run, come what may to the request, and tell those who watch."""
    states.check_numbers(given)
    start = Start(wanted.assistant_id, given, command, wanted.checkpoint_id, wanted.config, wanted.context)
    run = await finish(runs.start(gateway, thread_id, start))
    hub.wake(gateway.deployment.slug, thread_id)
    return run


def parse_input(mode: str, text: str) -> Json:
    """What the run bar sends: a human message, or JSON as it was typed. Raises ValueError with words for people."""
    if mode != "json":
        if not text.strip():
            raise ValueError("There is no message to send.")
        return {"messages": [{"type": "human", "content": text.replace("\r\n", "\n")}]}
    return parse_json(text, "The input")


def parse_answer(form: Any, id: str) -> Json:
    """One answer to an interrupt: text, or JSON where the person said so. Raises ValueError."""
    text = form.get(f"answer-{id}", "")
    return parse_json(text, "The answer") if form.get(f"kind-{id}") == "json" else text.replace("\r\n", "\n")


def parse_json(text: str, what: str) -> Json:
    """The JSON in a form field. Raises ValueError that says where it goes wrong."""
    try:
        value: Json = json.loads(text)
    except json.JSONDecodeError as error:
        problem = f"{what} is not valid JSON: {error.msg.lower()} at line {error.lineno}, column {error.colno}."
        raise ValueError(problem) from None
    return value
