"""Installing the servers, each once, into a folder that Git ignores: `.dialects/` at the top of the checkout."""

import shutil
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path

from demo.embedded import ROOT
from tests.support.need import missing

HERE = Path(__file__).parent
CACHE = ROOT / ".dialects"
PACKAGES = HERE / "js" / "package.json"
REQUIREMENTS = HERE / "aegra" / "requirements.txt"
PATIENCE = 900
"""Seconds that an installation may take."""


def node_modules() -> Path:
    """The packages of the server of LangGraph.js."""
    npm = shutil.which("npm") or missing("The server of LangGraph.js needs Node.js 20 or newer with npm.")
    home = _home("js", PACKAGES)
    if not _installed(home):
        shutil.copy(PACKAGES, home)
        _run([npm, "install", "--no-audit", "--no-fund", "--loglevel=error"], home)
        _done(home)
    return home / "node_modules"


def aegra_python() -> Path:
    """The Python of an environment with Aegra in it."""
    home = _home("aegra", REQUIREMENTS)
    python = home / "bin" / "python"
    if not _installed(home):
        _run([sys.executable, "-m", "venv", str(home)], CACHE)
        _run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)], CACHE)
        _done(home)
    return python


def _home(name: str, pins: Path) -> Path:
    """The folder for what these pins ask for; one for others goes."""
    home = CACHE / f"{name}-{blake2b(pins.read_bytes(), digest_size=6).hexdigest()}"
    for other in CACHE.glob(f"{name}-*"):
        if other != home or not _installed(other):
            shutil.rmtree(other)
    home.mkdir(parents=True, exist_ok=True)
    return home


def _installed(home: Path) -> bool:
    return (home / ".installed").exists()


def _done(home: Path) -> None:
    """Written last, so an interrupted installation never passes for a finished one."""
    (home / ".installed").touch()


def _run(command: list[str], home: Path) -> None:
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        missing(f"{' '.join(command)} failed:\n{(done.stderr or done.stdout)[-2000:]}")
