"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from studio import __version__
from studio.access.permissions import may_write


def shared(request: HttpRequest) -> dict[str, Any]:
    """The deployments, the one in use, and whether anything may be written."""
    deployments = settings.STUDIO_DEPLOYMENTS
    match = request.resolver_match
    slug = match.kwargs.get("deployment", "") if match else ""
    return {
        "deployments": list(deployments.values()),
        "deployment": deployments.get(slug) or next(iter(deployments.values())),
        "may_write": may_write(request),
        "studio_version": __version__,
    }
