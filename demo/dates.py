"""Dates as people say them. Everything is relative to a `today` that the caller gives."""

import calendar
import re
from datetime import date, timedelta

WEEKDAYS = [name.lower() for name in calendar.day_name]
MONTHS = [name.lower() for name in calendar.month_abbr][1:]
NAMED = {"today": 0, "tonight": 0, "tomorrow": 1, "next week": 7}


def parse_date(text: str, today: date) -> date | None:
    """Read `2030-01-31`, `Nov 22`, `end of November`, `Friday`, `tomorrow`; None when it is none of these."""
    words = text.lower().strip(" .!?,")
    if words in NAMED:
        return today + timedelta(days=NAMED[words])
    return _iso(words) or _weekday(words, today) or _month_day(words, today)


def _iso(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _weekday(words: str, today: date) -> date | None:
    name = words.removeprefix("next ")
    if name not in WEEKDAYS:
        return None
    ahead = (WEEKDAYS.index(name) - today.weekday()) % 7
    return today + timedelta(days=ahead or 7)


def _month_day(words: str, today: date) -> date | None:
    match = re.fullmatch(r"(the )?(?:(end) of )?([a-z]{3})[a-z]*\.? ?(\d{1,2})?(?:st|nd|rd|th)?", words)
    if not match or match[3] not in MONTHS or not (match[2] or match[4]):
        return None
    month = MONTHS.index(match[3]) + 1
    years = (_in(year, month, match[4], today) for year in range(today.year, today.year + 9))
    return next((found for found in years if found), None)


def _in(year: int, month: int, day: str | None, today: date) -> date | None:
    last = calendar.monthrange(year, month)[1]
    number = int(day) if day else last
    found = date(year, month, number) if 1 <= number <= last else None
    return found if found and found >= today else None


def parse_period(text: str, today: date) -> tuple[str, date, date] | None:
    """The stretch of days a question is about, as (its name, first day, last day); None for all of time."""
    words = text.lower()
    for name, days in (("today", 0), ("tomorrow", 1), ("next week", 7), ("next 7 days", 7), ("this week", 7)):
        if name in words:
            return f"in the {name}" if name.startswith("next") else name, today, today + timedelta(days=days)
    day = next((day for day in WEEKDAYS if re.search(rf"\b{day}\b", words)), None)
    exact = _weekday(day, today) if day else None
    return (f"on {day.capitalize()}", exact, exact) if day and exact else None


def spoken(day: date) -> str:
    """`Sun 22 Nov`: short, and the same in every locale."""
    return f"{calendar.day_abbr[day.weekday()]} {day.day} {calendar.month_abbr[day.month]}"
