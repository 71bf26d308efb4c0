"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from studio import __version__
from studio.access.permissions import may_write
from studio.catalog import inbox


def shared(request: HttpRequest) -> dict[str, Any]:
    """The deployments, the one in use and how many of its threads wait, and whether anything may be written."""
    deployments = settings.STUDIO_DEPLOYMENTS
    match = request.resolver_match
    slug = match.kwargs.get("deployment", "") if match else ""
    deployment = deployments.get(slug) or next(iter(deployments.values()))
    return {
        "deployments": list(deployments.values()),
        "deployment": deployment,
        "waiting": inbox.counted(deployment),
        "may_write": may_write(request),
        "studio_version": __version__,
    }
