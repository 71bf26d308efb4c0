"""Django's own middlewares on the event loop. None of them waits for anything, yet Django sends each of their steps to
the one thread that all requests share, where it stands in line behind the database. Only a large form, in which the
token has to be found, is read in a thread: nothing else would move meanwhile."""

import asyncio
from collections.abc import Callable
from typing import Any

from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

SHORT = 5
"""Digits of the length of a form that is read in a few milliseconds."""


class OnTheLoop(MiddlewareMixin):
    """A middleware whose steps are taken where the request is; under the sync test client nothing is different."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        """What `__call__` does, around a view that is awaited."""
        response: HttpResponseBase | None = self._step("process_request")(request)
        if response is None:
            response = await self.get_response(request)  # type: ignore[misc]
        return self._step("process_response")(request, response) or response

    def _step(self, name: str) -> Callable[..., Any]:
        return getattr(self, name, lambda *args: None)


class Common(OnTheLoop, CommonMiddleware):
    """Slashes at the end of addresses, and the length of answers."""


class Messages(OnTheLoop, MessageMiddleware):
    """What is told on the next page. It travels in a cookie."""


class Csrf(OnTheLoop, CsrfViewMiddleware):
    """The token of every form. To look for it is to read the whole form."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            self.process_view = self._process_view  # type: ignore[method-assign,assignment]

    async def _process_view(self, request: HttpRequest, *args: Any) -> HttpResponseBase | None:
        if _is_large(request):
            return await asyncio.to_thread(CsrfViewMiddleware.process_view, self, request, *args)
        return CsrfViewMiddleware.process_view(self, request, *args)


def _is_large(request: HttpRequest) -> bool:
    """Whether the form of a request takes long to read, or may do so: it need not tell its length."""
    length = request.META.get("CONTENT_LENGTH", "")
    return request.method == "POST" and not (length.isdecimal() and len(length) <= SHORT)
