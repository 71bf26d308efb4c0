"""Which method of the SDK makes which request. Not every request has one."""

import re
from urllib.parse import parse_qsl, quote, unquote

from studio.history.model import Json
from studio.web.sdk_methods import CALLS, Call

NAMED = {"langsmith_tracer": "langsmith_tracing"}
"""Fields whose argument is called otherwise."""


def call_for(method: str, path: str, body: Json, bare: bool) -> tuple[str, list[tuple[str, Json]]] | None:
    """The method of the SDK that makes exactly this request, with its arguments (no name: by place), or None. `bare`:
    the request has no body. The values have to be JSON that the SDK can send at all."""
    place, _, query = path.partition("?")
    for call in CALLS:
        if call.method != method or (ids := _ids(call.path, place)) is None:
            continue
        told, asked = _body(call, body, bare), _query(call, query)
        if told is not None and asked is not None:
            return call.name, [("", value) for value in (*ids, *call.fixed)] + told + asked
    return None


def _ids(template: str, place: str) -> list[Json] | None:
    """The ids in a path; None when it is another one, or one that the SDK would write otherwise."""
    found = re.fullmatch(re.escape(template).replace(r"\{\}", "([^/]+)"), place)
    ids = [unquote(part) for part in found.groups()] if found else []
    if found is None or any(quote(id, safe="") != part for id, part in zip(ids, found.groups(), strict=True)):
        return None
    return list(ids)


def _body(call: Call, body: Json, bare: bool) -> list[tuple[str, Json]] | None:
    rules = {**call.first, **call.named}
    if bare or not isinstance(body, dict):
        return [] if bare and not _has_body(call) else None
    needed = (*call.first, *call.required, *call.defaults)
    if not _has_body(call) or not all(name in body for name in needed):
        return None
    if not all(name in rules and rules[name](value) for name, value in body.items()):
        return None
    rest = [name for name in body if name not in call.first and not _default(call, name, body[name])]
    return [("", body[name]) for name in call.first] + [(NAMED.get(name, name), body[name]) for name in rest]


def _has_body(call: Call) -> bool:
    return bool(call.first or call.named)


def _default(call: Call, name: str, value: Json) -> bool:
    return name in call.defaults and repr(call.defaults[name]) == repr(value)


def _query(call: Call, query: str) -> list[tuple[str, Json]] | None:
    asked = parse_qsl(query, keep_blank_values=True)
    if [name for name, _ in asked] != list(call.query):
        return None
    known = [(name, value, call.query[name]) for name, value in asked]
    if any(values and value not in values for _, value, values in known):
        return None
    return [(name, values.get(value, value)) for name, value, values in known]
