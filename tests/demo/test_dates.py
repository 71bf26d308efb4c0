from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.dates import parse_date, parse_period, spoken

SATURDAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01-31", date(2027, 1, 31)),
        ("Nov 22", date(2026, 11, 22)),
        ("November 22nd.", date(2026, 11, 22)),
        ("Nov 20", date(2027, 11, 20)),
        ("end of November", date(2026, 11, 30)),
        ("the end of February", date(2027, 2, 28)),
        ("Feb 29", date(2028, 2, 29)),
        ("tomorrow", date(2026, 11, 22)),
        ("Friday", date(2026, 11, 27)),
        ("Saturday", date(2026, 11, 28)),
        ("next week", date(2026, 11, 28)),
        ("the beach", None),
        ("Nov", None),
        ("Feb 30", None),
    ],
)
def test_dates_are_read_as_people_say_them(text: str, expected: date | None) -> None:
    assert parse_date(text, SATURDAY) == expected


@given(st.text(), st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_no_text_breaks_the_reader(text: str, today: date) -> None:
    parse_date(text, today)
    parse_period(text, today)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_a_spoken_month_and_day_is_the_next_such_day(today: date) -> None:
    assert parse_date(today.strftime("%b %d"), today) == today


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("those for the next week", ("in the next week", SATURDAY, date(2026, 11, 28))),
        ("What is due today?", ("today", SATURDAY, SATURDAY)),
        ("only the ones for Friday", ("on Friday", date(2026, 11, 27), date(2026, 11, 27))),
        ("all of them", None),
    ],
)
def test_a_question_names_its_period(question: str, expected: tuple[str, date, date] | None) -> None:
    assert parse_period(question, SATURDAY) == expected


def test_a_day_is_spoken_without_the_locale() -> None:
    assert spoken(SATURDAY) == "Sat 21 Nov"
