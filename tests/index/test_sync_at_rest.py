"""Whatever happens to a thread between and during the pages that are read of it: at rest, the index is what the
deployment holds."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from studio.deployments import states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import gateway
from studio.history.model import Checkpoint
from studio.index import storage, sync
from studio.index.storage import Known
from studio.testing import FakeDeployment, FakeTask, FakeThread, Habits, Seen, playing
from studio.testing.exchange import Answer

Change = Callable[[FakeThread], None]
places = st.integers(0, 30)

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""A failure of this machine is short enough as it is found; making it shorter takes minutes."""


class Restless(FakeDeployment):
    """Its threads change while they are read: before each page that is asked for, one of `during` happens."""

    def __init__(self, habits: Habits) -> None:
        super().__init__(habits=habits)
        self.during: list[Callable[[], None]] = []

    def handle(self, seen: Seen) -> Answer:
        if self.during and seen.path.endswith("/history"):
            self.during.pop(0)()
        return super().handle(seen)


class Reading(RuleBasedStateMachine):
    """Two workers read a thread that grows, forks and loses checkpoints."""

    @initialize(
        before=st.sampled_from(["honoured", "honoured", "ignored", "refused"]), stutters=st.booleans(), few=places
    )
    def begin(self, before: Any, stutters: bool, few: int) -> None:
        self.fake = Restless(Habits(before=before, stutters=stutters))
        self.playing = playing(self.fake)
        self.playing.__enter__()
        self.thread = self.fake.add_thread("hello")
        self.memories = [type(storage._spines)(), type(storage._spines)()]
        self.fake.grow(self.thread, few)

    def teardown(self) -> None:
        if hasattr(self, "playing"):
            self.playing.__exit__(None, None, None)

    def change(self, kind: str, place: int, many: int) -> None:
        """Something that happens to the thread."""
        thread, engine = self.thread, self.fake.engine(self.thread)
        at = thread.checkpoints[place % len(thread.checkpoints)] if thread.checkpoints else None
        root = {c.id for c in thread.checkpoints if c.parent_id is None}
        if self.fake.habits.before != "honoured" and kind in ("delete", "roll back the newest", "roll back a run"):
            # Without its root, nobody can tell the end of such a server's list from a limit of it.
            run = thread.runs[place % len(thread.runs)].id if thread.runs else None
            going = {c.id for c in thread.checkpoints if c.run_id == run} if kind == "roll back a run" else set()
            going |= {at.id} if at and kind == "delete" else set()
            if going & root or kind == "roll back the newest":
                return
        match kind:
            case "say":
                self.fake.run(thread, {"messages": [{"type": "human", "content": "more"}]})
            case "grow" | "fork":
                written = {"messages": [{"type": "human", "content": "x"}]} if many % 2 else {"n": many}
                for _ in range(many):
                    at = engine.update(at if kind == "fork" else thread.find(None), written, None)
            case "fail" if thread.checkpoints:
                thread.head.tasks, thread.head.next = [FakeTask("t", "ask", error="TimeoutError('x')")], ("ask",)
            case "delete" if at:
                thread.remove({at.id})
            case "roll back the newest":
                thread.remove({c.id for c in thread.checkpoints[len(thread.checkpoints) - many :]})
            case "roll back a run" if thread.runs:
                thread.remove_run(thread.runs[place % len(thread.runs)])

    kinds = st.sampled_from(
        ["say", "grow", "grow", "fork", "fail", "delete", "roll back the newest", "roll back a run"]
    )
    changes = st.tuples(kinds, places, st.integers(1, 7))

    @rule(change=changes)
    def happens(self, change: tuple[str, int, int]) -> None:
        self.change(*change)

    @rule(
        worker=st.integers(0, 1),
        pages=st.sampled_from([1, 2, 8]),
        most_bytes=st.sampled_from([0, 10_000, 10**9]),
        during=st.lists(changes, max_size=3),
        fails=st.booleans(),
    )
    def sync(self, worker: int, pages: int, most_bytes: int, during: list[Any], fails: bool) -> None:
        self.fake.during = [partial(self.change, *change) for change in during]
        if fails:
            self.fake.during.append(lambda: self.fake.faults.slow("/history", times=1))
        self.read(worker, pages, most_bytes)
        self.fake.during = []
        self.fake.faults.mend()

    @rule(worker=st.integers(0, 1))
    def verify(self, worker: int) -> None:
        self.verified(worker)

    @rule(worker=st.integers(0, 1))
    def rest(self, worker: int) -> None:
        """Nothing happens any more: what is known is right after one look, if need be after a mended one."""
        known = self.complete(worker)
        if not self.verified(worker):
            known = self.complete(worker)
            assert self.verified(worker), "what was read anew is right"
        assert list(known.checkpoints) == self.held(known)
        self.memories[1 - worker].clear()
        with_other_eyes = self.known(1 - worker)
        assert with_other_eyes.checkpoints == known.checkpoints, "what is in the database is what is in memory"

    def complete(self, worker: int) -> Known:
        known = self.read(worker)
        for _ in range(3):
            if known is None or not known.complete:
                known = self.read(worker)
        assert known
        assert known.complete
        return known

    def held(self, known: Known) -> list[Checkpoint]:
        """What the deployment holds; the tasks of a head that has a child by now may have been missed."""
        found = self.ask(0, lambda mine: states.history(mine, self.thread.id, 1000)).checkpoints
        mine = known.spine.tree.nodes
        return [mine[c.id] if c.id in mine and _without_tasks(mine[c.id]) == _without_tasks(c) else c for c in found]

    def read(self, worker: int, pages: int = 8, most_bytes: int = 10**9) -> Known | None:
        """A sync; None when it failed."""
        try:
            found: Known = self.ask(
                worker, lambda mine: sync.sync(mine, self.thread.id, pages=pages, most_bytes=most_bytes)
            )
        except DeploymentError:
            return None
        return found

    def verified(self, worker: int) -> bool:
        return bool(self.ask(worker, lambda mine: sync.verify(mine, self.thread.id)))

    def known(self, worker: int) -> Known:
        found: Known = self.ask(worker, lambda mine: sync.known(mine, self.thread.id))
        return found

    def ask(self, worker: int, question: Callable[[Any], Any]) -> Any:
        """Ask as one of the workers, which have the database in common and nothing else."""

        async def asked() -> Any:
            return await question(await gateway(self.fake.deployment))

        before, storage._spines = storage._spines, self.memories[worker]
        try:
            return async_to_sync(asked)()
        finally:
            storage._spines = before


def _without_tasks(checkpoint: Checkpoint) -> tuple[object, ...]:
    c = checkpoint
    return (c.id, c.parent_id, c.step, c.source, c.created_at, c.run_id, c.messages, c.channels)


@pytest.mark.django_db
def test_at_rest_the_index_is_what_the_deployment_holds() -> None:
    run_state_machine_as_test(
        Reading,
        settings=settings(
            max_examples=25,
            stateful_step_count=15,
            deadline=None,
            phases=NO_SHRINKING,
            suppress_health_check=list(HealthCheck),
        ),
    )
