"""The strip over a whole history."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from studio.history.minimap import BINS
from studio.history.model import Checkpoint
from studio.history.spine import Spine
from studio.web.svg import strip
from studio.web.templatetags.studio import minimap
from studio.workbench.page.choice import Choice
from studio.workbench.page.rows import listing
from tests.history.trees import line, sound, spine
from tests.workbench.spines import known

BOX = re.compile(r"M([\d.]+) (\d+)V(\d+)h([\d.]+)V(\d+)z")
Boxes = list[tuple[float, int, float, int]]


def drawn(history: Spine, run: str = "") -> tuple[int, dict[str, Boxes]]:
    """The width of the strip, and by kind the boxes in it: left, top, width, bottom."""
    picture = ElementTree.fromstring(minimap(listing(history, None, Choice(run=run))))  # noqa: S314 – our own words
    assert picture.attrib["aria-hidden"] == "true"
    assert all("style" not in part.attrib for part in picture.iter())
    *_, width, height = picture.attrib["viewBox"].split()
    assert height == "22"
    found: dict[str, Boxes] = {}
    for path in picture.findall("path"):
        d = path.attrib["d"]
        assert BOX.sub("", d) == "", "boxes and nothing else"
        found[path.attrib["class"].removeprefix("map-")] = [
            (float(left), int(top), float(wide), int(bottom)) for left, bottom, top, wide, _ in BOX.findall(d)
        ]
    return int(width), found


def columns(boxes: Boxes) -> list[int]:
    """The columns in whose middle the boxes stand."""
    return [int(left + wide / 2) for left, _, wide, _ in boxes]


def test_a_few_lines_have_a_column_each() -> None:
    width, found = drawn(known(line(5)))
    assert width == 5
    assert found == {"bars": [(column, 17, 1, 22) for column in range(5)]}


def test_an_empty_history_has_an_empty_strip() -> None:
    assert drawn(Spine()) == (0, {"bars": []})


def test_many_lines_share_the_columns() -> None:
    width, found = drawn(known(line(1000)))
    assert width == BINS
    assert columns(found["bars"]) == list(range(BINS))


def test_bars_are_as_high_as_the_branches_are_deep() -> None:
    # 0 ── 1 ── 2, aside 0 ── 3 that forks once more; the newest head is on the path
    _, found = drawn(known(spine({0: None, 1: 0, 2: 1, 3: 0, 4: 3, 5: 3, 6: 2})))
    tops = [top for _, top, _, _ in found["bars"]]
    assert (tops[0], tops[-1]) == (17, 17), "the path is one lane deep"
    assert min(tops) == 13, "and the branch of a branch three"


def test_no_bar_reaches_the_ticks_however_deep_the_branches_are() -> None:
    picture = ElementTree.fromstring(strip((1, 5, 6, 40, 0), {}))  # noqa: S314 – our own words
    (bars,) = picture.findall("path")
    assert [top for _, _, top, _, _ in BOX.findall(bars.attrib["d"])] == ["17", "9", "9", "9"]


def test_what_stands_out_has_a_tick_in_its_column_the_newest_at_the_right() -> None:
    facts: list[dict[str, object]] = [
        {"error": "ValueError"},
        {},
        {"interrupted": True},
        {"source": "update"},
        {"source": "fork"},
        {"error": "CancelledError"},
        {"error": "TimeoutError"},
    ]
    history = known(replace(c, **more) for c, more in zip(line(7), facts, strict=True))  # type: ignore[arg-type]
    _, found = drawn(history)
    ticks = {kind: columns(boxes) for kind, boxes in found.items() if kind != "bars"}
    assert ticks == {"error": [0, 6], "interrupt": [2], "edit": [3, 4]}, "who stops a run knows it"
    assert {(top, bottom) for _, top, _, bottom in found["error"]} == {(0, 5)}


@pytest.mark.parametrize(("count", "width"), [(3, 0.12), (30, 0.5), (60, 1.0), (500, 1.0)])
def test_a_tick_stays_slim_where_columns_are_wide(count: int, width: float) -> None:
    first, *rest = line(count)
    _, found = drawn(known([replace(first, error="ValueError"), *rest]))
    assert [wide for _, _, wide, _ in found["error"]] == [width]


def test_the_marked_run_is_marked_where_its_checkpoints_are() -> None:
    history = known(replace(c, run_id="ab"[n // 2]) for n, c in enumerate(line(4)))
    # from the left: rows 0 and 1, the heading of a, rows 2 and 3, the heading of b
    assert columns(drawn(history, "a")[1]["run"]) == [0, 1, 2]
    assert columns(drawn(history, "b")[1]["run"]) == [3, 4, 5]
    assert "run" not in drawn(history)[1]
    assert "run" not in drawn(history, "nobody")[1]


def test_a_run_in_a_long_history_is_marked_in_few_columns() -> None:
    history = known(replace(c, run_id="mine" if 500 <= n < 520 else None) for n, c in enumerate(line(1200)))
    marked = columns(drawn(history, "mine")[1]["run"])
    assert marked == list(range(marked[0], marked[-1] + 1))
    assert 2 <= len(marked) <= 4
    assert abs(marked[0] - 500 * BINS // 1200) <= 1


@given(sound(40))
@settings(max_examples=60)
def test_everything_lies_on_the_strip(checkpoints: list[Checkpoint]) -> None:
    history = known(replace(c, run_id="r" if n % 3 else None, error="E" * (n % 2)) for n, c in enumerate(checkpoints))
    width, found = drawn(history, "r")
    assert columns(found["bars"]) == list(range(width)), "each column has a line in it"
    for boxes in found.values():
        assert all(left >= 0 and left + wide <= width + 1e-6 for left, _, wide, _ in boxes)
        assert all(0 <= top < bottom <= 22 for _, top, _, bottom in boxes)
