"""One level of a state at a time, and the way back from a place in the tree to its value."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.model import Json
from studio.web.jsontree import LEVEL, TEXT, find, level

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("~/a01 é", max_size=4), inner, max_size=4),
    max_leaves=20,
)


def unfolded(value: Json, path: str = "") -> list[str]:
    """The paths of everything in a value, as somebody finds them who opens whatever opens."""
    paths = []
    for node in level(value, path).nodes:
        paths.append(node.path)
        if node.opens and node.kind in ("object", "array"):
            paths += unfolded(find({"root": value}, "/root" + node.path.removeprefix(path)), node.path)
    return paths


@given(VALUES)
@settings(max_examples=150)
def test_every_path_in_the_tree_leads_back_to_its_value(value: Json) -> None:
    for path in unfolded(value):
        found = find(value, path)
        parent, _, _ = path.rpartition("/")
        (node,) = [node for node in level(find(value, parent), parent).nodes if node.path == path]
        if node.kind in ("number", "boolean", "null"):
            assert node.text == json.dumps(found)
        elif isinstance(found, str):
            assert (node.kind, node.text, node.count) == ("text", found[:TEXT], len(found))
        else:
            assert isinstance(found, dict | list)
            assert (node.count, node.opens) == (len(found), bool(found))
    assert find(value, "") == value


def test_keys_with_slashes_and_tildes_are_escaped_in_their_path() -> None:
    value: Json = {"a/b": {"~1": 5}, "": {"": 6}, "~0": 7}
    assert [node.path for node in level(value).nodes] == ["/a~1b", "/", "/~00"]
    assert find(value, "/a~1b/~01") == 5
    assert find(value, "//") == 6
    assert find(value, "/~00") == 7


@pytest.mark.parametrize(
    "path",
    ["/x", "/list/2", "/list/-1", "/list/x", "/list/", "/text/0", "/list/0/0", "list", "x/list", f"/list/{'9' * 9999}"],
)
def test_a_pointer_to_nothing_finds_nothing(path: str) -> None:
    with pytest.raises(LookupError):
        find({"list": [1, 2], "text": "abc"}, path)


def test_long_levels_come_in_parts() -> None:
    value: Json = list(range(250))
    parts, start = [], 0
    while True:
        part = level(value, "/x", start)
        assert part.total == 250
        assert len(part.nodes) <= LEVEL
        parts += [node.path for node in part.nodes]
        if part.more is None:
            break
        start = part.more
    assert parts == [f"/x/{n}" for n in range(250)]
    assert level(value, "", 10_000).nodes == ()
    assert level(dict.fromkeys(map(str, range(LEVEL)))).more is None


def test_long_texts_are_cut_and_come_in_parts() -> None:
    text = "".join(map(str, range(20_000)))
    (node,) = level({"t": text}).nodes
    assert (node.text, node.opens, node.count) == (text[:TEXT], True, len(text))
    parts, start = "", 0
    while True:
        part = level(text, "", start)
        parts += part.text
        if part.more is None:
            break
        start = part.more
    assert parts == text
    (whole,) = level({"t": "x" * TEXT}).nodes
    assert not whole.opens


def test_numbers_keep_all_their_digits() -> None:
    value: Json = [2**53 + 1, 12345678901234567890123, -0.1, 1e300, True, None]
    texts = [node.text for node in level(value).nodes]
    assert texts == ["9007199254740993", "12345678901234567890123", "-0.1", "1e+300", "true", "null"]
    assert [node.kind for node in level(value).nodes] == ["number"] * 4 + ["boolean", "null"]
    assert level(2**80).text == "1208925819614629174706176"


def test_objects_of_a_list_are_told_apart_by_a_few_words() -> None:
    first, second, third = level([{"type": "human", "content": "hi", "x": 1}, {"id": 5}, {}]).nodes
    assert (first.text, first.opens) == ("human hi", True)
    assert (second.text, third.text, third.opens) == ("", "", False)
