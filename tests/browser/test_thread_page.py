"""Looking at threads in the browser: selecting, keyboard, back, hostile contents, large values, small screens."""

from playwright.async_api import Page, expect

from tests.browser.looking import ids, open_thread, said, shows
from tests.support.opened import CUT, live, open_page
from tests.support.sdk import new_thread, witness


async def test_a_selected_checkpoint_is_shown_everywhere_and_back_restores_the_one_before(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, "Songs for the drive")
    rows = page.locator("[data-checkpoint-id]")
    head, older = await ids(page, 0), await ids(page, 4)
    await rows.nth(4).click()
    await shows(page, older)
    assert f"checkpoint={older}" in page.url
    await page.keyboard.press("k")
    newer = await ids(page, 3)
    await shows(page, newer)
    await page.keyboard.press("j")
    await shows(page, older)
    await page.go_back()
    await shows(page, newer)
    await page.go_back()
    await shows(page, older)
    await page.go_back()
    await shows(page, head)
    await page.go_forward()
    await shows(page, older)
    await page.reload()
    await shows(page, older)


async def test_the_keyboard_reaches_both_ends_and_the_help(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, "Songs for the drive")
    last = await page.locator("[data-checkpoint-id]").last.get_attribute("data-checkpoint-id")
    await page.keyboard.press("Shift+G")
    await shows(page, str(last))
    await page.keyboard.press("g")
    await shows(page, await ids(page, 0))
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("m")
    await expect(page.locator("#input")).to_be_focused()
    await page.keyboard.type("jk?")
    await expect(page.locator("#input")).to_have_value("jk?")


