"""The fields of the answer to a question: those that a JSON schema asks for, or one for a value to be edited."""

from studio.history.fields import Field, field, properties, required
from studio.history.plain import Json, as_json
from studio.history.shapes import Unclear, plain

LONG = 140
MOST_FIELDS = 40
NAMELESS = "Answer"


def schema_fields(schema: Json) -> tuple[tuple[Field, ...], bool] | None:
    """The fields that a schema asks for, and whether the only one is the whole answer. None for what asks nothing."""
    if not isinstance(schema, dict) or not schema:
        return None
    try:
        root, _ = plain(schema, schema)
    except Unclear:
        root = {}
    named = properties(root)
    if not 0 < len(named) <= MOST_FIELDS:
        return (field("", schema, schema, required=True, unnamed=NAMELESS),), True
    needed = required(root)
    return tuple(field(name, told, schema, name in needed, NAMELESS) for name, told in named.items()), False


def json_field(name: str, value: Json) -> Field:
    """A field for a value that is there already: a text as it is, anything else as JSON."""
    if isinstance(value, str):
        return Field(name, "text" if len(value) > LONG or "\n" in value else "line", name, text=value)
    return Field(name, "json", name, text=as_json(value, indent=2))
