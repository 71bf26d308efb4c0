"""Calls that wait for a person's decision, as the Agent Inbox asks for it (`action_request`), and as LangChain's
middleware does (`action_requests`); each spelt as in Python or as in JavaScript."""

from collections.abc import Mapping
from dataclasses import dataclass

from studio.history.fields import Field
from studio.history.plain import Json
from studio.history.schema_fields import json_field

MOST_FIELDS = 30
INBOX = {"accept": "allow_accept", "edit": "allow_edit", "respond": "allow_respond", "ignore": "allow_ignore"}
REVIEW = ("approve", "edit", "reject", "respond")


@dataclass(frozen=True, slots=True)
class Action:
    """A call that waits for a decision. `ways`: what may be decided; `fields`: its arguments, to be edited; `whole`:
    the only field is all of them; `camel`: it is spelt as in JavaScript."""

    name: str
    description: str
    ways: tuple[str, ...]
    fields: tuple[Field, ...]
    whole: bool = False
    camel: bool = False


def decision(kind: str, action: Action, way: str, args: Json = None, message: str = "") -> Json:
    """A decision on an action of a question of this kind; `args`: as edited, `message`: what was said with it."""
    if kind == "review":
        if way == "edit":
            edited: Json = {"name": action.name, "args": args}
            return {"type": "edit", "editedAction" if action.camel else "edited_action": edited}
        return {"type": way, "message": message} if message else {"type": way}
    match way:
        case "edit":
            return {"type": "edit", "args": {"action": action.name, "args": args}}
        case "respond":
            return {"type": "response", "args": message}
    return {"type": way, "args": None}


def decisions(kind: str, made: list[Json]) -> Json:
    """The answer to a question of this kind, out of the decisions on its actions."""
    return {"decisions": made} if kind == "review" else made


def requested(value: Json) -> tuple[Action, ...]:
    """The requests of the Agent Inbox: one, or a list of them."""
    found = [_request(item) for item in (value if isinstance(value, list) else [value])]
    return tuple(action for action in found if action) if all(found) else ()


def _request(item: Json) -> Action | None:
    asked, camel = _either(item, "action_request", "actionRequest")
    config, _ = _either(item, "config", "config")
    if not isinstance(asked, dict) or not isinstance(asked.get("action"), str):
        return None
    allowed: Mapping[str, Json] = config if isinstance(config, dict) else dict.fromkeys(INBOX.values(), True)
    ways = [way for way, name in INBOX.items() if allowed.get(name) is True or allowed.get(_camel(name)) is True]
    return _action(str(asked["action"]), asked.get("args"), _text(item, "description"), ways, camel) if ways else None


def reviewed(value: Json) -> tuple[Action, ...]:
    """The requests of the middleware, each with what its policy allows."""
    asked, camel = _either(value, "action_requests", "actionRequests")
    told, _ = _either(value, "review_configs", "reviewConfigs")
    if not isinstance(asked, list) or not all(
        isinstance(one, dict) and isinstance(one.get("name"), str) for one in asked
    ):
        return ()
    policies = {}
    for policy in told if isinstance(told, list) else []:
        name, _ = _either(policy, "action_name", "actionName")
        allowed, _ = _either(policy, "allowed_decisions", "allowedDecisions")
        policies[str(name)] = [way for way in REVIEW if isinstance(allowed, list) and way in allowed]
    found = []
    for one in asked:
        name = _text(one, "name")
        ways = policies.get(name) or list(REVIEW[:3])
        args, _ = _either(one, "args", "arguments")
        found.append(_action(name, args, _text(one, "description"), ways, camel))
    return tuple(found)


def _action(name: str, args: Json, description: str, ways: list[str], camel: bool) -> Action:
    if isinstance(args, dict) and len(args) <= MOST_FIELDS:
        return Action(name, description, tuple(ways), tuple(json_field(n, v) for n, v in args.items()), camel=camel)
    return Action(name, description, tuple(ways), (json_field("arguments", args),), whole=True, camel=camel)


def _either(item: Json, name: str, camel: str) -> tuple[Json, bool]:
    """What stands under a name in either spelling, and whether it is that of JavaScript."""
    if not isinstance(item, dict):
        return None, False
    return (item[name], False) if name in item else (item.get(camel), camel in item)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _text(item: Json, name: str) -> str:
    text = item.get(name) if isinstance(item, dict) else None
    return text if isinstance(text, str) else ""
