"""When two values are the same JSON, against a comparison that takes no care for time and depth."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.plain import Json, common_json, same_json

DEEP = 100_000
LEAVES: list[Json] = [0, 0.0, False, 1, 1.0, True, "", "1", None, 10**400, 2**53 + 1, float(2**53)]
VALUES = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


def same(one: Json, other: Json, exactly: bool) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key], exactly) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair, exactly) for pair in zip(one, other, strict=True))
    kinds = (type(one), type(other))
    return one == other and (kinds[0] is kinds[1] if exactly else (bool in kinds) == (kinds == (bool, bool)))


def deep(value: Json, levels: int = DEEP) -> Json:
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def copied(value: Json, turn: int) -> Json:
    """What Python takes for the same, put together anew."""
    if isinstance(value, dict):
        return {key: copied(part, turn + 1) for key, part in reversed(value.items())}
    if isinstance(value, list):
        return [copied(part, turn + 1) for part in value]
    alike = [leaf for leaf in LEAVES if leaf == value]
    return alike[turn % len(alike)]


@given(VALUES, VALUES, st.integers(0, 5), st.booleans())
@settings(max_examples=400, deadline=None)
def test_two_values_are_the_same_when_all_their_parts_are(one: Json, other: Json, turn: int, exactly: bool) -> None:
    assert same_json(one, one, exactly=exactly)
    for its in (other, copied(one, turn)):
        assert same_json(one, its, exactly=exactly) == same(one, its, exactly)
        assert same_json(deep(one, 1100), deep(its, 1100), exactly=exactly) == same(one, its, exactly)


@given(st.lists(VALUES, max_size=5), st.lists(VALUES, max_size=5), st.integers(0, 5), st.integers(0, 5))
@settings(max_examples=300, deadline=None)
def test_two_lists_have_in_common_what_is_the_same_from_their_start(
    one: list[Json], other: list[Json], kept: int, turn: int
) -> None:
    for its in (one[:kept] + other, [copied(part, turn) for part in one]):
        pairs = [same(*pair, True) for pair in zip(one, its, strict=False)]
        assert common_json(one, its) == [*pairs, False].index(False)


@pytest.mark.parametrize("levels", [900, 990, DEEP])
def test_values_of_any_depth_can_be_compared(levels: int) -> None:
    assert same_json(deep(1, levels), deep(1, levels), exactly=True)
    assert same_json(deep(1, levels), deep(1.0, levels))
    assert not same_json(deep(1, levels), deep(1.0, levels), exactly=True)
    assert not same_json(deep(1, levels), deep(True, levels))
    assert not same_json(deep(1, levels), deep(1, levels + 2))
    assert common_json([1, deep(1, levels)], [1, deep(2, levels)]) in (0, 1)


def test_a_long_list_is_compared_from_place_to_place() -> None:
    numbers: list[Json] = list(range(1000))
    for place in (0, 1, 63, 64, 65, 128, 999):
        its: list[Json] = [*numbers[:place], float(place), *numbers[place + 1 :]]
        assert common_json(numbers, its) == place
        assert common_json(numbers, [*numbers[:place], "x", *numbers[place:]]) == place
        assert common_json(numbers, numbers[:place]) == place
