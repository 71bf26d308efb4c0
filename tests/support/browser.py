"""The Chromium of the browser tests: found where there is one, installed where there is none.

`python -m tests.support.browser` installs it; `make test` calls that first.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def find_chromium() -> str | None:
    """The path of a browser: one on PATH, else the one that Playwright keeps, else None."""
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    return on_path or _playwrights_own()


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _ways_to_install() -> Iterator[list[list[str]]]:
    """Each way is a list of commands; the next way is for where the one before does not work."""
    yield [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        yield [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]]


def main() -> int:
    """Make sure of a browser. Without one only CI is stopped: elsewhere the browser tests are skipped, and say so."""
    if find_chromium():
        return 0
    print("No Chromium here: installing one for the browser tests …", flush=True)
    for way in _ways_to_install():
        if all(subprocess.run(command, check=False).returncode == 0 for command in way) and find_chromium():
            return 0
    print("No Chromium could be installed. Install Chromium or Chrome, then repeat `make test`.", file=sys.stderr)
    return 1 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main())
