"""Lists with the keyboard: one stop for Tab, whatever their length, and arrows inside."""

from playwright.async_api import Page, expect

from tests.browser.looking import open_thread, shows

LINES = "history-list [data-line]"
STOPS = "all => all.filter((one) => one.tabIndex === 0).length"
PLACE = "all => all.indexOf(document.activeElement)"
IN_LIST = "() => document.querySelector('history-list').contains(document.activeElement)"
BRANCHED = "One question, three answers"
LONG = "Long research on lanes"


async def test_the_history_is_one_stop_and_arrows_lead_to_all_of_its_lines(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    lines, current = page.locator(LINES), page.locator("[data-checkpoint-id][aria-current=true]")
    assert await lines.evaluate_all(STOPS) == 1
    await page.get_by_label("branches").focus()
    await page.keyboard.press("Tab")
    await expect(current).to_be_focused()
    start, count = await lines.evaluate_all(PLACE), await lines.count()
    await page.keyboard.press("Tab")
    assert not await page.evaluate(IN_LIST)
    await page.keyboard.press("Shift+Tab")
    await expect(current).to_be_focused()

    await page.keyboard.press("Home")
    assert await lines.evaluate_all(PLACE) == 0
    for place in range(1, count):
        await page.keyboard.press("ArrowDown")
        assert await lines.evaluate_all(PLACE) == place
        assert await lines.evaluate_all(STOPS) == 1
    await page.keyboard.press("ArrowDown")  # there is none after the last
    assert await lines.evaluate_all(PLACE) == count - 1
    await expect(lines.nth(start)).to_have_attribute("aria-current", "true")  # nothing was opened
    await page.keyboard.press("Enter")
    await shows(page, str(await lines.last.get_attribute("data-checkpoint-id")))
    await expect(lines.last).to_be_focused()
    await page.keyboard.press("k")
    await expect(current).to_be_focused()
    assert await lines.evaluate_all(STOPS) == 1


async def test_a_fold_keeps_the_focus(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    fold = page.locator(".foldline")
    await fold.focus()
    for expanded in ("false", "true"):
        await page.keyboard.press("Enter")
        await expect(fold).to_have_attribute("aria-expanded", expanded)
        await expect(fold).to_be_focused()


async def test_lines_that_are_not_here_yet_are_led_to(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, LONG)
    await expect(page.locator("#history[data-complete]")).to_have_count(1, timeout=20_000)
    await page.locator("[data-checkpoint-id]").nth(3).focus()
    await page.keyboard.press("End")
    await expect(page.locator("[data-step='0']")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(page.locator("[data-step='1']")).to_be_focused()
    await page.locator("history-list").evaluate("list => { list.scrollTop = 0; }")
    await expect(page.locator("[data-step='299']")).to_be_in_viewport()
    assert await page.evaluate(IN_LIST), "the line that had the focus has gone, the list has not"


async def test_the_list_of_threads_is_one_stop(page: Page, studio_url: str, seeded_url: str) -> None:
    await page.goto(f"{studio_url}/d/local/threads/")
    links = page.locator("[data-thread-id] a")
    assert await links.evaluate_all(STOPS) == 1
    await page.keyboard.press("j")
    await expect(links.first).to_be_focused()
    for key, place in (("j", 1), ("ArrowDown", 2), ("k", 1), ("ArrowUp", 0), ("ArrowUp", 0), ("ArrowDown", 1)):
        await page.keyboard.press(key)
        await expect(links.nth(place)).to_be_focused()
        assert await links.evaluate_all(STOPS) == 1
    wanted = await links.nth(1).get_attribute("href")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{studio_url}{wanted}")
    await page.go_back()
    await page.get_by_label("Graph").select_option("chat")  # other rows
    await expect(page).to_have_url(f"{studio_url}/d/local/threads/?q=&graph=chat")
    await expect(links.first).to_be_visible()
    assert await links.evaluate_all(STOPS) == 1
