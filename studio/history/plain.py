"""What JSON is to Python, and how it is written."""

import json
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def as_json(value: Json, indent: int | None = None) -> str:
    """The value as JSON; "" for one that is nested too deeply to be written."""
    try:
        return json.dumps(value, ensure_ascii=False, indent=indent)
    except RecursionError:
        return ""
