"""A request in words that repeat it: as Python with langgraph_sdk, and as a command of the shell. Nothing in a body
can end the text that it stands in: Python has `repr`, and the shell a quoted here-document of JSON, no line of which
can be its end. What is invisible is written as an escape in both.
"""

import json
import math
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from studio.history.model import Json
from studio.web.python_code import FLAT, called
from studio.web.sdk_calls import call_for

DEEPEST = 60
"""Levels that Python reads: it stops at some two hundred brackets, its own included."""
KEY = "x-api-key"


@dataclass(frozen=True, slots=True)
class Command:
    """A request to a deployment at `url`: `path` has its query, `body` is text ("" for none), and `headers` are names
    with what stands for the values, which nobody is shown."""

    url: str
    headers: Mapping[str, str]
    method: str
    path: str
    body: str = ""


def python(command: Command) -> str:
    """Code that repeats the request; its `await` is for a notebook or for `python -m asyncio`."""
    where = [("url", command.url)]
    where += [("api_key", shown) for name, shown in command.headers.items() if name.lower() == KEY][:1]
    rest: dict[str, Json] = {name: shown for name, shown in command.headers.items() if name.lower() != KEY}
    made = called("get_client", [*where, *([("headers", rest)] if rest else [])])
    return f"from langgraph_sdk import get_client\n\nclient = {made}\n\nawait client.{_method(command)}\n"


def curl(command: Command) -> str:
    """The command that repeats the request, for any POSIX shell."""
    url = command.url + command.path
    flags = " --globoff" * bool(re.search(r"[][{}]", url)) + " --path-as-is" * ("/." in command.path)
    lines = [f"curl{flags} -X {shlex.quote(command.method)} {shlex.quote(url)}"]
    if command.body:
        lines.append("-H 'content-type: application/json'")
    lines += [f"-H {shlex.quote(f'{name}: {shown}')}" for name, shown in command.headers.items()]
    here = ""
    if command.body and (text := _json(command.body)) is not None:
        lines.append("--data-binary @- <<'JSON'")
        here = f"{text}\nJSON\n"
    elif command.body:
        lines.append(f"--data-binary {shlex.quote(command.body)}")
    return " \\\n  ".join(lines) + "\n" + here


def pretty(body: str) -> str:
    """The body as people read JSON, or as it is where it is none."""
    text = _json(body)
    return body if text is None else text


def _method(command: Command) -> str:
    """The call of the client, as near to its request's meaning as one can be made."""
    try:
        value: Json = json.loads(command.body, parse_constant=_refuse) if command.body else None
        deep = _levels(value) > DEEPEST
    except (ValueError, RecursionError):
        return _raw(command)
    if deep or not _sendable(value) or (command.body and value is None):
        return _raw(command)
    if found := call_for(command.method, command.path, value, not command.body):
        return called(*found)
    if command.method not in ("POST", "PUT", "PATCH", "DELETE"):
        return _raw(command)
    return called(f"http.{command.method.lower()}", [("", command.path), ("json", value)])


def _raw(command: Command) -> str:
    """The request below the SDK, for what this cannot write."""
    told: list[tuple[str, Json]] = [("", command.method), ("", command.path)]
    if command.body:
        told += [("content", command.body), ("headers", {"content-type": "application/json"})]
    return called("http.client.request", told)


def _sendable(value: Json) -> bool:
    """Whether the SDK sends this as it is."""
    if isinstance(value, dict):
        return all(_sendable(part) for pair in value.items() for part in pair)
    if isinstance(value, list):
        return all(map(_sendable, value))
    if isinstance(value, int):
        return -(2**63) <= value < 2**64
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return not isinstance(value, float) or math.isfinite(value)


def _levels(value: Json) -> int:
    """How deeply a value is nested."""
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(_levels, value.values() if isinstance(value, dict) else value), default=0)


def _json(body: str) -> str | None:
    """A body as JSON with nothing invisible in it, or None where it is none or too deep."""
    try:
        value = json.loads(body, parse_constant=_refuse)
        indent = 2 if _levels(value) <= FLAT else None
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    except (ValueError, RecursionError):
        return None
    return re.sub(r"[^\n\x20-\x7e]", lambda found: found[0] if found[0].isprintable() else _escape(found[0]), text)


def _escape(character: str) -> str:
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def _refuse(constant: str) -> Json:
    raise ValueError(constant)
