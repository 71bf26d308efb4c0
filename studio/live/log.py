"""A bounded log of numbered frames, written once and read by every viewer from its own place. No I/O, no loop.

Because viewers read from the shared log, a slow one costs nothing; one that falls behind the oldest kept frame has
to start over (`since` answers None), as has one that comes with the cursor of another log.
"""

from collections import deque
from dataclasses import dataclass, field
from secrets import token_hex

KEPT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of HTML and its number; numbers count from 1 without gaps."""

    seq: int
    html: str

    @property
    def size(self) -> int:
        """Bytes on the wire, roughly."""
        return len(self.html.encode("utf-8", "replace"))


@dataclass(slots=True)
class Log:
    """The frames of one run as one process relays it. `token` tells this log's cursors from others'."""

    kept_bytes: int = KEPT_BYTES
    token: str = field(default_factory=lambda: token_hex(6))
    last: int = 0
    _frames: deque[Frame] = field(default_factory=deque)
    _bytes: int = 0

    def append(self, html: str) -> Frame:
        """Add a frame; the oldest ones go when there are too many bytes."""
        self.last += 1
        frame = Frame(self.last, html)
        self._frames.append(frame)
        self._bytes += frame.size
        while self._bytes > self.kept_bytes and len(self._frames) > 1:
            self._bytes -= self._frames.popleft().size
        return frame

    def since(self, seq: int) -> list[Frame] | None:
        """The frames after `seq`; None when some of them are gone, or when `seq` is from the future."""
        first = self._frames[0].seq if self._frames else self.last + 1
        if seq > self.last or seq < first - 1:
            return None
        return [frame for frame in self._frames if frame.seq > seq]

    def place(self, cursor: str) -> int | None:
        """The number in a cursor of this log (`token.seq`), None for any other text."""
        token, _, seq = cursor.partition(".")
        return int(seq) if token == self.token and seq.isdecimal() and len(seq) < 16 else None
