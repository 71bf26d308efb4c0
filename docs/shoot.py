"""Takes the README's picture: `make run`, then `python -m docs.shoot http://127.0.0.1:8000`."""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.support.browser import ARGUMENTS, find_chromium

PICTURE = Path(__file__).parent / "thread.png"
THREAD = "One question, three answers"


def shoot(page: Page, studio: str, file: Path) -> None:
    """Open the sample thread with three branches and take its picture."""
    page.goto(f"{studio}/d/local/threads/")
    page.get_by_role("link", name=THREAD).first.click()
    page.locator("#connection[data-connection=live]").wait_for()
    edited = page.locator("[data-checkpoint-id]").nth(1)
    edited.click()
    page.locator(f"#conversation[data-checkpoint='{edited.get_attribute('data-checkpoint-id')}']").wait_for()
    page.screenshot(path=file)


def main(studio: str) -> None:
    """Take the picture in a fresh browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        shoot(browser.new_page(viewport={"width": 1440, "height": 760}), studio.rstrip("/"), PICTURE)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
