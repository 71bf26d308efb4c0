"""Amounts as people read them."""

import re

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from studio.web.amounts import bytes_text, duration, number_text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0, "0 ms"),
        (0.0004, "0 ms"),
        (0.012, "12 ms"),
        (0.0499, "50 ms"),
        (0.05, "0.1 s"),
        (0.4, "0.4 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (60, "1 min 0 s"),
        (185, "3 min 5 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 0 min"),
        (7800, "2 h 10 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d 0 h"),
        (86_400 * 3 + 3600 * 4 + 59, "3 d 4 h"),
        (86_400 * 400, "400 d 0 h"),
    ],
)
def test_a_time_is_told_in_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KB"),
        (1536, "1.5 KB"),
        (51_712, "50.5 KB"),
        (102_400, "100 KB"),
        (1024**2, "1.0 MB"),
        (237 * 1024**2, "237.0 MB"),
        (5 * 1024**3, "5120.0 MB"),
    ],
)
def test_sizes_are_for_people(size: int, text: str) -> None:
    assert bytes_text(size) == text


SCALES = {"B": 1, "KB": 1024, "MB": 1024**2}


@given(st.integers(0, 10**12))
def test_a_size_is_told_to_within_a_twentieth(size: int) -> None:
    number, unit = bytes_text(size).split()
    assert abs(float(number) * SCALES[unit] - size) <= size / 20


@given(st.floats(0.05, 10**8))
def test_a_time_is_told_without_a_part_that_is_a_whole_unit(seconds: float) -> None:
    scales = {"s": 60, "min": 60, "h": 24, "d": 10**9}
    parts = re.findall(r"([\d.]+) (\w+)", duration(seconds))
    assert len(parts) in (1, 2)
    assert all(float(number) < scales[unit] for number, unit in parts)


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567")])
def test_a_count_has_its_thousands_apart(number: int, text: str) -> None:
    assert number_text(number) == text


def test_templates_tell_amounts_in_the_same_words() -> None:
    template = Template("{{ a|duration }}, {{ b|bytes_text }}, {{ c|thousands }}, {{ b|minus }}")
    told = template.render(Context({"a": 61.0, "b": 2048, "c": 10_000}))
    assert told == "1 min 1 s, 2.0 KB, 10,000, -2048"
