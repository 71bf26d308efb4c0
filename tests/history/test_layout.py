"""Graphs laid out in rows: whatever the graph, boxes stand apart and every line runs from its source to its target."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history import layout as rooms
from studio.history.layers import ordered, ranks, turned
from studio.history.layout import Box, Layout, Line, layout
from studio.history.routes import Route

CLOSE = 0.01
SIZES = st.sampled_from([(46.0, 20.0, 0.0), (64.0, 34.0, 0.0), (180.0, 46.0, 60.0), (130.0, 300.0, 0.0)])
Rectangle = tuple[float, float, float, float]


@st.composite
def graphs(draw: st.DrawFn, most: int = 12, cycles: bool = True) -> tuple[list[Box], list[Line]]:
    """Boxes of several sizes with lines in any direction, some of them doubled or labelled."""
    boxes = [Box(f"n{at}", *draw(SIZES)) for at in range(draw(st.integers(1, most)))]
    numbers = st.integers(0, len(boxes) - 1)
    pairs = draw(st.lists(st.tuples(numbers, numbers), max_size=2 * most))
    labels = st.sampled_from([(0.0, 0.0), (0.0, 0.0), (60.0, 16.0)])
    ends = pairs if cycles else [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]
    return boxes, [Line(f"n{a}", f"n{b}", *draw(labels)) for a, b in ends]


def boxes_of(boxes: list[Box], made: Layout) -> dict[str, Rectangle]:
    """Left, top, right and bottom of each box."""
    places = [(box, made.places[box.id]) for box in boxes]
    return {box.id: (at.x, at.y, at.x + box.width, at.y + box.height) for box, at in places}


def overlap(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] - CLOSE and b[0] < a[2] - CLOSE and a[1] < b[3] - CLOSE and b[1] < a[3] - CLOSE


def level_legs(route: Route) -> list[Rectangle]:
    """What a line covers on its way from the side of a box to its bend, and back to the side of another."""
    legs = [] if route.kind == "loop" else list(pairwise(route.points))
    level = [(a, b) for a, b in legs if {a.heading, b.heading} & {"left", "right"}]
    return [(min(a.x, b.x), min(a.y, b.y), max(a.x, b.x), max(a.y, b.y)) for a, b in level]


def at_border(x: float, y: float, box: Rectangle) -> bool:
    inside = box[0] - CLOSE <= x <= box[2] + CLOSE and box[1] - CLOSE <= y <= box[3] + CLOSE
    return inside and min(abs(x - box[0]), abs(x - box[2]), abs(y - box[1]), abs(y - box[3])) <= CLOSE


@given(graphs())
@settings(max_examples=150)
def test_no_two_boxes_overlap_and_all_lie_on_the_drawing(graph: tuple[list[Box], list[Line]]) -> None:
    boxes, lines = graph
    made = layout(boxes, lines)
    placed = boxes_of(boxes, made)
    assert placed.keys() == {box.id for box in boxes}
    with_loops = {box.id: (*placed[box.id][:2], placed[box.id][2] + box.aside, placed[box.id][3]) for box in boxes}
    assert [pair for pair in combinations(placed, 2) if overlap(with_loops[pair[0]], with_loops[pair[1]])] == []
    for left, top, right, bottom in with_loops.values():
        assert left >= -CLOSE
        assert top >= -CLOSE
        assert right <= made.width + CLOSE
        assert bottom <= made.height + CLOSE


@given(graphs())
@settings(max_examples=150)
def test_every_line_runs_from_its_source_to_its_target(graph: tuple[list[Box], list[Line]]) -> None:
    boxes, lines = graph
    made = layout(boxes, lines)
    placed = boxes_of(boxes, made)
    assert len(made.routes) == len(lines)
    for line, route in zip(lines, made.routes, strict=True):
        first, *_, last = route.points
        assert at_border(first.x, first.y, placed[line.source])
        assert at_border(last.x, last.y, placed[line.target])
        source, target = made.places[line.source].row, made.places[line.target].row
        expected = {"down": source < target, "back": source > target, "loop": line.source == line.target}
        assert expected[route.kind]


@given(graphs())
@settings(max_examples=150)
def test_no_line_passes_through_a_box_and_no_label_covers_one(graph: tuple[list[Box], list[Line]]) -> None:
    boxes, lines = graph
    made = layout(boxes, lines)
    placed = boxes_of(boxes, made)
    labels = []
    for line, route in zip(lines, made.routes, strict=True):
        for id, box in placed.items():
            if id not in (line.source, line.target):
                assert not [p for p in route.points if overlap((p.x, p.y, p.x, p.y), box)]
                assert not [leg for leg in level_legs(route) if overlap(leg, box)]
        if line.width and route.kind != "loop":
            x, y = route.label
            labels.append((x - line.width / 2, y - line.height / 2, x + line.width / 2, y + line.height / 2))
    assert [label for label in labels for box in placed.values() if overlap(label, box)] == []
    assert [pair for pair in combinations(labels, 2) if overlap(*pair)] == []


@given(graphs(cycles=False))
def test_without_a_cycle_every_line_leads_down(graph: tuple[list[Box], list[Line]]) -> None:
    assert {route.kind for route in layout(*graph).routes} <= {"down"}


@given(graphs())
@settings(max_examples=50)
def test_the_same_graph_gets_the_same_drawing(graph: tuple[list[Box], list[Line]]) -> None:
    assert layout(*graph) == layout(*graph)


@given(graphs(20))
@settings(max_examples=100)
def test_putting_rows_in_order_keeps_who_is_in_them(graph: tuple[list[Box], list[Line]]) -> None:
    boxes, lines = graph
    links = [(int(line.source[1:]), int(line.target[1:])) for line in lines]
    back = turned(len(boxes), links)
    forward = [link for at, link in enumerate(links) if at not in back]
    rank = ranks(len(boxes), forward, [1] * len(forward))
    assert all(rank[upper] < rank[lower] for upper, lower in forward)
    rows = [[at for at in range(len(boxes)) if rank[at] == row] for row in range(max(rank) + 1)]
    short = [link for link in forward if rank[link[1]] - rank[link[0]] == 1]
    assert [sorted(row) for row in ordered(rows, short)] == rows


def small(*names: str) -> list[Box]:
    return [Box(name, 80.0, 34.0) for name in names]


def ways(text: str) -> list[Line]:
    """`ab bc`: a line from a to b, and one from b to c."""
    return [Line(pair[0], pair[1]) for pair in text.split()]


def kinds(made: Layout) -> list[str]:
    return [route.kind for route in made.routes]


def test_a_chain_is_straight() -> None:
    made = layout(small(*"abc"), ways("ab bc"))
    assert {place.x for place in made.places.values()} == {0.0}
    assert [place.row for place in made.places.values()] == [0, 1, 2]
    assert all(route.points[0].x == route.points[-1].x == 40.0 for route in made.routes)


def test_branches_stand_beside_each_other_under_the_middle_of_their_node() -> None:
    made = layout(small(*"abcde"), ways("ab ac ad be ce de"))
    assert [made.places[name].row for name in "abcde"] == [0, 1, 1, 1, 2]
    assert made.places["a"].x == pytest.approx(made.places["c"].x) == pytest.approx(made.places["e"].x)


def test_lines_cross_only_where_they_have_to() -> None:
    made = layout(small(*"abcdef"), ways("ad be cf ae"))
    assert made.places["a"].x < made.places["b"].x
    assert made.places["d"].x < made.places["e"].x


def test_a_line_that_leads_back_goes_up_beside_the_boxes() -> None:
    made = layout(small(*"abc"), ways("ab bc ba"))
    assert kinds(made) == ["down", "down", "back"]
    route = made.routes[2]
    assert (route.points[0].heading, route.points[-1].heading) == ("right", "left")
    assert max(point.x for point in route.points) > made.places["a"].x + 80


def test_a_line_to_itself_is_a_loop_in_the_room_kept_for_it() -> None:
    made = layout([Box("a", 80.0, 34.0, 22.0), Box("b", 80.0, 34.0)], ways("aa ab"))
    assert kinds(made) == ["loop", "down"]
    assert max(point.x for point in made.routes[0].points) <= made.places["a"].x + 80 + 22


def test_what_nothing_leads_to_stands_above_what_it_leads_to() -> None:
    made = layout(small(*"abcd"), ways("ab bc dc"))
    assert made.places["d"].row == 1


def test_nothing_and_hardly_anything() -> None:
    assert layout([], []) == Layout({}, (), 0.0, 0.0)
    assert layout(small("a"), []).places["a"].row == 0


@pytest.mark.parametrize("count", [5_000])
def test_long_chains_and_long_cycles_come_to_an_end(count: int) -> None:
    names = [f"n{at}" for at in range(count)]
    chain = [Line(a, b) for a, b in pairwise(names)]
    assert layout(small(*names), chain).places[names[-1]].row == count - 1
    made = layout(small(*names), [*chain, Line(names[-1], names[0])])
    assert kinds(made)[-1] == "back"


def test_a_graph_in_which_everything_leads_everywhere() -> None:
    names = [f"n{at}" for at in range(40)]
    made = layout(small(*names), [Line(a, b) for a in names for b in names])
    assert len(made.routes) == 1600
    assert kinds(made).count("loop") == 40


def test_beyond_so_many_bends_the_longest_lines_go_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ways("ab bc cd de ac ae ea")
    bent = layout(small(*"abcde"), lines)
    monkeypatch.setattr(rooms, "MOST_BENDS", 7)
    made = layout(small(*"abcde"), lines)
    assert kinds(made) == kinds(bent)
    assert sum(passes(route) for route in made.routes) < sum(passes(route) for route in bent.routes)
    for route, line in zip(made.routes, lines, strict=True):
        placed = boxes_of(small(*"abcde"), made)
        assert at_border(route.points[0].x, route.points[0].y, placed[line.source])
        assert at_border(route.points[-1].x, route.points[-1].y, placed[line.target])


def passes(route: Route) -> int:
    return len(route.points) - 2
