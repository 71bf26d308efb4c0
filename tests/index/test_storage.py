"""What is stored of a page, and what a page proves."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from studio.history.coverage import EVERYTHING
from studio.history.marks import Mark, Marks
from studio.history.model import Checkpoint, Held
from studio.index import rows, storage
from studio.index.storage import Key, Known
from studio.models import CheckpointRow, ThreadIndex

pytestmark = pytest.mark.django_db
THREAD = Key("d", "t")
A, B, C = Mark("a", "ha"), Mark("b", "hb", 3, 5), Mark("", "hc")
FULL = Checkpoint(
    "1f05",
    "1f04",
    -1,
    "input",
    ("a", "b"),
    datetime(2026, 1, 5, 9, tzinfo=UTC),
    "run",
    Marks([A, B, C]),
    {"messages": Held("h", 300), "n": Held("i", 1)},
    True,
    "E",
)


@pytest.fixture(autouse=True)
def nothing_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has just started."""
    monkeypatch.setattr(storage, "_spines", type(storage._spines)())


def spine(*numbers: int) -> list[Checkpoint]:
    """Checkpoints, the newest first."""
    return [Checkpoint(f"1f{number:02}") for number in sorted(numbers, reverse=True)]


def put(checkpoints: list[Checkpoint], before: str | None = None, last: bool = False, key: Key = THREAD) -> Known:
    storage.store(key, before, checkpoints, size=100 * len(checkpoints), last=last)
    return storage.load(key)


def numbers(known: Known) -> list[int]:
    return [int(checkpoint.id[2:]) for checkpoint in known.checkpoints]


def afresh(key: Key = THREAD) -> Known:
    """What a worker reads that has just started."""
    storage._spines.clear()
    return storage.load(key)


def rows_read(key: Key = THREAD) -> int:
    """How many checkpoints a load reads from the database."""
    read: list[int] = []
    real = rows.from_rows

    def counted(found_rows: Iterator[tuple[object, ...]], known: dict[str, Checkpoint]) -> list[Checkpoint]:
        found = real(found_rows, known)
        read.append(len(found))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "from_rows", counted)
        storage.load(key)
    return sum(read)


def test_of_an_unknown_thread_nothing_is_known() -> None:
    assert storage.load(THREAD) == Known()
    assert (Known().complete, Known().newest, Known().gaps) == (False, None, EVERYTHING)


def test_every_fact_of_a_checkpoint_comes_back() -> None:
    assert put([FULL]).checkpoints == (FULL,)


def test_a_long_error_is_cut_to_what_the_table_holds() -> None:
    assert put([replace(FULL, error="E" * 500)]).checkpoints[0].error == "E" * 120


def test_the_newest_comes_first() -> None:
    known = put(spine(1, 2, 3))
    assert (numbers(known), known.newest, known.page_bytes) == ([3, 2, 1], "1f03", 100)


@pytest.mark.parametrize("other", [Key("d", "another"), Key("another", "t"), Key("d", "t", "visa:1")])
def test_threads_deployments_and_namespaces_do_not_mix(other: Key) -> None:
    put(spine(1), last=True)
    assert storage.load(other) == Known()
    put(spine(2, 3), key=other)
    assert (numbers(storage.load(THREAD)), numbers(storage.load(other))) == ([1], [3, 2])


def test_a_page_read_twice_is_stored_once() -> None:
    put(spine(1, 2))
    assert numbers(put(spine(1, 2))) == [2, 1]


def test_a_page_leaves_the_gap_below_it() -> None:
    assert put(spine(5, 6)).gaps == (("1f05", None),)
    assert put(spine(3, 4), before="1f05").gaps == (("1f03", None),)
    assert put(spine(2), before="1f03", last=True).complete


def test_a_page_from_further_down_leaves_the_gap_above_it() -> None:
    put(spine(5, 6))
    assert put(spine(1, 2), before="1f03", last=True).gaps == (("1f05", "1f03"),)


def test_a_sync_that_begins_opens_the_gap_above_and_the_newest_known_checkpoint() -> None:
    put(spine(4, 5, 6), last=True)
    known = storage.begin(THREAD)
    assert (known.gaps, numbers(known)) == (((None, "1f05"),), [6, 5, 4])


def test_a_sync_of_a_thread_with_a_single_known_checkpoint_begins_with_everything() -> None:
    put(spine(6), last=True)
    known = storage.begin(THREAD)
    assert (known.gaps, numbers(known)) == (EVERYTHING, [6])


def test_a_sync_of_a_new_thread_begins_with_everything() -> None:
    assert storage.begin(THREAD) == Known()
    assert ThreadIndex.objects.count() == 1


def test_a_page_removes_what_it_proves_to_be_gone_and_nothing_else() -> None:
    put(spine(1, 2, 3, 4, 5, 6), last=True)
    assert numbers(put(spine(3, 5), before="1f06")) == [6, 5, 3, 2, 1]


