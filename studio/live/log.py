"""A bounded log of numbered frames, written once and read by every viewer from its own place. No I/O, no loop.

Because viewers read from the shared log, a slow one costs nothing; one that falls behind the oldest kept frame has
to start over (`since` answers None), as has one that comes with the cursor of another log.
"""

import json
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from secrets import token_hex
from typing import Any

KEPT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class Frame:
    """A piece of HTML and its number; numbers count from 1 without gaps. `facts` are told with it."""

    seq: int
    html: str
    facts: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def message(self) -> str:
        """The frame as the browser gets it, made once for all viewers. Half of a surrogate pair becomes “?”."""
        text = json.dumps({"type": "frame", "seq": self.seq, "html": self.html, **self.facts}, ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()

    @cached_property
    def size(self) -> int:
        """Bytes on the wire."""
        return len(self.message.encode())


@dataclass(slots=True)
class Log:
    """The frames of one run as one process relays it. `token` tells this log's cursors from others'."""

    kept_bytes: int = KEPT_BYTES
    token: str = field(default_factory=lambda: token_hex(6))
    last: int = 0
    _frames: deque[Frame] = field(default_factory=deque)
    _bytes: int = 0

    def append(self, html: str, **facts: Any) -> Frame:
        """Add a frame; the oldest ones go when there are too many bytes."""
        self.last += 1
        frame = Frame(self.last, html, facts)
        self._frames.append(frame)
        self._bytes += frame.size
        while self._bytes > self.kept_bytes and len(self._frames) > 1:
            self._bytes -= self._frames.popleft().size
        return frame

    def since(self, seq: int) -> list[Frame] | None:
        """The frames after `seq`; None when some of them are gone, or when `seq` is from the future."""
        missing = self.last - seq
        if missing < 0 or missing > len(self._frames):
            return None
        return list(islice(reversed(self._frames), missing))[::-1]  # a deque is slow in its middle

    def place(self, cursor: str) -> int | None:
        """The number in a cursor of this log (`token.seq`), None for any other text."""
        token, _, seq = cursor.partition(".")
        return int(seq) if token == self.token and seq.isdecimal() and len(seq) < 16 else None
