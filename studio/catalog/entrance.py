"""The door of every page under `/d/<deployment>/`: only configured deployments have one."""

from django.conf import settings
from django.http import Http404, HttpRequest

from studio.access import audit, permissions
from studio.deployments import sent
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


async def act(request: HttpRequest, slug: str, verb: str, **facts: str | None) -> Gateway:
    """The gateway for a verb that this request may do, once the audit knows of it. Raises PermissionDenied, Http404."""
    configured = find(slug)
    permissions.require(request, verb, slug)
    audit.record(request, verb, slug, **facts)
    sent.acting(verb, facts.get("thread_id") or "")
    return await gateway(configured)
