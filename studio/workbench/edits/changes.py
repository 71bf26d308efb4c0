"""A change of a state: what a person wants, what will become of it, and what has become of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from studio.deployments.errors import DeploymentError
from studio.history.model import Json, Snapshot
from studio.history.offers import Offer, Tried, as_chosen, offers, reducer
from studio.history.writes import REST, ChannelVerdict, judge, to_send, ways

REFUSING = ("invalid", "failed")
"""The kinds of errors by which a deployment does not take a change."""
HOW = {REST: "only what is new at its end is sent"}
"""What is worth saying of a way to write a channel."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a person wants of a state: the channels that differ, as they were and as they shall be, in whose name, and
    the ways that were `chosen` for some of them. `namespace`: it is that of a subgraph."""

    snapshot: Snapshot
    meant: Mapping[str, Json]
    as_node: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    namespace: str = ""

    def ways(self, name: str) -> tuple[str, ...]:
        """The ways to write a channel."""
        return ways(self.snapshot.channels.get(name), self.meant[name])

    def sent(self, chosen: Mapping[str, str]) -> dict[str, Json]:
        """What is sent when these channels are written, each in its way."""
        before = self.snapshot.channels
        return {name: to_send(before.get(name), self.meant[name], way) for name, way in chosen.items()}

    def judged(self, after: Snapshot, chosen: Mapping[str, str]) -> list[ChannelVerdict]:
        """What became of these channels, each written in its way."""
        before, now = self.snapshot.channels, after.channels
        return [
            judge(name, before.get(name), self.meant[name], now.get(name), there=name in now, way=way)
            for name, way in chosen.items()
        ]

    def told(self, verdicts: list[ChannelVerdict], picked: Mapping[str, str]) -> list[ChannelVerdict]:
        """The verdicts in the words of somebody who chose the ways that were picked."""
        return [as_chosen(v) if picked[v.name] == self.chosen.get(v.name) else v for v in verdicts]


@dataclass(frozen=True, slots=True)
class Line:
    """One channel of a preview: the verdict, None where there is none; how it is written; what its reducer does;
    and the ways to choose among."""

    name: str
    verdict: ChannelVerdict | None
    how: str
    reducer: str
    offers: list[Offer]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change will do: the verdicts, the values before and after it as a thread of its own had them, what runs
    next; or a `problem`, or in `silent` why nothing could be foretold. `ways`: how each channel is to be written;
    `as_node`: in whose name that was tried; `tried`: every way of each channel that was tried, or would have been;
    `meant`: what was typed."""

    ways: Mapping[str, str]
    verdicts: list[ChannelVerdict] = field(default_factory=list)
    before: Snapshot | None = None
    after: Snapshot | None = None
    problem: DeploymentError | None = None
    silent: str = ""
    as_node: str = ""
    tried: Mapping[str, tuple[Tried, ...]] = field(default_factory=dict)
    meant: Mapping[str, Json] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether the deployment does not take the change at all."""
        return self.problem is not None and self.problem.kind in REFUSING

    def insist(self) -> None:
        """Raises DeploymentError when the deployment does not take the change: that is known now, so it is not tried
        once more where a person needs the state."""
        if self.refused and self.problem:
            raise DeploymentError("invalid", self.problem.title, self.problem.hint, self.problem.detail)

    @property
    def refusals(self) -> dict[str, str]:
        """The channels that the deployment does not take in the way they were to be written, and what it says."""
        return {name: one.refused for name, tried in self.tried.items() for one in tried if self._refuses(name, one)}

    @property
    def lines(self) -> list[Line]:
        """What is to be said of each channel."""
        verdicts = {verdict.name: verdict for verdict in self.verdicts}
        return [
            Line(name, verdicts.get(name), HOW.get(way, ""), reducer(tried), offers(tried, self.meant.get(name), way))
            for name, way in self.ways.items()
            if (tried := self.tried.get(name))
        ]

    def _refuses(self, name: str, one: Tried) -> bool:
        return bool(one.refused) and one.way == self.ways.get(name)


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

    @property
    def unread(self) -> str:
        """What is to be said where it could not be read back, "" where it was."""
        if self.problem is None:
            return ""
        why = self.problem.title
        return f"Written, but the new checkpoint could not be read back: {why} Look at it before you go on."


def as_foretold(change: Change, seen: Preview, made: Written) -> Written:
    """What was written, where a reducer did what the person had been told that it would, and chose."""
    if made.after is None or seen.after is None:
        return made
    then, now = seen.after.channels, made.after.channels
    alike = {v.name for v in made.verdicts if judge("", None, then.get(v.name), now.get(v.name)).as_meant}
    knowing = replace(change, chosen={name: way for name, way in change.chosen.items() if name in alike})
    return replace(made, verdicts=knowing.told(made.verdicts, seen.ways))
