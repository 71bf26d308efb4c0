"""What people type into the forms of the thread page, parsed once. Errors are sentences for people."""

import json

from studio.history.model import Json


def parse_input(mode: str, text: str) -> Json:
    """What the run bar sends: a human message, or JSON as it was typed. Raises ValueError."""
    if mode == "json":
        return parse_json(text, "The input")
    if not text.strip():
        raise ValueError("There is no message to send.")
    return {"messages": [human(text)]}


def human(text: str) -> Json:
    """What a person says, as a message."""
    return {"type": "human", "content": unix_lines(text)}


class NotFiniteError(ValueError):
    """NaN or Infinity, which Python reads and JSON does not know."""


def _refuse(constant: str) -> Json:
    raise NotFiniteError(constant)


def parse_json(text: str, what: str) -> Json:
    """The JSON in a form field. Raises ValueError that says where it goes wrong."""
    try:
        value: Json = json.loads(text, parse_constant=_refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        place = f"{error.msg.lower()} at line {error.lineno}, column {error.colno}"
        raise ValueError(f"{what} is not valid JSON: {place}.") from None
    except UnicodeEncodeError:
        raise ValueError(f"{what} holds half a character (a lone surrogate), which nothing can store.") from None
    except NotFiniteError as error:
        raise ValueError(f"{what} holds {error}, which is no JSON.") from None
    except (RecursionError, ValueError):
        raise ValueError(f"{what} is nested too deeply, or holds a number that is too long.") from None
    return value


def unix_lines(text: str) -> str:
    """Text without the carriage returns that browsers add to what is typed."""
    return text.replace("\r\n", "\n")
