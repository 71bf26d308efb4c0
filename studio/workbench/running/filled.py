"""The input that a filled-in form stands for. What is wrong is told field by field, in sentences for people."""

from collections.abc import Mapping

from studio.history.model import Json
from studio.workbench.forms import parse_json, unix_lines
from studio.workbench.running.inputs import PREFIX, InputForm
from studio.workbench.typed import value

REST = "input-rest"


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
