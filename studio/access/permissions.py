"""The one permission check. Every verb calls it before it touches a deployment."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

READ_ONLY = "Studio runs in read-only mode (STUDIO_READ_ONLY): nothing was sent to the deployment."


def require(request: HttpRequest, verb: str, deployment: str) -> None:
    """Raise PermissionDenied, with a sentence for people, unless `request` may do `verb` on this deployment."""
    if settings.STUDIO_READ_ONLY:
        raise PermissionDenied(READ_ONLY)


def may_write(request: HttpRequest) -> bool:
    """Whether any verb can succeed: pages show their buttons by it."""
    return not settings.STUDIO_READ_ONLY
