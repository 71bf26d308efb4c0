"""Which lines of a history are listed, as an address asks for it."""

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.model import Checkpoint
from studio.history.spine import Spine
from studio.workbench.page.choice import MANY, Choice, choice_of, drawing, folds_all
from tests.history.trees import line, name, sound, spine
from tests.workbench.spines import known


@pytest.mark.parametrize(
    ("asked", "choice"),
    [
        ({}, Choice()),
        ({"view": "path"}, Choice(view="path")),
        ({"view": "time"}, Choice(view="time")),
        ({"view": "sideways"}, Choice()),
        ({"view": ""}, Choice()),
        ({"find": "  node:agent step 7 "}, Choice(words="node:agent step 7")),
        ({"fold": "all"}, Choice(fold="all")),
        ({"fold": "none", "flipped": "b a"}, Choice(fold="none", flipped=frozenset("ab"))),
        ({"fold": "some"}, Choice()),
        ({"run": "r1"}, Choice(run="r1")),
        ({"paused": "1"}, Choice(paused=True)),
        ({"paused": "0"}, Choice()),
        ({"paused": "yes"}, Choice()),
    ],
)
def test_an_address_says_what_is_listed(asked: dict[str, str], choice: Choice) -> None:
    assert choice_of(asked) == choice


def test_flipping_adds_a_checkpoint_and_flipping_it_again_takes_it_away() -> None:
    once = choice_of({"flipped": "a", "flip": "b"})
    assert once.flipped == frozenset("ab")
    assert choice_of({"flipped": once.flips, "flip": "b"}).flipped == frozenset("a")
    assert choice_of({"flip": "a b"}).flipped == frozenset("a"), "one button, one checkpoint"


@pytest.mark.parametrize("fold", ["all", "none"])
def test_folding_all_or_none_forgets_what_was_flipped(fold: str) -> None:
    asked = {"fold": "none", "flipped": "a b", "fold_all": fold}
    assert choice_of(asked) == Choice(fold=fold)


@pytest.mark.parametrize(("run", "mark", "marked"), [("", "r1", "r1"), ("r1", "r2", "r2"), ("r1", "r1", "")])
def test_marking_a_run_marks_no_other_and_marking_it_again_unmarks_it(run: str, mark: str, marked: str) -> None:
    assert choice_of({"run": run, "mark": mark}).run == marked


@pytest.mark.parametrize(
    ("asked", "paused"),
    [
        ({"paused": "", "pause": "1"}, True),
        ({"paused": "1", "pause": "0"}, False),
        ({"paused": "1", "pause": ""}, False),
        ({"paused": "1"}, True),
    ],
)
def test_the_button_that_stops_and_goes_on_wins_over_what_was(asked: dict[str, str], paused: bool) -> None:
    assert choice_of(asked).paused is paused


PIECES = ["", "all", "none", "path", "time", "a", "b", "é", "0", "1", ":", "\0", " ", "9" * 300]
# No st.text: in a fresh clone its tables of characters take longer to build than an input may.
TEXT = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
NAMES = ["view", "find", "fold", "fold_all", "flip", "flipped", "mark", "run", "pause", "paused"]


@given(st.dictionaries(st.sampled_from(NAMES), TEXT))
@settings(max_examples=200)
def test_whatever_is_asked_gives_a_choice_that_goes_through_its_own_form(asked: dict[str, str]) -> None:
    choice = choice_of(asked)
    assert choice.view in ("", "path", "time")
    assert choice.fold in ("", "all", "none")
    form = {"view": choice.view, "find": choice.words, "fold": choice.fold, "flipped": choice.flips}
    assert choice_of(form | {"run": choice.run, "paused": "1" if choice.paused else ""}) == choice


def test_what_is_asked_is_not_taken_without_end() -> None:
    choice = choice_of({"find": "x" * 5000, "flipped": "ab " * 100_000})
    assert len(choice.words) == 200
    assert len(choice.flips) <= 8000
    assert choice_of(QueryDict("view=path&view=time&flip=a&flip=b")) == Choice("time", flipped=frozenset("b"))


# 0 ── 1 ── 2 ── 7, aside 1 ── 3 ── 4 and 3 ── 5, aside 0 ── 6
TREE = known(spine({0: None, 1: 0, 2: 1, 3: 1, 4: 3, 5: 3, 6: 0, 7: 2}))


def listed(spine: Spine, selected: int | None = None, choice: Choice = Choice()) -> list[int]:  # noqa: B008
    """The numbers of the checkpoints that are listed, from the top."""
    drawn = drawing(spine, None if selected is None else name(selected), choice)
    return [int(line.row.checkpoint.id[1:]) for line in drawn.lines if line.kind == "row"]


