"""What is refused before it is on its way."""

import pytest

from studio.deployments.errors import DeploymentError
from studio.deployments.sending import DEEPEST, check
from studio.history.model import Json


def nested(depth: int) -> Json:
    value: Json = "bottom"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [2**63 - 1, -(2**63), 2**64 - 1, 0, True, 1e308, -0.0, "\U0001f600", nested(DEEPEST)])
def test_what_json_carries_whole_may_be_sent(value: Json) -> None:
    check({"a": [{"b": value}]} if not isinstance(value, list) else value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2**64, "more than 64 bits"),
        (-(2**63) - 1, "more than 64 bits"),
        (float("nan"), "not finite"),
        (float("-inf"), "not finite"),
        ("\ud83d", "half a character"),
        (nested(DEEPEST + 1), "levels deep"),
        (nested(100_000), "levels deep"),
    ],
)
def test_anything_else_is_refused_wherever_it_stands(value: Json, words: str) -> None:
    inner: Json = {"c": value}
    wholes: list[Json] = [value, [value], {"a": {"b": [1, inner]}}]
    for whole in wholes:
        with pytest.raises(DeploymentError) as caught:
            check(whole)
        assert caught.value.kind == "invalid"
        assert words in caught.value.title


def test_keys_count_too() -> None:
    with pytest.raises(DeploymentError):
        check({"\udc00": 1})
