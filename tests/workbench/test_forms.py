"""What people type, and what browsers make of the names of fields."""

import pytest

from studio.workbench.forms import field_name, parse_json


@pytest.mark.parametrize("name", ["a\r\n\r\nb\nc", "a\n\nb\nc", "a\r\rb\r\nc", "a\r\n\rb\nc"])
def test_a_name_with_lines_is_the_same_however_its_lines_end(name: str) -> None:
    assert field_name(name) == "a\n\nb\nc"


def test_a_key_that_stands_twice_is_not_silently_dropped() -> None:
    with pytest.raises(ValueError, match="The input has the key “b” twice in one object"):
        parse_json('{"a": {"b": 1, "c": 2, "b": 3}}', "The input")
