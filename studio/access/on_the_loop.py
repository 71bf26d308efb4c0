"""Django's own middlewares on the event loop. None of them waits for anything, yet Django sends each of their steps to
the one thread that all requests share, where it stands in line behind the database."""

from collections.abc import Callable
from typing import Any

from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin


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
    """The token of every form."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        if self.async_mode:
            self.process_view = self._process_view  # type: ignore[method-assign,assignment]

    async def _process_view(self, *args: Any) -> HttpResponseBase | None:
        return CsrfViewMiddleware.process_view(self, *args)
