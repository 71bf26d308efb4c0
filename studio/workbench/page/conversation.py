"""The conversation of the selected checkpoint, ready for its template: turns with provenance and branch switches."""

from bisect import bisect_left
from dataclasses import dataclass, field

from studio.history.messages import Message, ToolCall, Turn, conversation, message_channels, turns
from studio.history.model import Json, Snapshot
from studio.history.provenance import Lineage
from studio.history.spine import Spine
from studio.history.tree import Tree
from studio.workbench.page.lives import Life, life_of

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
    """A message as it is shown, with where it comes from; `channel`: where it is written back."""

    message: Message
    position: int
    channel: str
    life: Life | None = None
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
    """Where the messages of a state come from, and where other branches lead from it."""

    tree: Tree
    lineage: Lineage
    switches: dict[str, Switch]


def channels(
    snapshot: Snapshot, spine: Spine, latest: int = LATEST, before: int | None = None, names: list[str] | None = None
) -> list[Channel]:
    """The message channels of a state, each with its latest turns (0: all), or with the latest `before` a place.
    `names` are those of the channels, where they are known already."""
    lineage = spine.lineage(snapshot.checkpoint.id)
    origins = _Origins(spine.tree, lineage, _switches(spine.tree, lineage))
    return [
        _channel(name, snapshot.channels[name], origins, latest, before)
        for name in (message_channels(snapshot.channels) if names is None else names)
    ]


def others(snapshot: Snapshot, conversations: list[str]) -> dict[str, Json]:
    """What of a state is not messages."""
    return {name: value for name, value in snapshot.channels.items() if name not in conversations}


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
    origin = origins.lineage.messages.get(id)
    return TurnView(
        message=turn.message,
        position=turn.position,
        channel=channel,
        life=life_of(origins.tree, origin) if origin else None,
        calls=[CallView(call, _turn(result, channel, origins) if result else None) for call, result in results],
        switch=origins.switches.get(id),
    )


def _switches(tree: Tree, lineage: Lineage) -> dict[str, Switch]:
    """A switch for each fork on the path, on the first message that came, or was changed, at or after it."""
    if not lineage.forks:
        return {}
    order = lineage.order
    arrivals = sorted(
        (order[since.id], key)
        for key, origin in lineage.messages.items()
        if (since := origin.changed or origin.introduced)
    )
    found: dict[str, Switch] = {}
    for fork in lineage.forks:
        first = bisect_left(arrivals, (fork, ""))
        made = switch(tree, lineage.path[fork].id)
        if first < len(arrivals) and made:
            found[arrivals[first][1]] = made
    return found
