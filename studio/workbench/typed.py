"""What was typed into a field, as the value that its kind makes of it. What is wrong is told in a sentence."""

import re
from fractions import Fraction
from math import isfinite

from studio.history.fields import Field
from studio.history.model import Json
from studio.workbench.forms import human, parse_json

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
LONGEST_NUMBER = 400
SENTENCES = {
    "array": "a JSON array",
    "object": "a JSON object",
    "string": "a text in quotes",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}


def value(field: Field, text: str) -> Json:
    """The value of a text, or the choice that this text stands for. Raises ValueError."""
    name = f"“{field.label}”"
    match field.kind:
        case "message":
            return [human(text)]
        case "choice":
            chosen = next((choice for choice in field.choices if choice.text == text), None)
            if chosen is None:
                raise ValueError(f"“{text[:40]}” is no choice for {name}.")
            return chosen.value
        case "integer" | "number":
            return _number(field, text.strip(), name)
        case "json":
            return _json(field, text, name)
    if len(text) < field.shortest:
        raise ValueError(f"{name} has to have at least {field.shortest} characters.")
    if field.longest is not None and len(text) > field.longest:
        raise ValueError(f"{name} may have at most {field.longest} characters; these are {len(text)}.")
    return text


def _number(field: Field, text: str, name: str) -> int | float:
    """A number with all its digits; an integer never becomes a float."""
    whole = field.kind == "integer"
    if not NUMBER.fullmatch(text) or len(text) > LONGEST_NUMBER:
        raise ValueError(f"{name} has to be a {'whole ' * whole}number.")
    exact = Fraction(text)
    if problem := field.bounds.problem(exact):
        raise ValueError(f"{name} has to be {problem}.")
    if whole or re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return exact.numerator
    if not isfinite(float(text)):
        raise ValueError(f"{name} is too large for a number.")
    return float(text)


def _json(field: Field, text: str, name: str) -> Json:
    told = parse_json(text, name)
    if not field.takes(told):
        raise ValueError(f"{name} has to be {' or '.join(SENTENCES.get(kind, kind) for kind in field.types)}.")
    return told
