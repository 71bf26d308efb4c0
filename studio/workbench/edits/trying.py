"""Trying a change out, on a thread that stands where it is to be written: what each way to write a channel does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.history.model import Snapshot
from studio.history.offers import Tried, pick
from studio.workbench.edits.changes import REFUSING, Change, Preview

ROUNDS = 3
"""Ways of writing a channel that are tried at most."""
MOST_APART = 8
"""Channels that are tried one by one at most, to find the one that is refused."""
NOT_TAKEN = "The deployment does not take this state."


@dataclass(frozen=True, slots=True)
class Trial:
    """The thread on which a change is tried: `base` is where it stands."""

    gateway: Gateway
    thread_id: str
    base: Snapshot
    change: Change

    async def attempt(self, chosen: Mapping[str, str]) -> Preview:
        """Write these channels, each in its way. Raises DeploymentError."""
        try:
            return await self._write(chosen)
        except DeploymentError as error:
            if error.kind != "broken":
                raise
            return await self._write(chosen)  # the connection of the attempt before, which the server had failed

    async def _write(self, chosen: Mapping[str, str]) -> Preview:
        sent, as_node = self.change.sent(chosen), self.change.as_node
        parent, namespace = self.base.checkpoint.id, self.change.namespace
        made = await states.update(self.gateway, self.thread_id, sent, parent, as_node or None, namespace)
        after = await states.at(self.gateway, self.thread_id, made, namespace)
        return Preview(chosen, self.change.judged(after, chosen), self.base, after, as_node=as_node)


async def explore(trial: Trial) -> Preview:
    """What the change does when each channel is written in the way that was chosen for it, or else in the first one
    that does what is meant; with all that was tried on the way there. Raises DeploymentError."""
    change = trial.change
    tried, rounds = await _rounds(trial)
    picked = {name: pick(tried[name], meant, change.chosen.get(name, "")) for name, meant in change.meant.items()}
    chosen = {name: one.way for name, one in picked.items()}
    refused = "; ".join(f"{name}: {one.refused}" for name, one in picked.items() if one.refused)
    if refused:
        return Preview(
            chosen, problem=DeploymentError("invalid", NOT_TAKEN, "", refused), tried=tried, meant=change.meant
        )
    seen = next((known for known in rounds if known.ways == chosen), None)
    if seen is None:
        try:
            seen = await trial.attempt(chosen)
        except DeploymentError as error:
            return Preview(chosen, problem=error, tried=tried, meant=change.meant)
    return replace(seen, verdicts=change.told(seen.verdicts, chosen), tried=tried, meant=change.meant)


async def _rounds(trial: Trial) -> tuple[dict[str, tuple[Tried, ...]], list[Preview]]:
    """The ways of each channel one after the other, until it has become what was meant or no way is left; and the
    attempts in which all channels took part."""
    change = trial.change
    tried: dict[str, tuple[Tried, ...]] = dict.fromkeys(change.meant, ())
    rounds: list[Preview] = []
    for number in range(ROUNDS):
        chosen = {name: change.ways(name)[number] for name in tried if _goes_on(change, name, tried[name])}
        if number and not chosen:
            break
        try:
            found = await _round(trial, chosen, rounds)
        except DeploymentError:
            if not number:
                raise
            break
        tried |= {name: (*tried[name], one) for name, one in found.items()}
    return tried, rounds


def _goes_on(change: Change, name: str, tried: tuple[Tried, ...]) -> bool:
    return len(tried) < len(change.ways(name)) and not any(one.met for one in tried)


async def _round(trial: Trial, chosen: Mapping[str, str], rounds: list[Preview]) -> dict[str, Tried]:
    """What comes of one more way of some channels: together, or where that is refused each by itself."""
    try:
        seen = await trial.attempt(chosen)
    except DeploymentError as error:
        if error.kind not in REFUSING or not 0 < len(chosen) <= MOST_APART:
            raise
        await trial.attempt({})  # where nothing at all is taken, it is for none of the channels
        return {name: await _alone(trial, name, way) for name, way in chosen.items()}
    rounds.append(seen)
    return _results(seen)


async def _alone(trial: Trial, name: str, way: str) -> Tried:
    try:
        return _results(await trial.attempt({name: way}))[name]
    except DeploymentError as error:
        if error.kind not in REFUSING:
            raise
        return Tried(way, refused=error.detail or error.title)


def _results(seen: Preview) -> dict[str, Tried]:
    values = seen.after.channels if seen.after else {}
    return {v.name: Tried(seen.ways[v.name], v, values.get(v.name)) for v in seen.verdicts}