def test_all_branches_of_a_small_tree_are_listed() -> None:
    assert listed(TREE) == [7, 2, 5, 4, 3, 1, 6, 0]


def test_one_path_goes_from_the_newest_head_of_its_branch_to_the_root() -> None:
    path = Choice(view="path")
    assert listed(TREE, 1, path) == [7, 2, 1, 0]
    assert listed(TREE, 3, path) == [5, 3, 1, 0]
    assert listed(TREE, 4, path) == [4, 3, 1, 0]
    lanes = {line.row.lane for line in drawing(TREE, name(4), path).lines}
    assert lanes == {0}


@pytest.mark.parametrize("selected", [None, 99])
def test_without_a_checkpoint_to_follow_a_path_is_all_branches(selected: int | None) -> None:
    assert listed(TREE, selected, Choice(view="path")) == listed(TREE)


@pytest.mark.parametrize("choice", [Choice(view="time"), Choice(view="time", fold="all", flipped=frozenset([name(1)]))])
def test_by_time_every_checkpoint_is_listed_newest_first_folded_or_not(choice: Choice) -> None:
    assert listed(TREE, 4, choice) == [7, 6, 5, 4, 3, 2, 1, 0]


def test_folded_side_branches_are_not_listed() -> None:
    assert listed(TREE, choice=Choice(fold="all")) == [7, 2, 1, 0]
    assert listed(TREE, choice=Choice(flipped=frozenset([name(1)]))) == [7, 2, 1, 6, 0]
    assert listed(TREE, choice=Choice(fold="all", flipped=frozenset([name(0)]))) == [7, 2, 1, 6, 0]
    assert listed(TREE, choice=Choice(fold="none", flipped=frozenset([name(0)]))) == [7, 2, 5, 4, 3, 1, 0]
    nested = Choice(fold="all", flipped=frozenset([name(1)]))
    assert listed(TREE, choice=nested) == [7, 2, 5, 3, 1, 0], "what is folded inside stays folded"


@pytest.mark.parametrize("flipped", ["", "nobody", f"{name(7)} {name(99)}"])
def test_flipping_what_has_no_side_branches_changes_nothing(flipped: str) -> None:
    assert listed(TREE, choice=choice_of({"flipped": flipped})) == listed(TREE)


@pytest.mark.parametrize("selected", range(8))
def test_the_side_branch_on_show_is_never_folded_away(selected: int) -> None:
    assert selected in listed(TREE, selected, Choice(fold="all"))
    assert selected in listed(TREE, selected, Choice(flipped=frozenset([name(0), name(1), name(3)])))


def test_only_the_folds_on_the_way_to_the_checkpoint_on_show_are_opened() -> None:
    assert listed(TREE, 4, Choice(fold="all")) == [7, 2, 5, 4, 3, 1, 0], "6 is on another side branch"
    assert listed(TREE, 6, Choice(fold="all")) == [7, 2, 1, 6, 0]


def comb(teeth: int) -> Spine:
    """A branch with so many side branches of one checkpoint each."""
    return known([*line(teeth + 2), *(side for side in spine({10_000 + n: n for n in range(teeth)}))])


@pytest.mark.parametrize(("leaves", "folded"), [(2, False), (MANY, False), (MANY + 1, True)])
def test_many_branches_are_folded_unless_somebody_unfolds_them(leaves: int, folded: bool) -> None:
    tree = comb(leaves - 1)
    assert tree.tree.leaves == leaves
    assert folds_all(tree, Choice()) is folded
    main = len(tree.tree.path(tree.tree.head.id)) if tree.tree.head else 0
    assert len(listed(tree)) == (main if folded else len(tree.checkpoints))
    assert len(listed(tree, choice=Choice(fold="none"))) == len(tree.checkpoints)
    assert len(listed(tree, choice=Choice(fold="all"))) == main


@given(sound(25).filter(bool), st.data())
@settings(max_examples=80)
def test_the_checkpoint_on_show_is_listed_whatever_is_chosen(
    checkpoints: list[Checkpoint], data: st.DataObject
) -> None:
    tree = known(checkpoints)
    id = data.draw(st.sampled_from(sorted(tree.tree.nodes)))
    flipped = frozenset(data.draw(st.sets(st.sampled_from(sorted(tree.tree.nodes)))))
    view, fold = data.draw(st.sampled_from(["", "path", "time"])), data.draw(st.sampled_from(["", "all", "none"]))
    drawn = drawing(tree, id, Choice(view=view, fold=fold, flipped=flipped))
    place = drawn.place(id)
    assert place is not None
    assert drawn.lines[place].row.checkpoint.id == id
    assert drawn.lines[place].kind == "row"
