"""What every browser test relies on: a page that complains is noticed, and the pages of Studio do not complain."""

import pytest
from playwright.async_api import Page, Route

PAGE = "http://guard.test/"


async def serve(page: Page, body: str) -> None:
    """Open a page with a strict content security policy and this body."""

    async def answer(route: Route) -> None:
        headers = {"Content-Security-Policy": "default-src 'none'"}
        await route.fulfill(body=body, content_type="text/html", headers=headers)

    await page.route(PAGE, answer)
    await page.goto(PAGE)


@pytest.mark.parametrize("body", ["<script>1</script>", "<p style='color: red'>", "<p onclick='go()'>"])
async def test_a_violation_of_the_content_policy_is_a_complaint(
    page: Page, page_complaints: list[str], body: str
) -> None:
    await serve(page, body)
    assert "Content Security Policy" in page_complaints.pop()


async def test_an_uncaught_error_is_a_complaint(page: Page, page_complaints: list[str]) -> None:
    async with page.expect_event("pageerror"):
        await page.evaluate("setTimeout(() => { throw new Error('boo') })")
    assert page_complaints == ["uncaught: boo"]
    page_complaints.clear()


async def test_the_first_page_of_studio_has_no_complaint(page: Page, studio_url: str, seeded_url: str) -> None:
    await page.goto(studio_url)
    await page.locator("[data-thread-id]").first.wait_for()
