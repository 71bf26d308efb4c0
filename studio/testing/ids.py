"""Times and ids that only ever grow, so that a fake answers the same in every test."""

from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)


class Clock:
    """Each reading is a millisecond later than the one before."""

    def __init__(self, name: str, start: datetime = START) -> None:
        self._name, self._now = name, start

    def now(self) -> datetime:
        """The time, which no other reading has."""
        self._now += timedelta(milliseconds=1)
        return self._now

    def id(self, kind: str) -> str:
        """A new UUID that says nothing."""
        return str(uuid5(NAMESPACE_URL, f"{self._name}/{kind}/{self.now().isoformat()}"))

    def checkpoint_id(self, step: int) -> str:
        """A new UUID of version 6, which sorts by time; the step is part of it, as in LangGraph."""
        ticks = f"{(self.now() - GREGORIAN) // timedelta(microseconds=1) * 10:015x}"
        return f"{ticks[:8]}-{ticks[8:12]}-6{ticks[12:]}-{0x8000 | (step & 0x3FFF):04x}-0123456789ab"
