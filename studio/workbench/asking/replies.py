"""What a person typed into the form of a question, as the answer that the graph waits for. What is wrong is told place
by place, in sentences for people."""

from collections.abc import Iterable, Mapping

from studio.history.blocks import first_words
from studio.history.decisions import Action, decision, decisions
from studio.history.model import Interrupt, Json
from studio.history.questions import Question
from studio.web.templatetags.studio import key
from studio.workbench.forms import parse_json, unix_lines
from studio.workbench.typed import value

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
            told = "both an option and an answer in words: choose “Something else”, or empty the field"
            raise ValueError(f"To {called(question)} there is {told}.")
        return _option(question, chosen)
    if not text.strip():
        raise ValueError(f'There is no answer to {called(question)}. (An empty text is sent as JSON: "".)')
    return text


def _option(question: Question, text: str) -> Json:
    """The option that this text stands for. Raises ValueError."""
    for choice in question.choices:
        if choice.text == text:
            return choice.value
    raise ValueError(f"This is no option for {called(question)}.")


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
            found[field.name] = value(field, text)
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
            found[field.name] = value(field, unix_lines(form.get(f"text-{place}-{number}", "")))
        except ValueError as error:
            problems[f"{place}-{number}"] = str(error)
    if problems:
        raise Unanswered(problems)
    return found["arguments"] if action.whole else found
