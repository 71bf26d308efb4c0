"""Two texts as one, with the words marked that were removed and added. Bounded: unchanged ends of any length cost
nothing, and a middle that is too long is marked whole."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

WORDS_COMPARED = 2000
STRIDE = 64
"""Items that are compared at once."""


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text. `kind`: same, added or removed."""

    kind: str
    text: str


def word_parts(old: str, new: str) -> tuple[Part, ...]:
    """The two texts as one, with removed and added words marked; unchanged ends of any length cost nothing."""
    a, b = re.findall(r"\s+|\w+|[^\w\s]", old), re.findall(r"\s+|\w+|[^\w\s]", new)
    start = common(a, b)
    end = common(a[start:][::-1], b[start:][::-1])
    middle = _middle(a[start : len(a) - end], b[start : len(b) - end])
    parts = [Part("same", "".join(a[:start])), *middle, Part("same", "".join(a[len(a) - end :]))]
    return tuple(part for part in parts if part.text)


def elide(parts: Sequence[Part], limit: int) -> tuple[Part, ...]:
    """The parts with texts longer than `limit` characters shortened in their middle."""
    half = limit // 2
    return tuple(p if len(p.text) <= limit else Part(p.kind, f"{p.text[:half]} … {p.text[-half:]}") for p in parts)


def common(a: Sequence[T], b: Sequence[T]) -> int:
    """How many items the two have in common at their start."""
    same, end = 0, min(len(a), len(b))
    while same < end and a[same : same + STRIDE] == b[same : same + STRIDE]:
        same += STRIDE
    return next((i for i in range(same, end) if a[i] != b[i]), end)


def _middle(a: list[str], b: list[str]) -> list[Part]:
    if len(a) > WORDS_COMPARED or len(b) > WORDS_COMPARED:
        return [Part("removed", "".join(a)), Part("added", "".join(b))]
    parts = []
    # Blanks, and in long texts whatever comes often, match only beside something rare: two texts with nothing but their
    # blanks in common would take half a minute else.
    for tag, i, j, k, l in difflib.SequenceMatcher(str.isspace, a, b).get_opcodes():  # noqa: E741
        if tag == "equal":
            parts.append(Part("same", "".join(a[i:j])))
        else:
            parts += [Part("removed", "".join(a[i:j])), Part("added", "".join(b[k:l]))]
    return parts
