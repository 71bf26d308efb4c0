"""What a person typed into the form of a question, as the answer that the graph waits for. What is wrong is told place
by place, in sentences for people."""

import re
from collections.abc import Iterable, Mapping
from math import isfinite

from studio.history.blocks import first_words
from studio.history.decisions import Action, decision, decisions
from studio.history.model import Interrupt, Json
from studio.history.questions import Question
from studio.history.schema_fields import Field
from studio.web.templatetags.studio import key
from studio.workbench.forms import parse_json, unix_lines

WHOLE = re.compile(r"[+-]?\d{1,400}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d{1,400}\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
CALLED = {"object": "a JSON object", "array": "a JSON list", "string": "a text in quotes", "boolean": "true or false"}
SAYS = ("respond", "reject")
NEEDS_WORDS = ("respond",)


class Unanswered(ValueError):
    """Answers that cannot be sent as they are. `problems`: a sentence for each place in the form."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def replies(asked: Iterable[Interrupt], form: Mapping[str, str]) -> dict[str, Json]:
    """The answer to each of these questions, by the id of its interrupt. Raises Unanswered."""
    problems: dict[str, str] = {}
    found: dict[str, Json] = {}
    for interrupt in asked:
        try:
            found[interrupt.id or ""] = _reply(interrupt, form)
        except Unanswered as error:
            problems |= error.problems
    if problems:
        raise Unanswered(problems)
    return found


def called(question: Question) -> str:
    """What a question is called in a sentence."""
    words = first_words(question.words, 60) or ", ".join(action.name for action in question.actions)
    return f"“{first_words(words, 60)}”" if words else "the question"


def _reply(interrupt: Interrupt, form: Mapping[str, str]) -> Json:
    question, place = interrupt.question, key(interrupt.id)
    mode = form.get(f"kind-{interrupt.id or ''}", "form" if question.filled_in else "text")
    text = unix_lines(form.get(f"answer-{interrupt.id or ''}", ""))
    try:
        if mode == "json":
            return parse_json(text, f"The answer to {called(question)}")
        if question.filled_in and mode == "form":
            return _filled(question, place, form)
        return _said(question, text, form.get(f"choice-{place}", ""))
    except Unanswered:
        raise
    except ValueError as error:
        raise Unanswered({place: str(error)}) from None


def _said(question: Question, text: str, chosen: str) -> Json:
    """An option, or the text. Raises ValueError where both are given, and where neither is."""
    if chosen not in ("", "words"):
        if text.strip():
            told = "both an option and an answer in words: choose “in other words”, or empty the field"
            raise ValueError(f"To {called(question)} there is {told}.")
        if not chosen.isdecimal() or len(chosen) > 3 or int(chosen) >= len(question.choices):
            raise ValueError(f"This is no option for {called(question)}.")
        return question.choices[int(chosen)].value
    if not text.strip():
        raise ValueError(f'There is no answer to {called(question)}. (An empty text is sent as JSON: "".)')
    return text


def _filled(question: Question, place: str, form: Mapping[str, str]) -> Json:
    if question.kind == "form":
        return _object(question, place, form)
    problems: dict[str, str] = {}
    made = []
    for number, action in enumerate(question.actions):
        try:
            made.append(_decided(question.kind, action, f"{place}-{number}", form))
        except Unanswered as error:
            problems |= error.problems
    if problems:
        raise Unanswered(problems)
    return decisions(question.kind, made)


def _object(question: Question, place: str, form: Mapping[str, str]) -> Json:
    """The object that the fields make, without those that were left empty; or the value of the only one."""
    found: dict[str, Json] = {}
    problems: dict[str, str] = {}
    for number, field in enumerate(question.fields):
        text = unix_lines(form.get(f"text-{place}-{number}", ""))
        if not text.strip():
            if field.required:
                problems[f"{place}-{number}"] = f"“{field.label}” is required."
            continue
        try:
            found[field.name] = read(field, text)
        except ValueError as error:
            problems[f"{place}-{number}"] = str(error)
    if problems:
        raise Unanswered(problems)
    return found[""] if question.whole else found


def _decided(kind: str, action: Action, place: str, form: Mapping[str, str]) -> Json:
    way = form.get(f"decision-{place}", "")
    if way not in action.ways:
        raise Unanswered({place: f"“{first_words(action.name, 60)}” waits for a decision."})
    message = unix_lines(form.get(f"text-{place}-message", "")) if way in SAYS else ""
    if way in NEEDS_WORDS and not message.strip():
        raise Unanswered({f"{place}-message": f"There is no response to “{first_words(action.name, 60)}”."})
    args = _edited(action, place, form) if way == "edit" else None
    return decision(kind, action, way, args, message)


def _edited(action: Action, place: str, form: Mapping[str, str]) -> Json:
    """The arguments as edited; a text that was emptied is an empty text."""
    found: dict[str, Json] = {}
    problems: dict[str, str] = {}
    for number, field in enumerate(action.fields):
        try:
            found[field.name] = read(field, unix_lines(form.get(f"text-{place}-{number}", "")))
        except ValueError as error:
            problems[f"{place}-{number}"] = str(error)
    if problems:
        raise Unanswered(problems)
    return found["arguments"] if action.whole else found


def read(field: Field, text: str) -> Json:
    """What was typed into a field, as the value that its kind makes of it. Raises ValueError."""
    name = f"“{field.label}”"
    match field.kind:
        case "choice":
            if not text.isdecimal() or len(text) > 3 or int(text) >= len(field.choices):
                raise ValueError(f"This is no choice for {name}.")
            return field.choices[int(text)].value
        case "integer" | "number":
            return _number(field, text.strip(), name)
        case "json":
            return _typed(field, parse_json(text, name), name)
    return text


def _number(field: Field, text: str, name: str) -> Json:
    """A number with all its digits; an integer never becomes a float."""
    whole = field.kind == "integer"
    if not (WHOLE if whole else NUMBER).fullmatch(text):
        raise ValueError(f"{name} has to be a {'whole ' * whole}number.")
    number = int(text) if WHOLE.fullmatch(text) else float(text)
    if isinstance(number, float) and not isfinite(number):
        raise ValueError(f"{name} is too large for a number.")
    if field.least is not None and number < field.least:
        raise ValueError(f"{name} has to be at least {field.least:g}.")
    if field.most is not None and number > field.most:
        raise ValueError(f"{name} has to be at most {field.most:g}.")
    return number


def _typed(field: Field, value: Json, name: str) -> Json:
    kind = TYPES.get(type(value), "number")
    if field.holds and kind not in field.holds and not (kind == "number" and "integer" in field.holds):
        raise ValueError(f"{name} has to be {' or '.join(CALLED.get(name, name) for name in field.holds)}.")
    return value
