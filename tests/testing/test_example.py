"""The example in the documentation is a test."""

import re
import textwrap
from typing import Any

from django.test import Client

import studio.testing
from studio.testing import FakeDeployment


def test_the_example_of_the_documentation_runs(fake_deployment: FakeDeployment, client: Client) -> None:
    example = re.search(r"\n\n(    def .*?)\n\n", studio.testing.__doc__ or "", re.DOTALL)
    assert example
    scope: dict[str, Any] = {}
    exec(textwrap.dedent(example[1]), scope)  # noqa: S102 – our own words
    test = next(value for name, value in scope.items() if name.startswith("test_"))
    test(fake_deployment, client)
