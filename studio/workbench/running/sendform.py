"""The parts of the send form that depend on the assistant: the ways to give its input, and its versions."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from studio.catalog.entrance import enter
from studio.deployments import assistants
from studio.deployments.assistants import Version
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.schemas import input_schema
from studio.history.model import Json
from studio.web.errors import Way, panel
from studio.web.requests import is_htmx, page
from studio.workbench.forms import parse_input
from studio.workbench.links import thread_url
from studio.workbench.options import Options
from studio.workbench.running.filled import REST, Unfit, filled
from studio.workbench.running.inputs import UNKNOWN, InputForm, input_form, unknown

ALL_THE_SAME = Way("Send it all the same", "incomplete", "1", "send")
NO_VERSIONS = "This server keeps no versions of assistants."


async def form_for(gateway: Gateway, assistant_id: str) -> InputForm:
    """The form for an assistant's input; the reason why there is none is in it."""
    if not assistant_id:
        return unknown(UNKNOWN)
    try:
        return input_form(await input_schema(gateway, assistant_id))
    except DeploymentError as error:
        return unknown(f"The input schema cannot be read: {error.title}")


def shown(form: InputForm, asked: str = "") -> dict[str, Any]:
    """What the templates of the form need; `asked`: the way that is chosen."""
    return {"form": form, "way": form.way(asked), "rest_key": REST}


@require_safe
async def fields(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The fields for the input of `?assistant=`, with the ways to give it, `?mode=` being the present one."""
    gateway = await enter(deployment)
    assistant_id = request.GET.get("assistant", "")
    if not is_htmx(request):
        return _whole_page(deployment, thread_id, assistant_id)
    form = await form_for(gateway, assistant_id)
    context = {**shown(form, request.GET.get("mode", "")), "assistant_id": assistant_id, "oob": True}
    return page(request, "workbench/running/fields.html", context | {"root": thread_url(deployment, thread_id)})


@require_safe
async def versions(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """The versions of `?assistant=` to choose from, `?version=` being the present choice."""
    gateway = await enter(deployment)
    assistant_id = request.GET.get("assistant", "")
    if not is_htmx(request):
        return _whole_page(deployment, thread_id, assistant_id)
    try:
        found = await assistants.versions(gateway, assistant_id)
    except DeploymentError as error:
        lacks = error.kind in ("not_found", "unsupported")
        problem = NO_VERSIONS if lacks else f"The versions cannot be read: {error.title}"
        return page(request, "workbench/running/versions.html", {"problem": problem})
    latest = _latest(found)
    listed = [(version, _barred(version, latest), _stays(version, latest)) for version in found]
    asked = request.GET.get("version", "")
    chosen = next(
        (version.number for version, barred, _ in listed if asked == str(version.number) and not barred), None
    )
    context = {"listed": listed, "chosen": chosen, "gone": asked if chosen is None else ""}
    return page(request, "workbench/running/versions.html", context)


def _whole_page(deployment: str, thread_id: str, assistant_id: str) -> HttpResponse:
    """Without a script the parts are on the page of the thread."""
    chosen = urlencode({"assistant": assistant_id} if assistant_id else {})
    return HttpResponseRedirect(f"{thread_url(deployment, thread_id)}?{chosen}")


def _latest(found: Sequence[Version]) -> Version:
    return next(version for version in found if version.latest)


def _barred(version: Version, latest: Version) -> str:
    """Why a version cannot be run by means of the latest one, or ""."""
    other = version.graph_id != latest.graph_id
    return f"it is of the graph {version.graph_id}, and the assistant of {latest.graph_id} now" if other else ""


def _stays(version: Version, latest: Version) -> str:
    """The settings of the latest version which a run with the settings of another one keeps."""
    return ", ".join(sorted(latest.settings - version.settings))


async def given(gateway: Gateway, assistant_id: str, posted: QueryDict) -> Json:
    """The input in a posted form. Raises Unfit, ValueError and DeploymentError."""
    mode = posted.get("mode", "")
    if mode != "form":
        return parse_input(mode, posted.get("input", ""))
    form = input_form(await input_schema(gateway, assistant_id))
    if not form.offered:
        raise ValueError("This assistant has no form. Send its input as JSON.")
    typed = {name: str(text) for name, text in posted.items()}
    return filled(form, typed, incomplete=posted.get("incomplete") == "1")


async def version(gateway: Gateway, assistant_id: str, options: Options) -> Version | None:
    """The version of the assistant that was chosen; None without a choice. Raises DeploymentError, and ValueError for
    one that cannot be run."""
    if options.version is None:
        return None
    found = await assistants.versions(gateway, assistant_id)
    chosen = next((version for version in found if version.number == options.version), None)
    if chosen is None:
        raise ValueError(f"This assistant has no version {options.version}.")
    if barred := _barred(chosen, _latest(found)):
        raise ValueError(f"Version {chosen.number} cannot be run: {barred}.")
    return chosen


def refusal(request: HttpRequest, unfit: Unfit, kept: str) -> HttpResponse:
    """422: a form that cannot be sent as it is. Inside the page each field gets its own sentence."""
    several = len(unfit.problems) > 1
    title = f"{len(unfit.problems)} fields cannot be sent as they are." if several else str(unfit)
    hint = str(unfit) if several else ""
    ways = (ALL_THE_SAME,) if unfit.missing else ()
    response = panel(request, title, hint=hint, kept=kept, status=422, ways=ways)
    if is_htmx(request):
        places = {key: sentence for key, sentence in unfit.problems.items() if key}
        sentences = render_to_string("workbench/running/fields.html#sentences", {"problems": places})
        response.content += sentences.encode()
    return response
