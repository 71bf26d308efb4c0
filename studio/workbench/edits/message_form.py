"""The form of a message: what it shows, and what was typed into it. What was not touched stays to the letter."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from studio.history.blocks import Block
from studio.history.edits import with_args, with_texts
from studio.history.messages import Message
from studio.history.model import Json
from studio.history.plain import as_json
from studio.workbench.forms import parse_json


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call in the form: its place among the calls, its arguments as JSON, and what is wrong with those typed."""

    index: int
    name: str
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class MessageForm:
    """A message as its form has it: its texts by their place in the content, the arguments of its calls, and the whole
    as JSON, in which it is edited when `as_json`. `meant` is what was typed, None where it has a problem."""

    texts: list[tuple[int, str]]
    calls: list[Call]
    json: str
    as_json: bool
    attached: list[Block] = field(default_factory=list)
    meant: dict[str, Json] | None = None
    problem: str = ""


def message_form(message: Message, typed: Mapping[str, str]) -> MessageForm:
    """The form with what was typed into it, or else with the message."""
    texts = [(block.index, typed.get(f"text-{block.index}", block.text)) for block in _texts(message)]
    calls, args = _read_calls(message, typed)
    whole = typed.get("json", as_json(message.raw, indent=2))
    whole_counts = typed.get("as") == "json" or not (texts or calls)
    attached = [block for block in message.blocks if block.kind not in ("text", "call")]
    form = MessageForm(texts, calls, whole, whole_counts, attached)
    if not whole_counts:
        if any(call.problem for call in calls):
            return replace(form, problem="The arguments of a call cannot be taken like this.")
        changed = {index: text for index, text in texts if f"text-{index}" in typed}
        return replace(form, meant=with_args(with_texts(message.raw, changed), args))
    try:
        return replace(form, meant=_whole(message, whole))
    except ValueError as error:
        return replace(form, problem=str(error))


def _read_calls(message: Message, typed: Mapping[str, str]) -> tuple[list[Call], dict[int, Json]]:
    """The calls in the form, and the arguments that were changed, by the place of the call."""
    calls, changed = [], dict[int, Json]()
    for index, name, held in _calls(message):
        text, problem = typed.get(f"call-{index}", as_json(held, indent=2)), ""
        if text.replace("\r\n", "\n").strip() != as_json(held, indent=2):
            try:
                changed[index] = _arguments(text, name)
            except ValueError as error:
                problem = str(error)
        calls.append(Call(index, name, text, problem))
    return calls, changed


def _arguments(text: str, name: str) -> Json:
    value = parse_json(text, f"What “{name}” is called with")
    if not isinstance(value, dict):
        raise ValueError("The arguments of a call have to be a JSON object.")
    return value


def _calls(message: Message) -> Iterator[tuple[int, str, Json]]:
    """The tool calls of a message that have arguments: place, name, arguments."""
    held = message.raw.get("tool_calls")
    for index, call in enumerate(held if isinstance(held, list) else []):
        if isinstance(call, dict) and "args" in call:
            name = call.get("name")
            yield index, name if isinstance(name, str) else "?", call["args"]


def _texts(message: Message) -> list[Block]:
    return [block for block in message.blocks if block.kind == "text"]


def _whole(message: Message, text: str) -> dict[str, Json]:
    """The message that was typed as JSON. Raises ValueError when it is none, or takes the message's identity."""
    typed = parse_json(text, "The message")
    if not isinstance(typed, dict):
        raise ValueError("A message has to be a JSON object.")
    if typed.get("id") != message.id:
        raise ValueError(f"The id must stay “{message.id}”: with another one the message would be appended.")
    if typed.get("type") != message.raw.get("type"):
        raise ValueError("The type must stay as it is: the deployment would take it for another message.")
    return typed
