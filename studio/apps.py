"""The one Django app of the project."""

from django.apps import AppConfig


class StudioConfig(AppConfig):
    """Registers the models, templates tags and checks of Studio."""

    name = "studio"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from studio.access import checks  # noqa: F401, PLC0415 – registers itself, needs the app registry
