"""Which method of the SDK makes which request. Not every request has one: a method leaves out what is empty, or adds
what it was not given, so each field of a body has a rule that says which values come through as they are.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

from studio.history.model import Json

Rule = Callable[[Json], bool]
NAMED = {"langsmith_tracer": "langsmith_tracing"}
"""Fields whose argument is called otherwise."""


def always(value: Json) -> bool:
    """Sent whatever it is."""
    return True


def given(value: Json) -> bool:
    """Sent unless it is None."""
    return value is not None


def full(value: Json) -> bool:
    """Sent unless it is empty."""
    return bool(value)


def _command(value: Json) -> bool:
    return isinstance(value, dict) and bool(value) and None not in value.values()


def _object(value: Json) -> bool:
    return isinstance(value, dict) and bool(value)


def _lifetime(value: Json) -> bool:
    return isinstance(value, dict)  # a number would become one


def _strategy(value: Json) -> bool:
    return value != "delete"  # the default is not sent


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _labels(value: Json) -> bool:
    return isinstance(value, list) and all(isinstance(label, str) and "." not in label for label in value)


@dataclass(frozen=True, slots=True)
class Call:
    """A method of the SDK: `{}` in its `path` is an id, given first. Then come the `fixed` arguments, and the fields
    of the body: `first` ones in their places, `named` ones by name; the `defaults` are always sent, so that a body
    without one is not of this method. `query` names its arguments in order, each with the values that stand for
    others (none: a text is itself)."""

    name: str
    method: str
    path: str
    first: Mapping[str, Rule] = field(default_factory=dict)
    named: Mapping[str, Rule] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    defaults: Mapping[str, Json] = field(default_factory=dict)
    fixed: tuple[Json, ...] = ()
    query: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)


def _each(rule: Rule, names: str) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), rule)


STREAMED = "stream_mode stream_subgraphs stream_resumable"
RUN = {"command": _command} | _each(
    given,
    "input config context metadata interrupt_before interrupt_after webhook checkpoint checkpoint_id durability "
    "multitask_strategy if_not_exists on_completion after_seconds strict_resume langsmith_tracer " + STREAMED,
)
STREAMS: dict[str, Json] = {"stream_mode": "values", "stream_subgraphs": False, "stream_resumable": False}
CRON = {"timezone": _text} | _each(
    given,
    "schedule input config context metadata interrupt_before interrupt_after webhook enabled durability " + STREAMED,
)
PLAN = CRON | {"multitask_strategy": full}
ASSISTANT = _each(full, "config context metadata name description")
ACTION: dict[str, Mapping[str, Json]] = {"action": {}}
CANCEL: dict[str, Mapping[str, Json]] = {"wait": {"0": False, "1": True}} | ACTION
ONE_RUN = "/threads/{}/runs/{}"

CALLS = (
    Call(
        "threads.create",
        "POST",
        "/threads",
        named={"thread_id": full, "if_exists": full, "metadata": _object, "ttl": _lifetime},
    ),
    Call("threads.copy", "POST", "/threads/{}/copy"),
    Call("threads.prune", "POST", "/threads/prune", {"thread_ids": always}, {"strategy": _strategy}),
    Call(
        "threads.update_state",
        "POST",
        "/threads/{}/state",
        {"values": always},
        {"as_node": full, "checkpoint": full, "checkpoint_id": full},
    ),
    Call("threads.delete", "DELETE", "/threads/{}"),
    Call("threads.update", "PATCH", "/threads/{}", {}, {"metadata": always, "ttl": _lifetime}, ("metadata",)),
    Call("runs.create", "POST", "/threads/{}/runs", {"assistant_id": given}, RUN, defaults=STREAMS),
    Call("runs.create", "POST", "/runs", {"assistant_id": given}, RUN, defaults=STREAMS, fixed=(None,)),
    Call("runs.cancel", "POST", ONE_RUN + "/cancel", query=CANCEL),
    Call(
        "runs.cancel_many",
        "POST",
        "/runs/cancel",
        named={"thread_id": full, "run_ids": full, "status": full},
        query=ACTION,
    ),
    Call("runs.delete", "DELETE", ONE_RUN),
    Call(
        "assistants.create",
        "POST",
        "/assistants",
        {"graph_id": always},
        ASSISTANT | {"assistant_id": full, "if_exists": full},
    ),
    Call("assistants.set_latest", "POST", "/assistants/{}/latest", {"version": always}),
    Call(
        "assistants.update",
        "PATCH",
        "/assistants/{}",
        named=ASSISTANT | {"graph_id": full, "config": given, "context": given},
    ),
    Call("assistants.delete", "DELETE", "/assistants/{}"),
    Call("assistants.delete", "DELETE", "/assistants/{}", query={"delete_threads": {"true": True}}),
    Call(
        "store.put_item",
        "PUT",
        "/store/items",
        {"namespace": _labels, "key": given, "value": given},
        {"index": given, "ttl": given},
    ),
    Call("store.delete_item", "DELETE", "/store/items", {"namespace": always, "key": always}),
    Call(
        "crons.create",
        "POST",
        "/runs/crons",
        {"assistant_id": given},
        PLAN | {"on_run_completed": given},
        ("schedule",),
    ),
    Call("crons.create_for_thread", "POST", "/threads/{}/runs/crons", {"assistant_id": given}, PLAN, ("schedule",)),
    Call("crons.update", "PATCH", "/runs/crons/{}", named=CRON | {"on_run_completed": given}),
    Call("crons.delete", "DELETE", "/runs/crons/{}"),
)


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
