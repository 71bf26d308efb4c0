"""What kind of question an interrupt asks, and the fields that an answer to it has.

A graph may ask with any value. Known shapes are a text; an object with a question and a draft, or with options; the
requests of the Agent Inbox (`action_request`) and those of LangChain's middleware (`action_requests`), each spelt as
in Python or as in JavaScript; and a JSON schema of the answer beside the value. Whatever is none of these is asked as
it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from studio.history.decisions import Action, requested, reviewed
from studio.history.fields import Choice, Field
from studio.history.plain import Json
from studio.history.schema_fields import LONG, schema_fields

WORDS = ("question", "message", "prompt", "instructions", "instruction", "title", "description", "task", "ask", "q")
SURE = ("draft", "proposal")
DRAFTS = (*SURE, "text", "content", "email", "mail", "body", "reply", "response", "post", "summary")
OPTIONS = ("options", "choices")
MOST_CHOICES = 50


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and how it is answered. `kind`:

    - text: in words; json: it asks with a value that has no words, and is answered with one;
    - draft: with the `draft`, changed or not; choice: with one of `choices`, or in words;
    - form: with `fields`, as a schema names them; `whole`: the only one is the whole answer;
    - inbox, review: with a decision on each of the `actions`.

    `words` is what it asks, `rest` what else came with it, None for nothing.
    """

    kind: str
    words: str = ""
    rest: Json = None
    draft: str = ""
    choices: tuple[Choice, ...] = ()
    fields: tuple[Field, ...] = ()
    whole: bool = False
    actions: tuple[Action, ...] = ()

    @property
    def filled_in(self) -> bool:
        """Whether it has a form of its own, beside the text field that every question has."""
        return self.kind in ("form", "inbox", "review")

    @property
    def plain(self) -> bool:
        """Whether a few words are an answer to it."""
        return self.kind in ("text", "choice")

    @property
    def line(self) -> str:
        """What it asks, when that fits on one line, else ""."""
        return "" if len(self.words) > LONG or "\n" in self.words.strip() else self.words.strip()


def question(value: Json, schema: Json = None) -> Question:
    """The question that an interrupt with this value asks; never fails."""
    words, said = _words(value)
    if found := schema_fields(schema):
        return Question("form", words, _without(value, said), fields=found[0], whole=found[1])
    for kind, actions in (("review", reviewed(value)), ("inbox", requested(value))):
        if actions:
            return Question(kind, words, actions=actions)
    if isinstance(value, dict):
        for name in OPTIONS:
            if choices := _choices(value.get(name)):
                return Question("choice", words, _without(value, said, name), choices=choices)
        if draft := _draft(value, said):
            return Question("draft", words, _without(value, said, draft), draft=str(value[draft]))
    return Question("json" if value and not words else "text", words, _without(value, said))


def _words(value: Json) -> tuple[str, str]:
    """What a value asks, and under which name it says so."""
    if isinstance(value, str):
        return value, ""
    if isinstance(value, dict):
        for name in (*WORDS, *DRAFTS):
            text = value.get(name)
            if isinstance(text, str) and text.strip() and name not in SURE:
                return text, name
    return "", ""


def _without(value: Json, *names: str) -> Json:
    """What came with the words: the value itself where it is no text and none is in it."""
    if isinstance(value, dict):
        return {name: part for name, part in value.items() if name not in names} or None
    return None if isinstance(value, str) else value


def _draft(value: Mapping[str, Json], said: str) -> str:
    """The name of the draft in a value: a text beside what is asked."""
    names = [name for name in DRAFTS if isinstance(value.get(name), str) and name != said]
    return next((name for name in names if name in SURE or said in WORDS), "")


def _choices(told: Json) -> tuple[Choice, ...]:
    """The options in a list, or in an object that names them."""
    if isinstance(told, dict):
        told = [{"value": name, "label": label} for name, label in told.items()]
    if not isinstance(told, list) or not 0 < len(told) <= MOST_CHOICES:
        return ()
    found = [_choice(option) for option in told]
    return tuple(choice for choice in found if choice) if all(found) else ()


def _choice(option: Json) -> Choice | None:
    """An option that is a value, or an object with a label; what is chosen is its value where it has one."""
    if isinstance(option, dict):
        label = next(
            (t for n in ("label", "name", "title", "text", "value", "id") if isinstance(t := option.get(n), str)), ""
        )
        return Choice(option.get("value", option), label) if label else None
    if option is None or isinstance(option, list):
        return None
    return Choice(option, option if isinstance(option, str) else str(option).lower())
