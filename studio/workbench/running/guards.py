"""What stands against sending an input to a thread: a question that it would leave open, a run at work, an input that
does not fit."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse

from studio.deployments import states, threads
from studio.deployments.gateway import Gateway
from studio.history.model import Json
from studio.web.errors import Way, panel
from studio.workbench.asking import answers
from studio.workbench.edits.fitting import misfit
from studio.workbench.standing import Standing, standing

KEPT = answers.STILL_THERE


def to_try(request: HttpRequest, given: Json) -> dict[str, Json] | None:
    """The input where it is to be tried out first, because it was typed as JSON: nothing else tells whether it fits."""
    return given if isinstance(given, dict) and request.POST.get("untried") != "1" else None


async def place_of(request: HttpRequest, gateway: Gateway, thread_id: str, tries: bool) -> Standing:
    """Where the thread stands; its state, which may be large, only where an input is tried at it or where it may ask.
    Raises DeploymentError."""
    if tries:
        return await standing(gateway, thread_id)
    thread = await threads.get(gateway, thread_id)
    asks = answers.may_ask(thread, request.POST)
    return Standing(thread, await states.current(gateway, thread_id) if asks else None)


async def barred(
    request: HttpRequest, gateway: Gateway, place: Standing, form: str, alone: bool = True
) -> HttpResponse | None:
    """What becomes of an input where the thread waits for a person; None where it does not. Raises DeploymentError,
    conflict where a run works on the thread and this one is to be `alone`. `form`: the one that can be sent again."""
    if answer := await answers.instead(request, gateway, place, form):
        return answer
    if alone:
        await place.require_idle(gateway)
    return None


async def refused(
    request: HttpRequest, gateway: Gateway, place: Standing, tried: Mapping[str, Json], form: str, alone: bool = True
) -> HttpResponse | None:
    """422: an input of which the deployment cannot make a state; it could not read the thread ever after. To try that
    takes a while, so it is looked once more whether anything bars the input now."""
    if why := await misfit(gateway, place.thread, place.head, tried, as_input=True):
        way = Way("Send it all the same", "untried", "1", form, drastic=True)
        title = "The deployment would not take this input."
        return panel(request, title, hint=why, kept=KEPT, status=422, ways=(way,))
    now = await place_of(request, gateway, place.thread.id, tries=False)
    return await barred(request, gateway, now, form, alone)
