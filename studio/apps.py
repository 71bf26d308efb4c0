"""The one Django app of the project."""

from django.apps import AppConfig
from django.conf import settings

from studio.deployments.gateway import upstream


class StudioConfig(AppConfig):
    """Registers the models, templates tags and checks of Studio."""

    name = "studio"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and hand the settings to the rooms that know nothing of Django."""
        from studio.access import checks  # noqa: F401 – registers itself, and needs the app registry

        upstream.timeout = settings.STUDIO_UPSTREAM_TIMEOUT
