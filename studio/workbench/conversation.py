"""The conversation of the selected checkpoint, ready for its template: turns with provenance and branch switches."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from studio.history.messages import Message, ToolCall, Turn, conversation, message_channels, turns
from studio.history.model import Checkpoint, Json, Snapshot
from studio.history.tree import Tree

LATEST = 30
"""Turns rendered at first; earlier ones come as they are scrolled to."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One of several branches: `place` of `count`, and the heads to the left and right (None at the ends)."""

    place: int
    count: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class CallView:
    """A tool call with its result, when there is one."""

    call: ToolCall
    result: "TurnView | None"


@dataclass(frozen=True, slots=True)
class TurnView:
    """A message as it is shown. `introduced`: the checkpoint that brought it, `by` the nodes that ran before that, or
    ""; `channel`: where it is written back."""

    message: Message
    position: int
    channel: str
    introduced: Checkpoint | None = None
    by: str = ""
    calls: list[CallView] = field(default_factory=list)
    switch: Switch | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of messages; `earlier` says how many messages before the first shown one are left out."""

    name: str
    turns: list[TurnView]
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class _Origins:
    """Where the messages of a state come from: since when each is there, and where other branches lead from it."""

    tree: Tree
    introduced: dict[str, Checkpoint]
    switches: dict[str, Switch]

    def by(self, id: str) -> str:
        """The nodes that ran before a message appeared; "" when a person brought it."""
        checkpoint = self.introduced.get(id)
        return " · ".join(n for n in self.tree.ran(checkpoint.id) if n != "__start__") if checkpoint else ""


def channels(snapshot: Snapshot, tree: Tree, latest: int = LATEST, before: int | None = None) -> list[Channel]:
    """The message channels of a state, each with its latest turns (0: all), or with the latest `before` a place."""
    path = tree.path(snapshot.checkpoint.id)
    introduced = introductions(path)
    origins = _Origins(tree, introduced, _switches(tree, path, introduced))
    return [
        _channel(name, snapshot.channels[name], origins, latest, before) for name in message_channels(snapshot.channels)
    ]


def others(snapshot: Snapshot) -> dict[str, Json]:
    """What of a state is not messages."""
    conversations = message_channels(snapshot.channels)
    return {name: value for name, value in snapshot.channels.items() if name not in conversations}


def introductions(path: Sequence[Checkpoint]) -> dict[str, Checkpoint]:
    """For each message at the end of a path (root first), the checkpoint since which it has been there."""
    since: dict[str, Checkpoint] = {}
    before: tuple[str, ...] = ()
    for checkpoint in path:
        ids = checkpoint.message_ids
        if ids[: len(before)] == before:  # the common case: nothing but new ones at the end
            since.update((id, checkpoint) for id in ids[len(before) :] if id not in since)
        else:
            since = {id: since.get(id, checkpoint) for id in ids}
        before = ids
    return since


def switch(tree: Tree, id: str) -> Switch | None:
    """The switch between a checkpoint and its siblings; None when it has none."""
    siblings = tree.siblings(id)
    if len(siblings) < 2 or id not in siblings:
        return None
    place = siblings.index(id)
    before = tree.tip(siblings[place - 1]) if place else None
    after = tree.tip(siblings[place + 1]) if place + 1 < len(siblings) else None
    return Switch(place + 1, len(siblings), before, after)


def _channel(name: str, value: Json, origins: _Origins, latest: int, before: int | None) -> Channel:
    items = value if isinstance(value, list) else []
    end = len(items) if before is None else min(before, len(items))
    start = max(0, end - latest * 3) if latest else 0  # enough to find the calls that results belong to
    shown = turns(conversation(items[start:end]), start)[-latest:]
    earlier = shown[0].position if shown else 0
    return Channel(name, [_turn(turn, name, origins) for turn in shown], earlier)


def _turn(turn: Turn, channel: str, origins: _Origins) -> TurnView:
    results = ((call, turn.results.get(call.id) if call.id else None) for call in turn.message.tool_calls)
    id = turn.message.id or ""
    return TurnView(
        message=turn.message,
        position=turn.position,
        channel=channel,
        introduced=origins.introduced.get(id),
        by=origins.by(id),
        calls=[CallView(call, _turn(result, channel, origins) if result else None) for call, result in results],
        switch=origins.switches.get(id),
    )


def _switches(tree: Tree, path: Sequence[Checkpoint], introduced: dict[str, Checkpoint]) -> dict[str, Switch]:
    """A switch for each fork on the path, on the first message that came at or after it."""
    order = {checkpoint.id: place for place, checkpoint in enumerate(path)}
    forks = [place for place, checkpoint in enumerate(path) if len(tree.siblings(checkpoint.id)) > 1]
    arrivals = sorted((order[c.id], id) for id, c in introduced.items() if c.id in order)
    found: dict[str, Switch] = {}
    for fork in forks:
        message = next((id for place, id in arrivals if place >= fork), None)
        made = switch(tree, path[fork].id)
        if message and made:
            found[message] = made
    return found
