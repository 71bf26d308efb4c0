"""JSON and calls as a person writes them in Python: on one line where they fit, else one part a line."""

from studio.history.model import Json

WIDTH = 88
FLAT = 20
"""Levels of nesting below which nothing is indented any more."""


def called(name: str, arguments: list[tuple[str, Json]]) -> str:
    """A call with these arguments (no name: by place), over several lines when it is long; an `await client.` fits
    before it."""
    told = [(f"{name}=" if name else "", value) for name, value in arguments]
    line = f"{name}({', '.join(before + repr(value) for before, value in told)})"
    if len(line) + len("await client.") <= WIDTH:
        return line
    return f"{name}(\n" + "".join(f"    {before}{_literal(value, 1, len(before))},\n" for before, value in told) + ")"


def _literal(value: Json, level: int, taken: int = 0) -> str:
    """JSON as Python writes it, one part a line where it is long."""
    line = repr(value)
    if len(line) + 4 * level + taken < WIDTH or level >= FLAT or not value or not isinstance(value, dict | list):
        return line
    inner = "    " * (level + 1)
    if isinstance(value, dict):
        parts = [f"{name!r}: {_literal(part, level + 1, len(repr(name)) + 2)}" for name, part in value.items()]
        left, right = "{}"
    else:
        parts = [_literal(part, level + 1) for part in value]
        left, right = "[]"
    return f"{left}\n" + "".join(f"{inner}{part},\n" for part in parts) + "    " * level + right
