"""Tags and filters of the templates."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.lanes import Row
from studio.history.model import Checkpoint
from studio.web.svg import WIDEST
from studio.web.templatetags.studio import ICONS, ago, distance, icon, key, lanes, passing, query
from tests.web.markup import Markup


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-30, "now"),
        (0, "now"),
        (4.9, "now"),
        (5, "5 s"),
        (59.9, "59 s"),
        (60, "1 m"),
        (3599, "59 m"),
        (3600, "1 h"),
        (86_399, "23 h"),
        (86_400, "1 d"),
        (86_400 * 29, "29 d"),
        (86_400 * 30, "1 mo"),
        (86_400 * 400, "13 mo"),
    ],
)
def test_a_distance_is_told_in_its_largest_unit(seconds: float, text: str) -> None:
    assert distance(seconds) == text


def test_a_time_is_relative_with_the_exact_one_in_its_title() -> None:
    moment = datetime.now(UTC) - timedelta(hours=3)
    (element,) = Markup(str(ago(moment))).elements
    assert element.text == ["3 h"]
    assert element.attributes == {
        "datetime": moment.isoformat(),
        "title": moment.strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
    assert ago(moment.replace(tzinfo=None)) == ago(moment)
    assert ago(None) == ""


@given(st.dictionaries(st.sampled_from(["path", "checkpoint", "tab"]), st.text(min_size=1, max_size=8), min_size=1))
@settings(max_examples=60)
def test_a_query_comes_back_as_it_was_given(parameters: dict[str, str]) -> None:
    text = query(**parameters)
    assert parse_qs(text.removeprefix("?"), strict_parsing=True) == {k: [v] for k, v in parameters.items()}
    assert not set(text) & set(" \"'<>#")


def test_a_query_leaves_out_what_is_empty_and_nothing_else() -> None:
    assert query(a="1", b=None, c="", start=0, path="/a b/&é") == "?a=1&start=0&path=%2Fa+b%2F%26%C3%A9"


ROWS = st.builds(
    Row,
    st.builds(Checkpoint, st.just("c"), source=st.sampled_from(["input", "loop", "<"])),
    st.integers(0, 40),
    rises=st.booleans(),
    falls=st.booleans(),
    forks=st.booleans(),
)


@given(ROWS, st.sampled_from(["", "error", "interrupt", "edit", "fork", "?"]))
@settings(max_examples=100)
def test_a_row_is_drawn_as_one_well_formed_picture(row: Row, mark: str) -> None:
    picture = ElementTree.fromstring(lanes(row, mark))  # noqa: S314 – our own words
    width = int(picture.attrib["width"])
    lane = min(row.lane, WIDEST)
    lines = [part for part in picture if part.attrib["class"].startswith("lane ")]
    assert len(lines) == lane + row.rises + row.falls + row.forks
    assert len(picture) == len(lines) + 1, "and one mark"
    assert 9 + 14 * lane < width <= 9 + 14 * (WIDEST + 1)
    assert picture.attrib["aria-hidden"] == "true"
    assert all("style" not in part.attrib for part in picture.iter())


@given(ROWS)
@settings(max_examples=50)
def test_the_gap_above_a_row_is_crossed_by_the_lines_that_go_on(row: Row) -> None:
    picture = ElementTree.fromstring(passing(row))  # noqa: S314 – our own words
    assert len(picture) == min(row.lane, WIDEST) + row.rises


def test_marks_differ_in_their_shape_not_in_their_colour_alone() -> None:
    row = Row(Checkpoint("c"), 0, rises=False, falls=False, forks=False)
    pictures = [ElementTree.fromstring(lanes(row, mark)) for mark in ("", "error", "interrupt", "edit")]  # noqa: S314
    marks = [picture[-1] for picture in pictures]
    assert [mark.tag for mark in marks] == ["circle", "path", "rect", "path"]
    assert marks[1].attrib["d"] != marks[3].attrib["d"]


@pytest.mark.parametrize("name", sorted(ICONS))
def test_an_icon_is_decoration(name: str) -> None:
    picture = ElementTree.fromstring(icon(name))  # noqa: S314 – our own words
    assert picture.attrib["aria-hidden"] == "true"


@pytest.mark.parametrize("id", ["a", "", None, "x y\"'<>", "half \ud83d", "a" * 9999])
def test_a_key_is_safe_in_an_attribute_and_a_selector(id: str | None) -> None:
    assert len(key(id)) == 16
    assert key(id).isalnum()


def test_keys_of_different_ids_differ() -> None:
    assert key("a") != key("b")