def test_the_last_page_proves_that_nothing_older_exists() -> None:
    put(spine(1, 2, 3, 4), last=True)
    assert numbers(put(spine(3), before="1f04", last=True)) == [4, 3]


def test_an_empty_page_that_is_not_the_last_proves_nothing_older() -> None:
    put(spine(3, 4))
    assert numbers(put([], before="1f03", last=True)) == [4, 3]


def test_what_changed_is_exchanged() -> None:
    put([FULL])
    assert put([replace(FULL, interrupted=False, error="")]).checkpoints[0].interrupted is False


def test_forgetting_takes_everything_of_one_thread_and_its_subgraphs() -> None:
    other = Key("d", "other")
    put(spine(1))
    put(spine(2), key=Key("d", "t", "visa:1"))
    put(spine(1), last=True, key=other)
    storage.forget(Key("d", "t", "visa:1"))
    assert storage.load(THREAD) == storage.load(Key("d", "t", "visa:1")) == Known()
    assert storage.load(other).complete
    assert CheckpointRow.objects.count() == 1


def test_a_thread_that_is_forgotten_and_begun_anew_remembers_nothing() -> None:
    put(spine(1, 2))
    storage.forget(THREAD)
    assert numbers(put(spine(7))) == [7]


def test_a_page_that_was_read_before_another_sync_began_takes_nothing_newer_away() -> None:
    early = storage.begin(THREAD)
    late = storage.begin(THREAD)
    storage.store(THREAD, None, spine(1, 2, 3), size=1, last=True, opened=late.opened)
    gaps = storage.store(THREAD, None, spine(1, 2), size=1, last=True, opened=early.opened)
    assert numbers(storage.load(THREAD)) == [3, 2, 1]
    assert gaps == ()
    storage.begin(THREAD)
    gaps = storage.store(THREAD, None, spine(1, 2, 3), size=1, last=True, opened=late.opened)
    assert gaps == ((None, "1f03"),), "whoever began last closes the top"


def test_a_child_keeps_its_messages_and_channels_when_its_parent_is_removed() -> None:
    parent = Checkpoint("1f01", messages=Marks([A, B]), channels={"n": Held("1", 1), "m": Held("2", 2)})
    child = Checkpoint("1f02", "1f01", messages=Marks([A, B, C]), channels={"n": Held("1", 1)})
    grandchild = Checkpoint("1f03", "1f02", messages=Marks([A, C]), channels={"n": Held("1", 1), "k": Held("3", 3)})
    assert put([grandchild, child, parent], last=True).checkpoints == (grandchild, child, parent)
    assert put([], before="1f02", last=True).checkpoints == (grandchild, child)
    assert afresh().checkpoints == (grandchild, child)


def test_a_child_keeps_its_messages_when_what_is_between_it_and_its_forebear_is_removed() -> None:
    family = [
        Checkpoint(f"1f0{n}", f"1f0{n - 1}" if n else None, messages=Marks([A] * n), channels={"n": Held(str(n), n)})
        for n in range(5, -1, -1)
    ]
    put(family, last=True)
    left = (family[0], family[1], family[4], family[5])
    assert put([family[4], family[5]], before="1f04", last=True).checkpoints == left
    assert afresh().checkpoints == left


def test_a_conversation_is_not_stored_again_with_each_checkpoint() -> None:
    said = [Mark(f"m{n}", f"hash {n}") for n in range(100)]
    channels = {name: Held("same", 10) for name in "abcdefgh"}
    page = [
        Checkpoint(f"1f{n:02}", f"1f{n - 1:02}" if n else None, messages=Marks(said[: n + 1]), channels=channels)
        for n in range(99, -1, -1)
    ]
    assert put(page, last=True).checkpoints == tuple(page)
    written = list(CheckpointRow.objects.order_by("checkpoint_id"))
    assert [len(row.messages) for row in written] == [1] * 100
    assert [len(row.channels) for row in written] == [8] + [0] * 99
    known = afresh().checkpoints
    assert known[0].messages.base is known[1].messages
    assert known[0].channels is known[99].channels, "in memory neither"


def test_only_what_was_written_since_is_read_again() -> None:
    put(spine(*range(1, 50)), last=True)
    assert rows_read() == 0
    storage._spines.clear()
    assert rows_read() == 49
    elsewhere = storage._spines.copy()
    put(spine(50, 51))
    storage._spines.clear()
    storage._spines.update(elsewhere)
    assert rows_read() == 2
    assert storage.load(THREAD).newest == "1f51"


def test_nothing_is_read_of_a_spine_that_is_in_memory() -> None:
    put(spine(1, 2), last=True)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        first, second = storage.load(THREAD), storage.load(THREAD)
    assert first.spine is second.spine
    assert len(queries) == 2, "the index alone, twice"


