"""System checks: configurations that would be unsafe are refused before the first request."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register("studio")
def hosts_are_named(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """A wildcard in ALLOWED_HOSTS would let any host name that resolves here read every thread."""
    if "*" in settings.ALLOWED_HOSTS:
        return [Error("ALLOWED_HOSTS must name its hosts.", hint="List the names people type.", id="studio.E001")]
    return []
