"""All checkpoints of a thread as they come, change and go: never other than if they had been there from the start."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from studio.history import marks as module
from studio.history.alignment import Alignment, align
from studio.history.lanes import draw, draw_by_time, draw_path, forks
from studio.history.marks import NONE, Mark, Marks
from studio.history.measures import by_run
from studio.history.minimap import minimap
from studio.history.model import Checkpoint
from studio.history.provenance import trace
from studio.history.spine import FEW, KEPT, Spine
from studio.history.tree import grow
from tests.history.trees import hostile, line, lived, marks, name, oldest_first, spine

RUNS = st.sampled_from([None, "a", "b"])
WHERE = st.integers(0, 60)


def newest_first(checkpoints: Iterable[Checkpoint]) -> tuple[Checkpoint, ...]:
    return tuple(oldest_first(checkpoints)[::-1])


class Growing(RuleBasedStateMachine):
    """A thread that grows at its head and at its forks, while a reader gets to see some of it late, some of it changed,
    and loses some of it again."""

    def __init__(self) -> None:
        super().__init__()
        self.spine = Spine()
        self.read: dict[str, Checkpoint] = {}
        self.unread: dict[str, Checkpoint] = {}
        self.count = 0

    def make(self, parent: str | None, run: str | None) -> Checkpoint:
        before = self.read.get(parent or "") or self.unread.get(parent or "")
        messages = before.messages if before else NONE
        added = marks(f"{self.count}") if self.count % 3 else ()
        made = Checkpoint(name(self.count), parent, run_id=run, messages=messages.with_more(len(messages), added))
        self.count += 1
        return made

    def see(self, news: list[Checkpoint]) -> None:
        """The reader gets these."""
        before, drawing = self.spine, self.spine.drawing
        if len(news) == 1:
            head = drawing.tree.head
            after = drawing.followed_by(news[0])
            if after is None:
                assert head is None or news[0].parent_id != head.id or news[0].id <= head.id
            else:
                assert head
                assert news[0].parent_id == head.id
        known = dict(self.read)
        for checkpoint in news:
            self.read[checkpoint.id] = checkpoint
            self.unread.pop(checkpoint.id, None)
        self.spine = before.with_news(news)
        assert (self.spine is before) == (known == self.read)
        assert before.checkpoints == newest_first(known.values()), "the spine before is as it was"
        assert before.drawing is drawing

    @initialize(whole=st.booleans())
    def begin(self, whole: bool) -> None:
        self.see([self.make(None if whole else "never read", None)])

    @rule(run=RUNS)
    def go_on_at_the_head(self, run: str | None) -> None:
        self.see([self.make(max(self.read, default=None), run)])

    @rule(run=RUNS, length=st.integers(2, FEW + 3), at_head=st.booleans(), mixed=st.randoms(use_true_random=False))
    def go_on_in_a_burst(self, run: str | None, length: int, at_head: bool, mixed: Random) -> None:
        parent = (max if at_head else min)(self.read, default=None)
        news: list[Checkpoint] = []
        for _ in range(length):
            made = self.make(parent, run)
            news.append(made)
            self.unread[made.id] = made
            parent = made.id
        mixed.shuffle(news)
        self.see(news)

    @rule(where=WHERE, run=RUNS)
    def fork(self, where: int, run: str | None) -> None:
        known = sorted(self.read)
        self.see([self.make(known[where % len(known)] if known else None, run)])

    @rule(run=RUNS)
    def begin_again(self, run: str | None) -> None:
        self.see([self.make(None, run)])

    @rule(where=WHERE, run=RUNS)
    def write_without_being_read(self, where: int, run: str | None) -> None:
        all = sorted(self.read | self.unread)
        made = self.make(all[-1 - where % len(all)] if all else None, run)
        self.unread[made.id] = made

    @rule(where=WHERE, run=RUNS)
    def go_on_after_what_is_unread(self, where: int, run: str | None) -> None:
        if self.unread:
            waiting = sorted(self.unread)
            self.see([self.make(waiting[where % len(waiting)], run)])

    @rule(where=WHERE, all=st.booleans())
    def read_what_was_unread(self, where: int, all: bool) -> None:
        waiting = [self.unread[id] for id in sorted(self.unread)]
        self.see(waiting if all or not waiting else [waiting[where % len(waiting)]])

    @rule(where=WHERE, run=RUNS, asks=st.booleans())
    def change(self, where: int, run: str | None, asks: bool) -> None:
        if self.read:
            id = sorted(self.read)[-1 - where % len(self.read)]
            self.see([replace(self.read[id], run_id=run, interrupted=asks)])

    @rule(where=WHERE)
    def change_the_head_and_go_on(self, where: int) -> None:
        if self.read:
            head = self.read[max(self.read)]
            self.see([replace(head, error=f"Error{where}"), self.make(head.id, head.run_id)])

    @rule(where=st.sets(WHERE, max_size=3))
    def see_nothing_new(self, where: set[int]) -> None:
        self.see([replace(c) for n, c in enumerate(self.read.values()) if n in where])

    @rule(where=st.sets(WHERE, min_size=1, max_size=3), for_now=st.booleans())
    def remove(self, where: set[int], for_now: bool) -> None:
        known = sorted(self.read)
        for id in {known[-1 - n % len(known)] for n in where} if known else ():
            gone = self.read.pop(id)
            if for_now:
                self.unread[id] = gone
        self.spine = Spine(newest_first(self.read.values()))

    @invariant()
    def it_is_as_if_all_had_been_there_from_the_start(self) -> None:
        checkpoints = newest_first(self.read.values())
        assert self.spine.checkpoints == checkpoints
        assert self.spine.drawing == draw(grow(checkpoints))
        assert self.spine == Spine(checkpoints)

    @invariant()
    def so_is_all_that_is_derived_from_it(self) -> None:
        anew = Spine(newest_first(self.read.values()))
        if not anew.checkpoints:
            return
        assert self.spine.by_time == anew.by_time
        assert self.spine.costs == anew.costs
        folds = frozenset(sorted(forks(anew.tree))[:2])
        assert self.spine.folded(folds) == anew.folded(folds)
        some = anew.checkpoints[-1].id
        assert self.spine.branch(some) == anew.branch(some)
        assert self.spine.lineage(some) == anew.lineage(some)


Growing.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestAThreadIsAlwaysAsIfReadAnew = Growing.TestCase


@given(hostile(), hostile().map(lambda checkpoints: list({c.id: c for c in checkpoints}.values())))
@settings(max_examples=100, deadline=None)
def test_news_of_any_kind_are_what_is_known_from_then_on(old: list[Checkpoint], news: list[Checkpoint]) -> None:
    known = {c.id: c for c in old}
    spine = Spine(newest_first(known.values())).with_news(news)
    known |= {c.id: c for c in news}
    assert spine.checkpoints == newest_first(known.values())
    assert spine.drawing.tree.nodes == known


@given(lived())
@settings(max_examples=60, deadline=None)
def test_what_is_kept_of_a_spine_is_what_would_be_made(checkpoints: list[Checkpoint]) -> None:
    spine, tree = Spine(newest_first(checkpoints)), grow(checkpoints)
    assert spine.tree == tree
    assert spine.costs == by_run(tree)
    folds = frozenset(forks(tree))
    for _ in range(2):  # made, then kept
        for id in tree.nodes:
            assert spine.branch(id) == draw_path(tree, id)
            assert spine.lineage(id) == trace(tree, id)
        assert spine.folded(folds) == draw(tree, folds)
        assert spine.minimap(spine.drawing) == minimap(draw(tree).lines)
        if tree.nodes:
            assert spine.by_time == draw_by_time(tree)


def known(length: int = 4) -> Spine:
    return Spine(tuple(line(length)[::-1]))


def test_what_was_made_once_is_not_made_again() -> None:
    spine = Spine((*spine_of_a_fork(),))
    folds, id = frozenset({name(1)}), name(2)
    assert spine.drawing is spine.drawing
    assert spine.tree is spine.drawing.tree
    assert spine.by_time is spine.by_time
    assert spine.costs is spine.costs
    assert spine.folded(folds) is spine.folded(frozenset(folds))
    assert spine.branch(id) is spine.branch(id)
    assert spine.lineage(id) is spine.lineage(id)
    assert spine.minimap(spine.drawing) is spine.minimap(spine.drawing)
    assert spine.minimap(spine.drawing) is not spine.minimap(spine.by_time)


def spine_of_a_fork() -> list[Checkpoint]:
    return spine({3: 1, 2: 1, 1: 0, 0: None})


def test_without_folds_the_folded_drawing_is_the_drawing() -> None:
    spine = known()
    assert spine.folded(frozenset()) is spine.drawing


def test_of_many_drawings_only_the_latest_are_kept() -> None:
    spine = known(KEPT * 3)
    made = [spine.lineage(c.id) for c in spine.checkpoints]
    again = [spine.lineage(c.id) for c in spine.checkpoints[-KEPT:]]
    assert all(one is other for one, other in zip(made[-KEPT:], again, strict=True))
    assert spine.lineage(spine.checkpoints[0].id) is not made[0]
    assert spine.lineage(spine.checkpoints[0].id) == made[0]


def test_a_strip_is_never_that_of_another_drawing() -> None:
    """Whatever is made and dropped: no drawing may come to be known by the name of one that is gone."""
    spine = known(KEPT * 4)
    for checkpoint in spine.checkpoints * 2:
        drawing = draw_path(grow(spine.tree.path(checkpoint.id)), checkpoint.id)
        assert spine.minimap(drawing) == minimap(drawing.lines)


def test_two_spines_are_alike_whatever_was_made_of_them() -> None:
    one, other = known(), known()
    one.lineage(name(2))
    assert one == other
    assert "Checkpoint" in repr(one)
    assert "Lineage" not in repr(one)


def test_news_that_are_none_change_nothing() -> None:
    spine = known()
    assert spine.with_news([]) is spine
    assert spine.with_news([replace(spine.checkpoints[1])]) is spine
    told_otherwise = Spine((Checkpoint("a", messages=marks("1", "2")),))
    assert told_otherwise.with_news([Checkpoint("a", messages=marks("1").with_more(1, marks("2")))]) is told_otherwise


def test_the_same_news_twice_are_news_once() -> None:
    made = Checkpoint(name(4), name(3))
    assert known().with_news([made, replace(made)]).checkpoints == (made, *known().checkpoints)


def test_what_comes_after_the_head_is_added_to_the_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    spine = known()
    below = spine.drawing.lines
    monkeypatch.setattr("studio.history.spine.draw", lambda *_: pytest.fail("drawn anew"))
    after = spine.with_news([Checkpoint(name(5), name(4)), Checkpoint(name(4), name(3))])
    assert [c.id for c in after.checkpoints] == [name(n) for n in range(5, -1, -1)]
    assert all(one is other for one, other in zip(after.drawing.lines[3:], below[1:], strict=True))


@pytest.mark.parametrize(
    "changed",
    [
        {"next": ("search",)},
        {"interrupted": True},
        {"error": "ValueError"},
        {"run_id": "r"},
        {"messages": Marks(marks("1"))},
        {"parent_id": None},
    ],
)
@pytest.mark.parametrize("which", [0, 2, 3])
def test_a_known_checkpoint_that_changed_is_drawn_anew(which: int, changed: dict[str, object]) -> None:
    spine = known()
    before = spine.drawing
    now = replace(line(4)[which], **changed)  # type: ignore[arg-type]
    after = spine.with_news([now])
    if now == line(4)[which]:
        assert after is spine
        return
    assert after.drawing is not before
    place = after.drawing.place(now.id)
    assert place is not None
    assert after.drawing.lines[place].row.checkpoint == now
    assert after.drawing == draw(grow(after.checkpoints))
    assert spine.drawing is before, "the spine before is as it was"
    assert after.checkpoints[-1 - which] == now


def test_a_lineage_is_not_carried_over_to_other_checkpoints() -> None:
    spine = known()
    assert spine.lineage(name(1)).messages == {}
    after = spine.with_news([replace(line(4)[1], messages=marks("1"))])
    assert after.lineage(name(1)).messages.keys() == {"1"}


def test_a_parent_that_is_read_late_takes_its_children() -> None:
    late = Checkpoint(name(2), name(1))
    spine = Spine(newest_first(c for c in line(5) if c.id != late.id))
    assert len(spine.tree.children[None]) == 2
    assert spine.with_news([late]).drawing == draw(grow(line(5)))


def test_a_head_of_twenty_thousand_moves_on() -> None:
    spine = known(20_000)
    assert len(spine.drawing.lines) == 20_000
    for n in range(20_000, 20_020):
        spine = spine.with_news([Checkpoint(name(n), name(n - 1))])
    assert spine.drawing.place(name(20_019)) == 0
    assert spine.drawing.place(name(0)) == 20_019


def test_a_window_that_slides_is_compared_with_the_one_before_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a node rewrites its messages, comparing them is what all that is told of the past costs."""
    compared: list[int] = []

    def counting(old: tuple[Mark, ...], new: tuple[Mark, ...]) -> Alignment[Mark]:
        compared.append(len(new))
        return align(old, new)

    monkeypatch.setattr(module, "align", counting)
    made: list[Checkpoint] = []
    for n in range(100):
        window = Marks(Mark(f"{m}", f"words of {m}", m) for m in range(max(0, n - 9), n + 1))
        parent = made[n - 3 if n % 10 == 9 else n - 1] if n else None
        told = window.after(parent.messages) if parent and n % 2 else window
        before = parent.id if parent else None
        made.append(Checkpoint(name(n), before, source="loop", next=("n",), run_id=f"{n // 20}", messages=told))
    spine = Spine(tuple(reversed(made)))
    for id in spine.tree.nodes:
        spine.lineage(id)
        spine.strangers(id)
    assert spine.costs
    assert len(compared) <= len(made)
