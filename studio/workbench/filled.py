"""The input that a filled-in form stands for. What is wrong is told field by field, in sentences for people."""

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from math import isfinite

from studio.history.model import Json
from studio.workbench.forms import human, parse_json, unix_lines
from studio.workbench.inputs import PREFIX, Field, InputForm

REST = "input-rest"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
LONGEST_NUMBER = 400
SENTENCES = {"array": "a JSON array", "object": "a JSON object", "string": "a text in quotes", "null": "null"}


class Unfit(ValueError):
    """A form that cannot be sent as it is. `problems`: a sentence for each field, by the field's key, "" for one that
    the form does not have; `missing`: they are about nothing but required fields that were left empty."""

    def __init__(self, problems: Mapping[str, str], missing: bool) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems, self.missing = problems, missing


def filled(form: InputForm, posted: Mapping[str, str], incomplete: bool = False) -> dict[str, Json]:
    """The input; a field that was left empty is not in it. Required ones may be empty when it is to be sent
    `incomplete`. Raises Unfit."""
    typed = {_name(name): unix_lines(text) for name, text in posted.items()}
    given: dict[str, Json] = {}
    wrong: dict[str, str] = {}
    missing: dict[str, str] = {}
    for field in form.fields:
        text = typed.pop(_name(field.key), "")
        if not (text if field.kind in ("line", "text") else text.strip()):
            if field.required:
                missing[field.key] = f"“{field.label}” is required."
            continue
        try:
            given[field.name] = value(field, text)
        except ValueError as error:
            wrong[field.key] = str(error)
    try:
        given |= _rest(form, typed.pop(REST, ""), given)
    except ValueError as error:
        wrong[REST] = str(error)
    if lacking := [f"“{name}”" for name in form.needed if name not in given]:
        missing[REST] = f"{', '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} required."
    for name, text in typed.items():
        if name.startswith(PREFIX) and text:
            wrong[""] = f"“{name.removeprefix(PREFIX)}” is no field of this assistant’s input."
    if wrong or (missing and not incomplete):
        raise Unfit(({} if incomplete else missing) | wrong, missing=not wrong)
    return given


def _name(name: str) -> str:
    """The name of a field, whatever browsers make of the line breaks in it."""
    return unix_lines(name).replace("\r", "\n")


def _rest(form: InputForm, text: str, given: Mapping[str, Json]) -> dict[str, Json]:
    """The fields that are too many for the form, as a JSON object."""
    if not text.strip():
        return {}
    told = parse_json(text, "What is under “Further fields”")
    if not isinstance(told, dict):
        raise ValueError("What is under “Further fields” has to be a JSON object.")
    twice = next((name for name in told if name in given), None)
    if twice is not None:
        raise ValueError(f"“{twice}” stands in a field of its own and under “Further fields”.")
    return told


def value(field: Field, text: str) -> Json:
    """What was typed into a field, as the value that its kind makes of it. Raises ValueError."""
    name = f"“{field.label}”"
    match field.kind:
        case "message":
            return [human(text)]
        case "choice" | "yesno":
            known = dict(field.choices) if field.choices else {"true": "yes", "false": "no"}
            if text not in known:
                raise ValueError(f"“{text[:40]}” is no choice for {name}.")
            return json.loads(text)  # type: ignore[no-any-return]
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
    whole = field.bounds.whole
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
    kinds = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    if field.types and kinds.get(type(told), "number") not in field.types:
        raise ValueError(f"{name} has to be {' or '.join(SENTENCES.get(kind, kind) for kind in field.types)}.")
    return told
