"""Writing a state at a checkpoint: tried on a thread of its own first, then written, read back and judged.

What a reducer makes of a value, and which node follows, only the deployment knows. So a change is tried on a thread
that is made for it with the very state that is to be changed, and removed again; of the ways to write a channel, the
first one that has the result that was meant is taken. Where a server cannot make such a thread, nothing is foretold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.trials import thread_at
from studio.history.model import Json, Snapshot
from studio.history.tree import Tree
from studio.history.writes import ChannelVerdict, as_sent, judge, to_send, ways, worth_forcing

ROUNDS = 3
"""Ways of writing a channel that are tried at most."""
NO_GRAPH = "It is not known which graph this thread belongs to."
NO_WRITER = "It is not known which node wrote last. Choose one, and the change can be tried out."
NO_COPY = "This deployment does not make a thread with a state."
OTHER_COPY = "A thread with the very state that is to be changed could not be made."


@dataclass(frozen=True, slots=True)
class Change:
    """What a person wants of a state: the channels that differ, as they were and as they shall be, in whose name."""

    snapshot: Snapshot
    meant: Mapping[str, Json]
    as_node: str = ""

    def sent(self, chosen: Mapping[str, str]) -> dict[str, Json]:
        """What is sent when each channel is written in its chosen way."""
        before = self.snapshot.channels
        return {name: to_send(before.get(name), meant, chosen[name]) for name, meant in self.meant.items()}

    def judged(self, after: Snapshot, chosen: Mapping[str, str]) -> list[ChannelVerdict]:
        """What became of each channel, written in its chosen way."""
        before, now = self.snapshot.channels, after.channels
        return [
            judge(name, before.get(name), meant, now.get(name), there=name in now, way=chosen[name])
            for name, meant in self.meant.items()
        ]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change will do: the verdicts, the values before and after it as a thread of its own had them, what runs
    next; or a `problem`, or in `silent` why nothing could be foretold. `ways`: how each channel is best written;
    `as_node`: in whose name that was tried."""

    ways: Mapping[str, str]
    verdicts: list[ChannelVerdict] = field(default_factory=list)
    before: Snapshot | None = None
    after: Snapshot | None = None
    problem: DeploymentError | None = None
    silent: str = ""
    as_node: str = ""

    def met(self, name: str) -> bool:
        """Whether a channel becomes what was meant."""
        return any(verdict.as_meant for verdict in self.verdicts if verdict.name == name)

    @property
    def refused(self) -> bool:
        """Whether the deployment does not take the change at all."""
        return self.problem is not None and self.problem.kind in ("invalid", "failed")


@dataclass(frozen=True, slots=True)
class Written:
    """What a write has done. `after` is None when it could not be read back, for the reason in `problem`."""

    checkpoint_id: str
    verdicts: list[ChannelVerdict] = field(default_factory=list)
    after: Snapshot | None = None
    problem: DeploymentError | None = None

    @property
    def as_meant(self) -> bool:
        """Whether all channels hold what was meant."""
        return self.after is not None and all(verdict.as_meant for verdict in self.verdicts)


def writer_of(tree: Tree, checkpoint_id: str) -> str:
    """The node that wrote last on the way to a checkpoint (`__start__`: the input), "" where there were several at
    once, or none."""
    ran = (tree.ran(checkpoint.id) for checkpoint in reversed(tree.path(checkpoint_id)))
    last = next((nodes for nodes in ran if nodes), ())
    return last[0] if len(last) == 1 else ""


async def foretell(gateway: Gateway, graph_id: str, change: Change, writer: str) -> Preview:
    """Try a change on a thread of its own. `writer` is the node after which the state stands; never raises."""
    first = {name: ways(change.snapshot.channels.get(name), meant)[0] for name, meant in change.meant.items()}
    if not (graph_id and writer):
        return Preview(first, silent=NO_WRITER if graph_id else NO_GRAPH)
    values = {name: value for name, value in change.snapshot.channels.items() if value is not None}
    base: Snapshot | None = None
    try:
        async with thread_at(gateway, graph_id, as_sent(values), writer) as thread_id:
            base = await states.current(gateway, thread_id)
            if base is None:
                return Preview(first, silent=NO_COPY)
            if not _same(change.snapshot, base):
                return Preview(first, silent=OTHER_COPY)
            return await _tried(gateway, thread_id, base, replace(change, as_node=change.as_node or writer), first)
    except DeploymentError as error:
        return Preview(first, problem=error) if base else Preview(first, silent=f"{OTHER_COPY} {error.title}")


def _same(snapshot: Snapshot, copy: Snapshot) -> bool:
    """Whether the state that was made is the one that is to be changed."""
    pairs = [(name, value, copy.channels.get(name)) for name, value in snapshot.channels.items()]
    return all(judge(name, None, value, made).as_meant for name, value, made in pairs)


async def _tried(gateway: Gateway, thread_id: str, base: Snapshot, change: Change, first: dict[str, str]) -> Preview:
    """The change in one way after the other, until each channel has become what was meant or no way is left."""
    rounds = [await _try(gateway, thread_id, base, change, first)]
    while len(rounds) < ROUNDS and (following := _next_ways(change, rounds[-1])) != rounds[-1].ways:
        try:
            rounds.append(await _try(gateway, thread_id, base, change, following))
        except DeploymentError:
            break
    best = {name: next((r.ways[name] for r in rounds if r.met(name)), first[name]) for name in first}
    return next((r for r in rounds if r.ways == best), None) or await _try(gateway, thread_id, base, change, best)


def _next_ways(change: Change, so_far: Preview) -> dict[str, str]:
    """The ways after those that did not do what was meant."""
    following = dict(so_far.ways)
    for verdict in so_far.verdicts:
        name, meant = verdict.name, change.meant[verdict.name]
        known = ways(change.snapshot.channels.get(name), meant)
        after = known[known.index(following[name]) + 1 :]
        if after and not verdict.as_meant and (after[0] != "overwrite" or worth_forcing(verdict, meant)):
            following[name] = after[0]
    return following


async def _try(gateway: Gateway, thread_id: str, base: Snapshot, change: Change, chosen: Mapping[str, str]) -> Preview:
    made = await states.update(gateway, thread_id, change.sent(chosen), base.checkpoint.id, change.as_node)
    after = await states.at(gateway, thread_id, made)
    return Preview(chosen, change.judged(after, chosen), base, after, as_node=change.as_node)


async def write(gateway: Gateway, thread_id: str, change: Change, seen: Preview) -> Written:
    """Write the change as it was tried, read back, judge. Raises DeploymentError only as long as nothing is known to be
    written."""
    as_node = change.as_node or seen.as_node or None
    sent, parent = change.sent(seen.ways), change.snapshot.checkpoint.id
    made = await states.update(gateway, thread_id, sent, parent, as_node)
    try:
        after = await states.at(gateway, thread_id, made)
    except DeploymentError as error:
        return Written(made, problem=error)
    return Written(made, change.judged(after, seen.ways), after)
