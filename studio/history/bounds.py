"""What a JSON schema asks of a number: compared exactly, as the number was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, isfinite
from typing import Any


@dataclass(frozen=True, slots=True)
class Bounds:
    """At least `least`, at most `most`, greater than `above`, less than `below`, a multiple of `step`; `whole`: an
    integer."""

    least: Fraction | None = None
    most: Fraction | None = None
    above: Fraction | None = None
    below: Fraction | None = None
    step: Fraction | None = None
    whole: bool = False

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes min, max and step of a number field, as far as they can say what is meant."""
        least, most, step = self.least, self.most, self.step
        if self.whole:
            step = step if step and step.denominator == 1 else Fraction(1)
            lows = [ceil(x) for x in (self.least,) if x is not None]
            lows += [floor(x) + 1 for x in (self.above,) if x is not None]
            highs = [floor(x) for x in (self.most,) if x is not None]
            highs += [ceil(x) - 1 for x in (self.below,) if x is not None]
            least = Fraction(max(lows)) if lows else None
            most = Fraction(min(highs)) if highs else None
        if step and least is not None:
            least = ceil(least / step) * step  # browsers count the steps from the least value
        found = {"min": least, "max": most, "step": step}
        return {"step": "any"} | {name: number_text(value) for name, value in found.items() if value is not None}

    def problem(self, number: Fraction) -> str:
        """What the number has to be and is not, as the end of a sentence; "" when it fits."""
        if self.whole and number.denominator != 1:
            return "a whole number"
        if self.least is not None and number < self.least:
            return f"at least {number_text(self.least)}"
        if self.most is not None and number > self.most:
            return f"at most {number_text(self.most)}"
        if self.above is not None and number <= self.above:
            return f"greater than {number_text(self.above)}"
        if self.below is not None and number >= self.below:
            return f"less than {number_text(self.below)}"
        if self.step is not None and number % self.step:
            return f"a multiple of {number_text(self.step)}"
        return ""


BOUNDLESS = Bounds()


def bounds(schema: Mapping[str, Any]) -> Bounds:
    """The bounds in a schema; what is no number there bounds nothing."""
    step = _number(schema, "multipleOf")
    return Bounds(
        least=_number(schema, "minimum"),
        most=_number(schema, "maximum"),
        above=_number(schema, "exclusiveMinimum"),
        below=_number(schema, "exclusiveMaximum"),
        step=step if step and step > 0 else None,
        whole=schema.get("type") == "integer",
    )


def number_text(value: Fraction) -> str:
    """A bound as it was written in the schema."""
    return str(value.numerator) if value.denominator == 1 else repr(float(value))


def _number(schema: Mapping[str, Any], name: str) -> Fraction | None:
    told = schema.get(name)
    if isinstance(told, bool) or not isinstance(told, int | float) or not isfinite(told):
        return None
    return Fraction(repr(told))
