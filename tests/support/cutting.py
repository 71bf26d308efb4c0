"""A run of a fake deployment whose stream is disturbed in every way, and the pages that watch it."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from django.test import AsyncClient
from hypothesis import strategies as st

from studio.testing import FakeDeployment, FakeRun, FakeThread, Habits, playing
from studio.testing.faults import StreamFault
from tests.support.watcher import Page, Watcher, amiss, messages_in, watching

TEXT = "Schön, schön: ja ja ja, 你好 🙂 🙂 a < b & c, “naïve” 3 3 3 Ende."
"""Letters of one to four bytes, what HTML escapes, and words that stand there more than once on purpose."""
TOKENS = len(re.findall(r"\S+\s*", TEXT))
LONGEST = 7000
"""More bytes than the whole stream has."""
MODES = ["messages-tuple", "updates", "custom"]


@dataclass
class Scene:
    """A thread on which a run says TEXT, as far as it is let."""

    fake: FakeDeployment
    thread: FakeThread
    run: FakeRun

    @property
    def message(self) -> str:
        """The id of what the run says."""
        return str(next(event.data[0]["id"] for event in self.run.events if event.name == "messages"))

    @property
    def final(self) -> dict[str, str]:
        """The messages that the deployment holds."""
        messages = self.thread.head.values["messages"] if self.thread.checkpoints else []
        return {message["id"]: message["content"] for message in messages}

    async def look(self) -> dict[str, str]:
        """The messages of the state as Studio shows them, asked for until it can."""
        while True:
            path, headers = f"/d/local/threads/{self.thread.id}/live/", {"HX-Request": "true"}
            response = await AsyncClient().get(path, headers=headers)
            if response.status_code == 200 and 'id="conversation"' in (html := response.content.decode()):
                return messages_in(html)
            await asyncio.sleep(0.01)

    def watch(self, page: Page | None = None) -> AbstractAsyncContextManager[Watcher]:
        """A page that watches the thread."""
        return watching(self.thread.id, self.look, page)

    async def tell_all(self, *watchers: Watcher) -> None:
        """Let the run say everything without ending, until every page shows it, word for word."""
        self.run.advance(1 + TOKENS - len(self.run.events))
        for watcher in watchers:
            await watcher.until(self._told)

    def _told(self, page: Page) -> bool:
        """Whether everything is there. What has gone wrong cannot get well any more by what is still to come."""
        text = page.live.get(self.message, "")
        assert TEXT.startswith(text), text
        return text == TEXT

    async def end(self, *watchers: Watcher) -> None:
        """Let the run end, until every page shows the state and nothing else."""
        self.fake.release()
        for watcher in watchers:
            await watcher.settle()
            assert amiss(watcher.page, self.final) == []


@contextmanager
def scene(habits: Habits | None = None, **asked: Any) -> Iterator[Scene]:
    """A run that waits to be let on; `asked` goes to its start."""
    fake = FakeDeployment(habits=habits)
    with playing(fake):
        fake.reply(TEXT)
        fake.hold()
        thread = fake.add_thread()
        wanted = {"assistant_id": "chat", "input": {"messages": []}, "stream_resumable": True, "stream_mode": MODES}
        yield Scene(fake, thread, fake.start_run(thread, wanted | asked))


def stream_faults(quietly: bool) -> st.SearchStrategy[StreamFault]:
    """Streams cut after any byte, in pieces of any size, with lines that end in any way."""
    return st.builds(
        StreamFault,
        bytes=st.integers(0, LONGEST),
        quietly=st.just(quietly),
        pieces=st.lists(st.integers(1, 400), max_size=4).map(tuple),
        newline=st.sampled_from(["\n", "\r\n", "\r"]),
    )
