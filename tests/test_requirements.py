"""What is installed is what was tested: every library has one version, whoever asks for it."""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
TOOLS = {"pip", "setuptools", "wheel"}
"""What makes an environment is not part of it."""


def pins(name: str) -> dict[str, str]:
    """The versions in a file, by the normalised name of their library."""
    found = re.findall(r"^([\w.-]+)(?:\[\w+\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
    return {normal(library): version for library, version in found}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_each_requirement_names_its_version_and_the_constraints_agree(name: str) -> None:
    asked = [line for line in (ROOT / name).read_text().splitlines() if line[:1].isalpha()]
    named = pins(name)
    assert len(named) == len(asked)
    constraints = pins("constraints.txt")
    assert {library: constraints.get(library) for library in named} == named


def test_whatever_they_bring_along_has_its_version_too() -> None:
    installed = {normal(found.name): found.version for found in distributions()}
    constraints = pins("constraints.txt")
    loose = {f"{name}=={version}" for name, version in installed.items() if name not in TOOLS}
    assert loose <= {f"{name}=={version}" for name, version in constraints.items()}, "run pip freeze > constraints.txt"