def test_a_worker_notices_what_another_removed() -> None:
    put(spine(1, 2, 3), last=True)
    elsewhere = storage._spines.copy()
    put(spine(1, 3), last=True)
    storage._spines.clear()
    storage._spines.update(elsewhere)
    assert numbers(storage.load(THREAD)) == [3, 1]


def test_known_checkpoints_are_amended_and_unknown_ones_left_to_a_sync() -> None:
    put([FULL, Checkpoint("1f04")], last=True)
    changed = replace(FULL, error="Other", interrupted=True, next=("mend",))
    storage.amend(THREAD, [replace(changed, messages=Marks([B]), channels={}), Checkpoint("1f06")])
    assert storage.load(THREAD).checkpoints == (changed, Checkpoint("1f04"))
    assert afresh().checkpoints == (changed, Checkpoint("1f04"))
    assert storage.load(THREAD).complete


def test_amending_an_unknown_thread_adds_nothing() -> None:
    storage.amend(THREAD, [FULL])
    assert storage.load(THREAD).checkpoints == ()


def test_doubt_opens_everything_and_drops_nothing() -> None:
    put(spine(1, 2), last=True)
    storage.bar(THREAD)
    storage.count(THREAD, 2, 2)
    storage.doubt(THREAD)
    known = storage.load(THREAD)
    assert (known.gaps, known.barred, known.counted, numbers(known)) == (EVERYTHING, False, None, [2, 1])


def test_a_sync_that_begins_in_doubt_reads_everything() -> None:
    put(spine(1, 2, 3), last=True)
    storage.doubt(THREAD)
    assert storage.begin(THREAD).gaps == EVERYTHING


def test_a_bar_is_remembered() -> None:
    assert not put(spine(4, 5)).barred
    storage.bar(THREAD)
    known = storage.begin(THREAD)
    assert (known.barred, known.complete) == (True, False)


def test_a_count_is_remembered_beside_what_was_known_then() -> None:
    put(spine(1, 2, 3), last=True)
    storage.count(THREAD, 7, 3)
    put(spine(4))
    known = storage.load(THREAD)
    assert (known.counted, known.counted_with) == (7, 3)
    assert len(known.checkpoints) == 4


@pytest.mark.parametrize("remember", [storage.bar, storage.doubt, lambda key: storage.count(key, 7, 7)])
def test_nothing_is_remembered_of_a_thread_that_is_not_known(remember: object) -> None:
    remember(THREAD)  # type: ignore[operator]
    assert not ThreadIndex.objects.exists()


def test_memory_holds_so_many_checkpoints_and_those_used_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "CHECKPOINTS_KEPT", 10)
    keys = [Key("d", name) for name in "abc"]
    for key in keys:
        put(spine(1, 2, 3, 4), last=True, key=key)
    held = [len(kept.spine.checkpoints) for kept in storage._spines.values()]
    assert held == [4, 4]
    assert rows_read(keys[1]) == 0
    assert rows_read(keys[0]) == 4
    assert rows_read(keys[1]) == 0, "used just now, so the third one had to go"
    assert rows_read(keys[2]) == 4


def test_a_spine_that_is_too_large_for_memory_is_kept_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "CHECKPOINTS_KEPT", 3)
    put(spine(*range(1, 20)), last=True)
    assert rows_read() == 0
    put(spine(1), last=True, key=Key("d", "small"))
    assert len(storage._spines) == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the limit is one of SQLite")
def test_a_thread_that_lost_more_than_a_query_takes_is_stored_all_the_same() -> None:
    connection.ensure_connection()
    limit = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 1000)  # elsewhere 32 766
    many = [Checkpoint(f"1f{n:06}") for n in range(1500, 0, -1)]
    index = ThreadIndex.objects.create(deployment="d", thread_id="t", edition=1)
    CheckpointRow.objects.bulk_create(
        [CheckpointRow(thread=index, checkpoint_id=c.id, edition=1, source="") for c in many]
    )
    try:
        put([], last=True)
    finally:
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, limit)
    assert not CheckpointRow.objects.exists()


marks = st.builds(
    Mark, st.sampled_from(["", "a", "b", "ö"]), st.sampled_from("hij"), st.integers(0, 9), st.integers(0, 9)
)
held = st.builds(Held, st.sampled_from("hij"), st.integers(0, 9))
channels = st.dictionaries(st.sampled_from(["", "messages", "n", "ö"]), held, max_size=3)
times = st.none() | st.datetimes(datetime(1970, 1, 2), datetime(2099, 1, 1), timezones=st.just(UTC))


