"""What browser tests rely on besides: no test finds anything that another one has left in the browser."""

import pytest
from playwright.async_api import Page

MARK = """() => {
  const stored = [localStorage, sessionStorage].map((storage) => storage.getItem("left"));
  const found = [...stored, document.cookie, Notification.permission];
  localStorage.setItem("left", "behind");
  sessionStorage.setItem("left", "behind");
  document.cookie = "left=behind";
  return found;
}"""


@pytest.mark.parametrize("time", ["first", "second"])
async def test_a_page_finds_nothing_of_the_page_before(page: Page, studio_url: str, time: str) -> None:
    await page.goto(studio_url)
    assert await page.evaluate(MARK) == [None, None, "", "default"]
    await page.context.grant_permissions(["notifications"])
    await page.context.new_page()


async def test_no_other_page_is_open(page: Page) -> None:
    assert page.context.pages == [page]
