"""The door of every page under `/d/<deployment>/`: only configured deployments have one."""

from django.conf import settings
from django.http import Http404

from studio.deployments.config import Deployment
from studio.deployments.gateway import Gateway, gateway


def find(slug: str) -> Deployment:
    """The configured deployment of this name. Raises Http404."""
    configured: dict[str, Deployment] = settings.STUDIO_DEPLOYMENTS
    if slug not in configured:
        raise Http404(f"No deployment is called “{slug}”.")
    return configured[slug]


async def enter(slug: str) -> Gateway:
    """The gateway to the deployment of this name. Raises Http404."""
    return await gateway(find(slug))
