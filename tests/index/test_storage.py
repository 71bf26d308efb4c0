"""What is stored of a page, and what a page proves."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from studio.history.coverage import EVERYTHING
from studio.history.model import Checkpoint
from studio.index import storage
from studio.index.storage import Known
from studio.models import ThreadIndex

pytestmark = pytest.mark.django_db
FULL = Checkpoint(
    "1f05",
    "1f04",
    -1,
    "input",
    ("a", "b"),
    datetime(2026, 1, 5, 9, tzinfo=UTC),
    "run",
    ("m1", "m2"),
    "digest",
    True,
    "E",
)


def spine(*numbers: int) -> list[Checkpoint]:
    """Checkpoints, the newest first."""
    return [Checkpoint(f"1f{number:02}") for number in sorted(numbers, reverse=True)]


def put(checkpoints: list[Checkpoint], before: str | None = None, last: bool = False) -> Known:
    storage.store("d", "t", before, checkpoints, size=100 * len(checkpoints), last=last)
    return storage.load("d", "t")


def numbers(known: Known) -> list[int]:
    return [int(checkpoint.id[2:]) for checkpoint in known.checkpoints]


def test_of_an_unknown_thread_nothing_is_known() -> None:
    assert storage.load("d", "t") == Known()
    assert (Known().complete, Known().newest, Known().gaps) == (False, None, EVERYTHING)


def test_every_fact_of_a_checkpoint_comes_back() -> None:
    assert put([FULL]).checkpoints == (FULL,)


def test_a_long_error_is_cut_to_what_the_table_holds() -> None:
    assert put([replace(FULL, error="E" * 500)]).checkpoints[0].error == "E" * 120


def test_the_newest_comes_first() -> None:
    known = put(spine(1, 2, 3))
    assert (numbers(known), known.newest, known.page_bytes) == ([3, 2, 1], "1f03", 100)


def test_threads_and_deployments_do_not_mix() -> None:
    put(spine(1))
    assert storage.load("d", "another").checkpoints == ()
    assert storage.load("another", "t").checkpoints == ()


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


def test_a_sync_that_begins_opens_the_gap_above() -> None:
    put(spine(5, 6), last=True)
    known = storage.begin("d", "t")
    assert (known.gaps, numbers(known)) == (((None, "1f06"),), [6, 5])


def test_a_sync_of_a_new_thread_begins_with_everything() -> None:
    assert storage.begin("d", "t") == Known()
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


def test_forgetting_takes_everything_of_one_thread() -> None:
    put(spine(1))
    storage.store("d", "other", None, spine(1), size=1, last=True)
    storage.forget("d", "t")
    assert storage.load("d", "t") == Known()
    assert storage.load("d", "other").complete


def test_a_page_that_was_read_before_another_sync_began_takes_nothing_newer_away() -> None:
    early = storage.begin("d", "t")
    late = storage.begin("d", "t")
    storage.store("d", "t", None, spine(1, 2, 3), size=1, last=True, opened=late.opened)
    gaps = storage.store("d", "t", None, spine(1, 2), size=1, last=True, opened=early.opened)
    assert numbers(storage.load("d", "t")) == [3, 2, 1]
    assert gaps == ()
    storage.begin("d", "t")
    gaps = storage.store("d", "t", None, spine(1, 2, 3), size=1, last=True, opened=late.opened)
    assert gaps == ((None, "1f03"),), "whoever began last closes the top"


def test_message_ids_survive_a_parent_that_is_removed() -> None:
    parent = Checkpoint("1f01", message_ids=("a", "b"))
    child = Checkpoint("1f02", "1f01", message_ids=("a", "b", "c"))
    assert put([child, parent], last=True).checkpoints == (child, parent)
    assert put([], before="1f02", last=True).checkpoints == (child,)
