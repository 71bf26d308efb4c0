"""The ways to write a channel as a person chooses among them: what came of each when it was tried, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.history.model import Json
from studio.history.value_diff import short_json
from studio.history.writes import BY_ID, FORCED, REST, WHOLE, ChannelVerdict, judge, worth_forcing

EXACT = (REST, FORCED)
"""The ways that are gone for the sake of what was typed; the others leave it to the reducer."""
LABELS = {
    BY_ID: "through its reducer, by the ids of the messages",
    WHOLE: "through its reducer",
    REST: "exactly as typed: only what is new at its end is sent",
    FORCED: "exactly as typed, past its reducer",
}
EFFECTS = {"appended": "appended", "dropped": "left as it is", "altered": "changed"}
REDUCERS = {
    "appended": "Its reducer adds to what is there",
    "dropped": "Its reducer leaves it as it is",
    "altered": "Its reducer makes something else of it",
}
CHOSEN = {
    "appended": "added to what was there, as chosen",
    "dropped": "left as it was, as chosen",
    "altered": "changed by the channel's reducer, as chosen",
}
SUGGESTED = "?"
"""Follows the name of a way that nobody chose: it counts only where nothing is known of what the ways come to."""
SHORT = 60
"""Characters of a value that is shown as it is."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One way to write a channel and what came of it: the verdict and the value, or why the deployment refused it;
    neither where it could not be tried."""

    way: str
    verdict: ChannelVerdict | None = None
    value: Json = None
    refused: str = ""

    @property
    def met(self) -> bool:
        """Whether the channel became what was meant."""
        return self.verdict is not None and self.verdict.as_meant


@dataclass(frozen=True, slots=True)
class Offer:
    """A way as it stands in the form. `value` tells one that is chosen from the one that is suggested."""

    value: str
    label: str
    picked: bool


def best(tried: Sequence[Tried], meant: Json) -> Tried:
    """The way to write a channel when nobody has chosen one: the first that does what was meant, and does not make
    plain objects of messages without need; else the first of all."""
    for before, one in zip([None, *tried], tried, strict=False):
        if one.met and (one.way != FORCED or before is None or _worth(before, meant)):
            return one
    return tried[0]


def pick(tried: Sequence[Tried], meant: Json, chosen: str) -> Tried:
    """The way that was `chosen`, unless another one does the same with less force; else the best one."""
    found = best(tried, meant)
    if chosen.endswith(SUGGESTED) and (found.verdict or found.refused):
        return found
    asked = next((one for one in tried if one.way == chosen.removesuffix(SUGGESTED)), found)
    return found if found.met and asked.way in EXACT else asked


def offers(tried: Sequence[Tried], meant: Json, picked: str) -> list[Offer]:
    """The ways that a person may choose among: those that differ in what comes of them, as far as the deployment takes
    them. None where there is nothing to choose."""
    different: list[Tried] = []
    for one in sorted(tried, key=lambda one: one.way != picked):
        if (one.way == picked or not one.refused) and not any(_same(one, other) for other in different):
            different.append(one)
    if len(different) < 2:
        return []
    usual = best(tried, meant)
    shown = [one for one in tried if one in different]
    return [Offer(one.way + SUGGESTED * (one == usual), _label(one), one.way == picked) for one in shown]


def reducer(tried: Sequence[Tried]) -> str:
    """What the reducer of a channel does with the value as it was typed, "" where it takes it."""
    plain = tried[0]
    if plain.refused:
        return "Its reducer refuses it."
    if plain.verdict is None:
        return "What its reducer makes of it is not known."
    if plain.met:
        return ""
    told = REDUCERS[plain.verdict.kind]
    return f"{told}." if plain.verdict.kind == "dropped" else f"{told}: it would be {_amount(plain.value)}."


def as_chosen(verdict: ChannelVerdict) -> ChannelVerdict:
    """The verdict on a channel that became what a person had been told it would, and chose."""
    return verdict if verdict.as_meant else replace(verdict, kind="chosen", text=CHOSEN[verdict.kind])


def _worth(before: Tried, meant: Json) -> bool:
    return before.verdict is not None and worth_forcing(before.verdict, meant)


def _same(one: Tried, other: Tried) -> bool:
    """Whether two ways have the same result, as far as that is known."""
    if one.verdict is None or other.verdict is None:
        return False
    pairs = ((one.value, other.value), (other.value, one.value))
    return one.verdict.text == other.verdict.text and any(judge("", None, *pair).as_meant for pair in pairs)


def _label(one: Tried) -> str:
    effect = "refused" if one.refused else EFFECTS.get(one.verdict.kind, "") if one.verdict else ""
    return f"{LABELS[one.way]}: {effect}" if effect else LABELS[one.way]


def _amount(value: Json) -> str:
    """A value in a few words."""
    text = short_json(value)
    if isinstance(value, list):
        return f"{len(value)} item{'s' * (len(value) != 1)}"
    if isinstance(value, dict) and len(text) > SHORT:
        return f"an object of {len(value)} key{'s' * (len(value) != 1)}"
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"
