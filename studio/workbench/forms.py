"""What people type into the forms of the thread page, parsed once. Errors are sentences for people."""

import json
import re
from collections import Counter

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


class TwiceError(ValueError):
    """A key that an object has twice, of which Python would silently take the second one."""


def _once(pairs: list[tuple[str, Json]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise TwiceError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return found


def parse_json(text: str, what: str) -> Json:
    """The JSON in a form field. Raises ValueError that says where it goes wrong."""
    try:
        value: Json = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
        json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        place = f"{error.msg.lower()} at line {error.lineno}, column {error.colno}"
        raise ValueError(f"{what} is not valid JSON: {place}.") from None
    except UnicodeEncodeError:
        raise ValueError(f"{what} holds half a character (a lone surrogate), which nothing can store.") from None
    except NotFiniteError as error:
        raise ValueError(f"{what} holds {error}, which is no JSON.") from None
    except TwiceError as error:
        raise ValueError(f"{what} has the key “{str(error)[:80]}” twice in one object.") from None
    except (RecursionError, ValueError):
        raise ValueError(f"{what} is nested too deeply, or holds a number that is too long.") from None
    return value


def unix_lines(text: str) -> str:
    """Text without the carriage returns that browsers add to what is typed."""
    return text.replace("\r\n", "\n")


def field_name(name: str) -> str:
    """The name of a field with its lines ended in one way, whatever browsers make of the line breaks in it."""
    return re.sub(r"\r\n|\r", "\n", name)
