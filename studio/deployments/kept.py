"""Answers that are taken for true for a while, because many pages ask for them and they hardly ever change."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Kept(Generic[K, T]):
    """Answers by what they are about, each good for some `seconds`; of more than `most`, the oldest ones go. What is
    about a deployment has the `Deployment` in its key: two names of one address may have different keys."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds, self._most = seconds, most
        self._answers: OrderedDict[K, tuple[float, T]] = OrderedDict()

    async def get(self, key: K, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer that is kept, or else what `ask` brings now; when that raises, nothing is kept."""
        known = self._answers.get(key)
        if known and known[0] > monotonic():
            return known[1]
        answer = await ask()
        self.forget(key)
        self._answers[key] = (monotonic() + self._seconds, answer)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
        return answer

    def last(self, key: K) -> T | None:
        """The answer as it was when it was asked for last, however long ago; None where there is none."""
        known = self._answers.get(key)
        return known[1] if known else None

    def forget(self, key: K) -> None:
        """The answer is not true any more."""
        self._answers.pop(key, None)
