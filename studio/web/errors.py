"""Errors as pages or, inside a page, as panels: what happened, what was kept, what to try. Never a traceback."""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.template.defaultfilters import filesizeformat

from studio.web.requests import is_htmx, page

SETTINGS = ("title", "config", "context", "metadata", "webhook")
TYPED = ("input", "answer-", "update", "channel-", "text-", "call-", "json", *SETTINGS)
"""Form fields that hold what a person typed: a whole page in place of the form gives them back."""

CSRF_FIELD = "csrfmiddlewaretoken"
TOO_LARGE = "Larger values are written by a script, with the SDK. Going back in the browser shows what you typed."


class Way(NamedTuple):
    """A way out of a problem: a button that posts the form again, with one more field."""

    label: str
    name: str
    value: str
    form: str
    drastic: bool = False


def panel(
    request: HttpRequest,
    title: str,
    *,
    hint: str = "",
    detail: str = "",
    kept: str = "",
    status: int,
    ways: Sequence[Way] = (),
) -> HttpResponse:
    """An error, as a panel for htmx and as a page for everybody else. `ways` out send the form once more: the one that
    the panel stands beside, or where there is none the same fields again."""
    typed = [text for name, text in request.POST.items() if text and name.startswith(TYPED)]
    context = {
        "title": title,
        "hint": hint,
        "detail": detail,
        "kept": kept,
        "status": status,
        "typed": typed,
        "ways": ways,
        "again": [(name, text) for name, texts in request.POST.lists() for text in texts if name != CSRF_FIELD],
    }
    response = page(request, "web/error.html", context, partial="panel", status=status)
    if request.method != "GET" and is_htmx(request):  # beside the form, never in its place
        response["HX-Retarget"], response["HX-Reswap"] = "#runproblem", "innerHTML"
    return response


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """403: a verb that is not allowed."""
    return panel(request, str(exception) or "This is not allowed.", status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """403: the form's token is missing or old."""
    hint = "Load the page again and repeat it. Cookies must be allowed for this address."
    return panel(request, "This form has expired.", hint=hint, kept="Nothing was changed.", status=403)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """404: no such page."""
    told = exception.args[0] if exception and exception.args and isinstance(exception.args[0], str) else ""
    hint = "The list of threads is a good place to start."
    return panel(request, told or "There is no such page.", hint=hint, status=404)


def malformed(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    """400: a request that cannot be understood, or 413: one that is too large."""
    if isinstance(exception, RequestDataTooBig):
        request.POST = QueryDict()  # what was not read cannot be asked for again
        title = f"This is more than Studio takes at once ({filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)})."
        return panel(request, title, hint=TOO_LARGE, kept="Nothing was sent to the deployment.", status=413)
    return panel(request, "This request cannot be understood.", status=400)


def broken(request: HttpRequest) -> HttpResponseBase:
    """500: a fault of ours; the traceback is in the log."""
    hint = "It has been written to Studio's log. Going back and trying again may help."
    return panel(request, "Studio made a mistake.", hint=hint, status=500)
