"""How much of a thread has been read: the gaps between the pages of a walk from newest to oldest.

A gap (newer, older) stands for the unread ids strictly between the two; `None` means "up to now" or "down to the
first". A page read with `before=B` proves everything from B down to its last id, or down to the first checkpoint
when the deployment had no more. Gaps are subtracted, never assumed, so pages may come in any order, twice, or from
two workers at once, and a walk that was cut off goes on where it stopped.
"""

from collections.abc import Sequence

Gap = tuple[str | None, str | None]
EVERYTHING: tuple[Gap, ...] = ((None, None),)


def reopen(gaps: Sequence[Gap], newest: str | None) -> tuple[Gap, ...]:
    """The gaps once new checkpoints may have been added above `newest`, the newest known one."""
    if newest is None:
        return EVERYTHING
    lowest = min([newest, *(older or "" for newer, older in gaps if newer is None)])  # what was open stays open
    return ((None, lowest or None), *(gap for gap in gaps if gap[0] is not None))


def close(gaps: Sequence[Gap], before: str | None, last: str | None) -> tuple[Gap, ...]:
    """What is left of `gaps` after a page from `before` (exclusive) down to `last` (inclusive; None: the first)."""
    left: list[Gap] = []
    for newer, older in gaps:
        if _above(newer, before):
            left.append((newer, _later(before, older)))
        if last is not None and (older is None or last > older):
            left.append((_earlier(newer, last), older))
    return tuple(gap for gap in dict.fromkeys(left) if not _empty(gap))


def _above(newer: str | None, before: str | None) -> bool:
    """Whether a gap reaches higher than the page began."""
    return before is not None and (newer is None or newer > before)


def _later(before: str | None, older: str | None) -> str | None:
    return before if older is None or (before is not None and before > older) else older


def _earlier(newer: str | None, last: str) -> str:
    return last if newer is None or last < newer else newer


def _empty(gap: Gap) -> bool:
    newer, older = gap
    return newer is not None and older is not None and newer <= older