async def test_messages_that_try_to_break_the_page_are_only_text(page: Page, studio_url: str, seeded_url: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog: {dialog.message}"))
    await open_thread(page, studio_url, seeded_url, "Messages that try to break the page")
    assert await page.locator("article[data-message-id^='odd-']").count() == 22
    assert await page.locator("#conversation script, #conversation iframe, #conversation [onerror]").count() == 0
    assert await page.locator("#conversation a[href^='javascript']").count() == 0
    assert [url for url in asked if not url.startswith((studio_url, "data:image/"))] == []
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
    assert not wide, "a long line must not widen the page"
    for tab in ("State", "Tasks", "Metadata", "Raw", "Changes"):
        link = page.locator(".tabs a", has_text=tab)
        await link.click()
        await expect(page.locator(".tabs a[aria-current]")).to_contain_text(tab)


async def test_a_large_value_opens_level_by_level(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, "Export of two megabytes", "?tab=state")
    assert len(await page.content()) < 64_000
    inspector = page.locator("#inspector")
    await inspector.locator("details[data-path='/values/sample'] > summary").click()
    await expect(inspector.locator("details[data-path='/values/sample'] .under > *")).not_to_have_count(0)
    await expect(inspector.locator("details[data-path='/values/sample'] .under .spinner").first).to_be_hidden()
    async with page.expect_download() as download:
        await inspector.get_by_role("link", name="Download the state").click()
    assert (await (await download.value).path()).stat().st_size > 2_000_000


async def test_an_edit_in_progress_survives_what_happens_around_it(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    async with witness(seeded_url) as client:
        thread_id = await new_thread(client, "songs")
        await client.runs.wait(thread_id, "songs", input=said("Hello there"))
        await open_page(page, studio_url, thread_id)
        await page.locator("article[data-role=human]").get_by_role("button", name="Edit").click()
        box = page.locator("article.editing textarea[name=text-0]")
        await box.fill("half a thought")
        count = await page.locator("[data-checkpoint-id]").count()
        # Somebody else runs the same thread meanwhile.
        await client.runs.wait(thread_id, "songs", input=said("Multiply 3 by 4"))
    await expect(page.locator("[data-checkpoint-id]")).not_to_have_count(count, timeout=15_000)
    await expect(page.locator("#conversation")).to_contain_text("Multiply 3 by 4", timeout=15_000)
    await expect(box).to_have_value("half a thought")
    await expect(box).to_be_focused()


async def test_a_refused_message_stays_in_the_box(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    async with witness(seeded_url) as client:
        thread_id = await new_thread(client)
        run = await client.runs.create(thread_id, "pipeline", input={"steps": 100, "delay": 0.2})
        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        await page.get_by_label("JSON input").check()
        await page.get_by_label("refuse").check()
        await page.locator("#input").fill('{"steps": 1}')
        await page.get_by_role("button", name="Send").click()
        await expect(page.locator("#runproblem")).to_contain_text("A run is active on this thread")
        await expect(page.locator("#input")).to_have_value('{"steps": 1}')
        await page.locator("#input").fill('{"steps": 1')
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#runproblem")).to_contain_text("not valid JSON")
        await expect(page.locator("#input")).to_have_value('{"steps": 1')
        await client.runs.cancel(thread_id, run["run_id"], wait=True)
    assert all("409 (Conflict)" in text or "status of 422" in text for text in page_complaints)
    page_complaints.clear()


async def test_a_narrow_screen_shows_one_part_at_a_time(page: Page, studio_url: str, seeded_url: str) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await open_thread(page, studio_url, seeded_url, "Songs for the drive")
    await expect(page.locator("#conversation")).to_be_visible()
    await expect(page.locator("#history")).to_be_hidden()
    await page.locator(".narrow-tabs").get_by_text("History").click()
    await page.locator("[data-checkpoint-id]").nth(4).click()
    await page.locator(".narrow-tabs").get_by_text("Conversation").click()
    await shows(page, await ids(page, 4))
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")


async def test_the_list_keeps_its_filters_in_the_address(page: Page, studio_url: str, seeded_url: str) -> None:
    async with witness(seeded_url) as client:
        await client.threads.create(graph_id="pipeline", metadata={"title": "Found in the list"})
    await page.goto(f"{studio_url}/d/local/threads/")
    await page.get_by_label("Graph").select_option("pipeline")
    await expect(page).to_have_url(f"{studio_url}/d/local/threads/?q=&graph=pipeline")
    link = page.get_by_role("link", name="Found in the list")
    await link.click()
    await expect(page.locator("h1")).to_have_text("Found in the list")
    await page.go_back()
    await expect(page).to_have_url(f"{studio_url}/d/local/threads/?q=&graph=pipeline")
    await expect(link).to_be_visible()


async def test_a_lost_studio_shows_itself_and_comes_back(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, "Songs for the drive")
    assert await page.evaluate(CUT) == "reconnecting"
    await live(page)


async def test_a_long_history_is_a_window_that_follows_scrolling_and_the_keyboard(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, "Long research on lanes")
    rows, scroll = page.locator("[data-checkpoint-id]"), page.locator("history-list")
    await expect(page.locator("#history[data-complete]")).to_have_count(1, timeout=20_000)
    assert await page.evaluate("document.querySelectorAll('history-list *').length") <= 800
    height = await scroll.evaluate("list => list.scrollHeight")
    assert height >= 300 * 28
    await scroll.evaluate("list => { list.scrollTop = 200 * 28; }")
    await expect(rows.filter(has_text="100").first).to_be_attached()
    await expect(page.locator(".row .step", has_text="99").first).to_be_visible()
    assert await scroll.evaluate("list => list.scrollTop") == 200 * 28
    assert await scroll.evaluate("list => list.scrollHeight") == height
    await page.keyboard.press("j")  # the selected row is far away: it is fetched, and the next one opens
    await expect(page.locator("[aria-current=true] .step")).to_have_text("298")
    for _ in range(60):
        await page.keyboard.press("j")
    await expect(page.locator("[aria-current=true] .step")).to_have_text("238", timeout=15_000)
    await page.keyboard.press("Shift+G")
    await expect(page.locator("[aria-current=true] .step")).to_have_text("0", timeout=15_000)
    await page.keyboard.press("g")
    await expect(page.locator("[aria-current=true] .step")).to_have_text("299", timeout=15_000)


async def test_the_history_is_searched_and_reduced_to_one_branch(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, "One question, three answers")
    rows = page.locator("[data-checkpoint-id]")
    await expect(rows).to_have_count(7)
    await page.get_by_label("path").check()
    await expect(rows).to_have_count(4)
    await page.get_by_label("branches").check()
    await page.keyboard.press("/")
    await page.get_by_label("Find checkpoints").fill("message edited")
    await expect(rows).to_have_count(2)
    await rows.nth(1).click()
    await expect(rows.nth(1)).to_have_attribute("aria-current", "true")
    await page.get_by_label("Find checkpoints").fill("nothing like this")
    await expect(page.locator("#history")).to_contain_text("Nothing has “nothing like this”")
    await page.get_by_label("Find checkpoints").fill("")
    await expect(rows).to_have_count(7)
