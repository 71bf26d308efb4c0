"""What can be sent to a deployment exactly. Anything else is refused here, before it is on its way, because it would
arrive as something else, and nobody would be told."""

import math

from studio.deployments.errors import DeploymentError
from studio.history.model import Json

DEEPEST = 200


def check(value: Json) -> None:
    """Raise DeploymentError (invalid) for a value that JSON cannot carry whole."""
    stack: list[tuple[Json, int]] = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        if problem := _problem(item, depth):
            raise DeploymentError("invalid", f"This cannot be sent exactly: {problem}", "Write it as a text instead.")
        if isinstance(item, dict):
            stack.extend((part, depth + 1) for pair in item.items() for part in pair)
        elif isinstance(item, list):
            stack.extend((part, depth + 1) for part in item)


def _problem(item: Json, depth: int) -> str:
    if depth > DEEPEST:
        return f"it is nested more than {DEEPEST} levels deep."
    if isinstance(item, int) and not -(2**63) <= item < 2**64:
        return "it holds an integer of more than 64 bits."
    if isinstance(item, float) and not math.isfinite(item):
        return "it holds a number that is not finite."
    if isinstance(item, str) and any("\ud800" <= character <= "\udfff" for character in item):
        return "it holds half a character (a lone surrogate)."
    return ""
