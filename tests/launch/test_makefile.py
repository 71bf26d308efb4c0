"""The Makefile's promises: a clear word about Python, and no environment that only looks finished."""

import shutil
import subprocess
from pathlib import Path

import pytest

from demo.embedded import ROOT


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def fake_python(folder: Path, script: str) -> str:
    path = folder / "python-for-tests"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("target", ["run", "test", "lint"])
def test_a_missing_python_is_told_in_one_line(checkout: Path, target: str) -> None:
    outcome = make(checkout, target, "PYTHON=/nonexistent")
    assert outcome.returncode != 0
    assert outcome.stdout == ""
    said, verdict = outcome.stderr.splitlines()
    assert said.startswith("Studio needs Python 3.11 or newer")
    assert "PYTHON=" in said
    assert verdict.startswith("make: ***")


def test_a_python_that_is_too_old_counts_as_missing(checkout: Path) -> None:
    too_old = fake_python(checkout, "exit 1")
    assert "Studio needs Python 3.11" in make(checkout, "venv", f"PYTHON={too_old}").stderr


def test_a_failed_install_does_not_look_finished(checkout: Path) -> None:
    """This Python suits, then makes an environment whose pip fails."""
    pip = "mkdir -p .venv/bin; printf '#!/bin/sh\\nexit 1\\n' > .venv/bin/python; chmod +x .venv/bin/python"
    broken = fake_python(checkout, f'test "$1" = -c || {{ {pip}; }}')
    for _ in range(2):
        outcome = make(checkout, "venv", f"PYTHON={broken}")
        assert outcome.returncode != 0
        assert "The installation failed" in outcome.stderr


def test_help_names_every_door(checkout: Path) -> None:
    said = make(checkout, "help").stdout
    for door in ("make run", "make test", "make lint", "make clean"):
        assert door in said
