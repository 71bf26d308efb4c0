"""A failing deployment as a page or panel, wherever in a view it failed."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse

from studio.access.middleware import Middleware
from studio.deployments.errors import DeploymentError
from studio.web.errors import Way, panel


def upstream(request: HttpRequest, error: DeploymentError, kept: str = "", ways: Sequence[Way] = ()) -> HttpResponse:
    """What a deployment's failure looks like; `kept` says what was not lost, `ways` lead out of it."""
    return panel(request, error.title, hint=error.hint, detail=error.detail, kept=kept, status=error.status, ways=ways)


class UpstreamErrors(Middleware):
    """The last net: answers a DeploymentError that no view wanted to handle itself."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django's hook for an exception that left a view."""
        return upstream(request, exception) if isinstance(exception, DeploymentError) else None
