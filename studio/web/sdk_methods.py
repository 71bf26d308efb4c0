"""The methods of the SDK that change something, and the requests that they make. A method leaves out what is empty, or
adds what it was not given, so each field of a body has a rule that says which values come through as they are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from studio.history.model import Json

Rule = Callable[[Json], bool]


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
