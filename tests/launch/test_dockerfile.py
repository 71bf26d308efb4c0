"""The image cannot be built where tests run, so what it promises is read from its text."""

import re
import shlex

import pytest

from demo.embedded import ROOT

TEXT = (ROOT / "Dockerfile").read_text()
INSTRUCTIONS = [
    line.split(maxsplit=1) for line in re.sub(r"\\\n\s*", "", TEXT).splitlines() if line and not line.startswith("#")
]


def arguments(name: str) -> list[str]:
    return [rest for instruction, rest in INSTRUCTIONS if instruction == name]


def test_it_has_two_stages_and_ends_in_the_one_that_only_runs() -> None:
    builder, final = arguments("FROM")
    assert builder.endswith(" AS build")
    assert "slim" in final
    assert "AS" not in final


def test_it_runs_as_nobody_special() -> None:
    assert arguments("USER") == ["studio"]


def test_it_checks_its_health_with_what_it_has() -> None:
    (check,) = arguments("HEALTHCHECK")
    assert "/healthz" in check
    assert "curl" not in TEXT
    code = shlex.split(check.partition("CMD ")[2].strip("[]").replace('", "', '" "'))[-1]
    compile(code, "HEALTHCHECK", "exec")


def test_it_serves_collected_static_files_to_the_outside() -> None:
    assert any("collectstatic" in command for command in arguments("RUN"))
    assert any("daphne -b 0.0.0.0 -p 8000 studio.asgi:application" in command for command in arguments("CMD"))


@pytest.mark.parametrize(
    "source", [part for line in arguments("COPY") if "--from" not in line for part in line.split()[:-1]]
)
def test_what_it_copies_exists_and_is_sent_to_the_builder(source: str) -> None:
    if source.startswith("--"):
        return
    assert (ROOT / source).exists()
    assert f"!{source}" in (ROOT / ".dockerignore").read_text().splitlines()
