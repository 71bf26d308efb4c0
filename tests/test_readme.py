"""What the README says is so."""

import re
from pathlib import Path

from studio import settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_settings_table_lists_every_variable_with_its_default() -> None:
    listed = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*) \|", README, re.M))
    assert listed.keys() == settings.env.scheme.keys()
    for name, (kind, default) in settings.env.scheme.items():
        if kind is not list and default != "":
            assert listed[name] == f"`{str(default).lower() if kind is bool else default}`", name


def test_every_variable_stands_in_the_example_environment() -> None:
    example = (ROOT / ".env.example").read_text()
    assert settings.env.scheme.keys() <= set(re.findall(r"^#([A-Z_]+)=", example, re.M))


def test_the_commands_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    commands = set(re.findall(r"(?:`|    |\w=\S+ )make ([a-z]+)", README))
    assert commands
    assert all(f"\n{command}: " in makefile for command in commands)


def test_the_pictures_exist() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert all((ROOT / picture).read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_the_rooms_are_those_of_the_code() -> None:
    told = set(re.findall(r"`([a-z]+)` \(", README.split("## How it is built")[1]))
    packages = {path.parent.name for path in (ROOT / "studio").glob("*/__init__.py")}
    assert told == packages - {"migrations", "testing"}
