"""Headers on every answer, and the exact-origin rule for everything that is not a plain read."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from studio.access.origins import is_ours

GetResponse = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Middleware:
    """A middleware that stays on the event loop under ASGI, and works under the sync test client too."""

    sync_capable: ClassVar[bool] = True
    async_capable: ClassVar[bool] = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._call(request)
        return self.before(request) or self.after(self.get_response(request))  # type: ignore[arg-type]

    async def _call(self, request: HttpRequest) -> HttpResponseBase:
        return self.before(request) or self.after(await self.get_response(request))  # type: ignore[misc]

    def before(self, request: HttpRequest) -> HttpResponseBase | None:
        """Answer in place of the view, or None."""
        return None

    def after(self, response: HttpResponseBase) -> HttpResponseBase:
        """The answer as it leaves."""
        return response


class SecurityHeaders(Middleware):
    """A Content-Security-Policy without any unsafe word, and headers that keep other origins from reading us."""

    def after(self, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers that are not there yet."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class ExactOrigin(Middleware):
    """Refuse a write whose Origin is not ours to the letter: scheme, host and port.

    Cookies ignore ports, so a page on localhost:9999 could plant a CSRF cookie; its Origin gives it away.
    """

    def before(self, request: HttpRequest) -> HttpResponseBase | None:
        """403 for a foreign origin. A request without one (not a browser's) is left to the CSRF token."""
        origin = request.headers.get("Origin")
        if request.method in SAFE or origin is None or is_ours(origin, request.scheme, request.get_host()):
            return None
        page = render_to_string(
            "web/error.html", {"title": "This request came from another site.", "status": 403}, request
        )
        return HttpResponse(page, status=403)