@st.composite
def trees(draw: st.DrawFn, most: int = 14) -> list[Checkpoint]:
    """Any tree, newest first: forks, several roots, parents that are nowhere or (which no server should send) younger;
    most messages and channels are handed on from parent to child."""
    made: list[Checkpoint] = []
    for n in range(draw(st.integers(1, most))):
        parent = draw(st.none() | st.sampled_from(made)) if made else None
        stranger = None if parent else draw(st.sampled_from([None, None, "1f00", "1f99", f"1f{n + 1:02}"]))
        before = list(parent.messages) if parent else []
        kept = before[: draw(st.integers(0, len(before)))] if draw(st.booleans()) else before
        made.append(
            Checkpoint(
                id=f"1f{n + 1:02}",
                parent_id=parent.id if parent else stranger,
                step=draw(st.none() | st.integers(-1, 99)),
                source=draw(st.sampled_from(["", "input", "loop"])),
                next=tuple(draw(st.lists(st.sampled_from(["a", "ö"]), max_size=2))),
                created_at=draw(times),
                run_id=draw(st.sampled_from([None, "r1"])),
                messages=Marks([*kept, *draw(st.lists(marks, max_size=2))]),
                channels=draw(st.just(dict(parent.channels) if parent else {}) | channels),
                interrupted=draw(st.booleans()),
                error=draw(st.sampled_from(["", "E"])),
            )
        )
    return made[::-1]


class Worker:
    """A process of its own: the same database, another memory."""

    def __init__(self) -> None:
        self.spines: object = type(storage._spines)()

    def __enter__(self) -> None:
        self.mine, storage._spines = storage._spines, self.spines  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        self.spines, storage._spines = storage._spines, self.mine


class RoundTrips(TestCase):
    """Trees in any pages; each example has a database of its own."""

    @given(trees(), st.data())
    @settings(deadline=None, max_examples=80)
    def test_any_tree_comes_back_however_it_was_stored(self, tree: list[Checkpoint], data: st.DataObject) -> None:
        """In pages that overlap or not, in any order, by two workers, one of which looks now and then."""
        cuts = st.tuples(st.integers(0, len(tree)), st.integers(1, len(tree)))
        pages = [(start, tree[start : start + size]) for start, size in data.draw(st.lists(cuts, max_size=6))]
        rest = data.draw(st.integers(1, 5))
        pages += [(start, tree[start : start + rest]) for start in range(0, len(tree), rest)]
        workers = Worker(), Worker()
        for start, page in data.draw(st.permutations(pages)):
            with workers[data.draw(st.integers(0, 1))]:
                if page:
                    before = tree[start - 1].id if start else None
                    put(page, before, last=page[-1] is tree[-1])
            with workers[data.draw(st.integers(0, 1))]:
                looked = storage.load(THREAD)
            assert all(c in tree for c in looked.checkpoints)
        for worker in (*workers, Worker()):
            with worker:
                known = storage.load(THREAD)
                assert (known.checkpoints, known.complete) == (tuple(tree), True)

    @given(trees(), st.data())
    @settings(deadline=None, max_examples=80)
    def test_whatever_is_removed_the_rest_stays_as_it_was(self, tree: list[Checkpoint], data: st.DataObject) -> None:
        workers = Worker(), Worker()
        left = list(tree)
        with workers[0]:
            put(tree, last=True)
        for _ in range(data.draw(st.integers(1, 4))):
            with workers[data.draw(st.integers(0, 1))]:
                storage.load(THREAD)
            floor, top = sorted(data.draw(st.tuples(*[st.integers(0, len(tree))] * 2)))
            seen = [c for c in left[floor:top] if data.draw(st.booleans())]
            above = left[floor - 1].id if 0 < floor <= len(left) else None
            if floor and above is None:
                continue
            last = data.draw(st.booleans())
            proven = left[floor:] if last or not seen else left[floor : left.index(seen[-1]) + 1]
            left = [c for c in left if c in seen or c not in proven]
            with workers[data.draw(st.integers(0, 1))]:
                put(seen, above, last=last)
            for worker in (*workers, Worker()):
                with worker:
                    assert storage.load(THREAD).checkpoints == tuple(left)

    @given(trees(), st.data())
    @settings(deadline=None, max_examples=40)
    def test_heads_may_be_amended(self, tree: list[Checkpoint], data: st.DataObject) -> None:
        workers = Worker(), Worker()
        with workers[0]:
            put(tree, last=True)
        with workers[1]:
            storage.load(THREAD)
            heads = [c for c in tree if c.id not in {other.parent_id for other in tree}]
            chosen = data.draw(st.lists(st.sampled_from(heads), unique_by=lambda c: c.id)) if heads else []
            changed = {c.id: replace(c, error="E2", interrupted=True) for c in chosen}
            storage.amend(THREAD, list(changed.values()))
        for worker in (*workers, Worker()):
            with worker:
                assert storage.load(THREAD).checkpoints == tuple(changed.get(c.id, c) for c in tree)
