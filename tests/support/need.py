"""What a test needs and this machine lacks: a skip for a developer, a failure in CI."""

import importlib.util
import os
from typing import NoReturn

import pytest

from tests.support.browser import find_chromium


def missing(what: str) -> NoReturn:
    """Skip the test, or fail it with CI=true, where nothing may be skipped for want of a tool."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def need_server() -> None:
    if importlib.util.find_spec("langgraph_cli") is None or importlib.util.find_spec("langgraph_api") is None:
        missing("langgraph-cli[inmem] is not installed: pip install -r requirements-dev.txt")


def need_chromium() -> str:
    """The path of a browser."""
    return find_chromium() or missing("no Chromium was found: make test installs one")
