"""Where a thread stands when somebody wants something of it: read once, for all that has to know."""

import asyncio
from dataclasses import dataclass

from studio.deployments import runs, states, threads
from studio.deployments.errors import conflict
from studio.deployments.gateway import Gateway
from studio.deployments.thread_rows import Thread
from studio.history.model import Interrupt, Snapshot


@dataclass(frozen=True, slots=True)
class Standing:
    """A thread and its newest state; None where nothing has happened yet, or where nobody had to know it."""

    thread: Thread
    head: Snapshot | None

    @property
    def at(self) -> str | None:
        """The id of the newest checkpoint, where it is known."""
        return self.head.checkpoint.id if self.head else None

    @property
    def asked(self) -> tuple[Interrupt, ...]:
        """The questions that are open."""
        return self.head.interrupts if self.head else ()

    async def busy(self, gateway: Gateway) -> bool:
        """Whether a run works on the thread. Its status alone does not tell: a thread is called busy, too, when its run
        was deleted at work; then there is nothing to wait for. Raises DeploymentError."""
        return self.thread.status == "busy" and any(run.active for run in await runs.recent(gateway, self.thread.id))

    async def require_idle(self, gateway: Gateway) -> None:
        """Raises conflict where a run works on the thread: not every server refuses a second one, nor as a conflict."""
        if await self.busy(gateway):
            raise conflict()


async def standing(gateway: Gateway, thread_id: str) -> Standing:
    """The thread and its newest state, read together. Raises DeploymentError."""
    thread, head = await asyncio.gather(threads.get(gateway, thread_id), states.current(gateway, thread_id))
    return Standing(thread, head)
