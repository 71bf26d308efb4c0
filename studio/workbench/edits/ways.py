"""The choice among the ways to write a channel, as a form brings it."""

from collections.abc import Iterable, Mapping

from studio.workbench.forms import field_name

PREFIX = "way-"


def chosen(form: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The ways that were chosen for these channels; whether there is such a way is not looked at. Browsers end the
    lines of a field's name in ways of their own."""
    given = {field_name(name): way for name, way in form.items() if name.startswith(PREFIX)}
    return {name: way for name in names if (way := given.get(field_name(PREFIX + name)))}
