"""The editor of a state as a person uses it, with the SDK as witness."""

import json
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.support.sdk import witness


async def finished_pipeline(url: str) -> str:
    """A thread of the long work that waits for its person."""
    async with witness(url) as client:
        thread = await client.threads.create(graph_id="pipeline")
        await client.runs.wait(thread["thread_id"], "pipeline", input={"steps": 2, "delay": 0})
        return str(thread["thread_id"])


async def values(url: str, thread_id: str) -> Any:
    async with witness(url) as client:
        return (await client.threads.get_state(thread_id))["values"]


async def open_editor(page: Page, studio_url: str, thread_id: str) -> None:
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    await page.get_by_role("link", name="Edit state").click()
    await expect(page.get_by_role("heading", name="Edit the state")).to_be_visible()


def channel(page: Page, name: str) -> Locator:
    return page.locator(f"[data-channel='{name}'].channelfield")


async def unfolded(page: Page, name: str) -> Locator:
    """A channel that is open."""
    field = channel(page, name)
    if await field.get_attribute("open") is None:
        await field.locator("> summary").click()
    return field


async def type_json(page: Page, name: str, value: Any) -> None:
    """Type into a channel as JSON, whether its field is plain or has become an editor."""
    field = await unfolded(page, name)
    if await field.get_by_role("radio", name="JSON").count():
        await field.get_by_role("radio", name="JSON").check()
    area = field.locator(".as-json textarea")
    await area.evaluate(
        "(area, text) => { area.value = text; area.dispatchEvent(new Event('input', { bubbles: true })); }",
        value if isinstance(value, str) else json.dumps(value),
    )


async def test_a_channel_is_changed_previewed_saved_and_run(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await finished_pipeline(seeded_url)
    await open_editor(page, studio_url, thread_id)
    await type_json(page, "log", ["rewritten"])
    await page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    await expect(preview.locator("li").first).to_contain_text("log as meant, written past its reducer")
    await expect(preview).to_contain_text("Then: confirm")
    await expect(preview.locator("ins").first).to_contain_text("rewritten")
    await expect(preview.locator("del", has_text="prepared 2 steps")).to_have_count(1)
    assert len(await painted(preview.locator("ins").first) & await painted(preview.locator("del").first)) == 0
    await expect(channel(page, "log")).to_contain_text("changed")
    await expect(channel(page, "log").locator("textarea")).to_have_value('["rewritten"]')
    await page.get_by_role("button", name="Save only").click()
    await expect(page.locator("#verdicts")).to_contain_text("log: as meant")
    assert (await values(seeded_url, thread_id))["log"] == ["rewritten"]
    await page.get_by_role("link", name="Edit state").click()
    await type_json(page, "approved", True)
    await page.get_by_label("It counts as written by").select_option(label="confirm → publish or end")
    await page.get_by_role("button", name="Save and run").click()
    await expect(page.locator("#verdicts")).to_contain_text("approved: as meant")
    await expect(page.locator(".head .chip")).to_have_attribute("data-status", "idle", timeout=20_000)
    after = await values(seeded_url, thread_id)
    assert (after["published"], after["log"]) == (True, ["rewritten", "published 602 rows"])


async def test_on_a_narrow_screen_the_verdict_comes_into_sight_and_the_buttons_stay_there(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await page.set_viewport_size({"width": 390, "height": 700})
    thread_id = await finished_pipeline(seeded_url)
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/state/edit/")
    await expect(page.get_by_role("button", name="Preview")).to_be_in_viewport(ratio=1)
    await type_json(page, "log", ["rewritten"])
    ending = page.get_by_text("Nothing will run after this change")
    await expect(ending).to_be_hidden()
    await page.get_by_label("It counts as written by").select_option(label="publish → end")
    await expect(ending).to_be_visible()
    await page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    await expect(preview).to_be_focused()
    await expect(preview.locator("li").first).to_be_in_viewport(ratio=1)
    await expect(page.get_by_role("button", name="Save only")).to_be_in_viewport(ratio=1)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_what_is_no_json_is_told_once_and_has_the_focus(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    thread_id = await finished_pipeline(seeded_url)
    await open_editor(page, studio_url, thread_id)
    log = await unfolded(page, "log")
    await log.locator(".cm-content").click()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("['a']")
    await page.get_by_role("button", name="Preview").click()
    await expect(log.locator(".cm-content")).to_be_focused()
    await expect(log.get_by_text("Line 1, column 2: strings need double quotes.")).to_be_visible()
    await expect(log.locator(".problem")).to_be_hidden()
    await page.keyboard.press("Control+a")
    await page.keyboard.type('["a"]')
    await expect(log.locator(".problem, [aria-invalid=true]")).to_have_count(0)
    await page.locator("[name=text-rows]").evaluate("(field) => { field.style.caretColor = 'red'; }")
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("region", name="Preview")).to_contain_text("log as meant")
    assert all("422" in complaint for complaint in page_complaints), "a style of the browser is not copied as text"
    page_complaints.clear()


async def border(part: Locator, name: str = "borderTopColor") -> str:
    return str(await part.evaluate("(part, name) => getComputedStyle(part)[name]", name))


async def painted(part: Locator) -> set[str]:
    """The colour and the ground of a part."""
    return set(await part.evaluate("part => [getComputedStyle(part).color, getComputedStyle(part).backgroundColor]"))


async def test_a_channel_is_given_by_a_control_of_its_kind_or_not_set(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    thread_id = await finished_pipeline(seeded_url)
    await open_editor(page, studio_url, thread_id)
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing is different")
    approved, rows = await unfolded(page, "approved"), await unfolded(page, "rows")
    await expect(approved.get_by_role("radio", name="not set")).to_be_checked()
    await expect(approved.get_by_role("combobox")).to_be_hidden()
    await approved.get_by_role("radio", name="form").check()
    await approved.get_by_label("approved", exact=True).select_option(label="yes")
    await rows.get_by_label("rows", exact=True).fill("many")
    await page.get_by_role("button", name="Preview").click()
    await expect(rows.locator(".problem")).to_contain_text("“rows” has to be a whole number.")
    await expect(rows.get_by_label("rows", exact=True)).to_be_focused()
    assert await border(rows.get_by_label("rows", exact=True)) == await border(rows.locator(".problem"), "color")
    await expect(rows.get_by_label("rows", exact=True)).to_have_value("many")
    await expect(approved.get_by_label("approved", exact=True)).to_have_value("true")
    await rows.get_by_label("rows", exact=True).fill("12000000000000000001")
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("region", name="Preview").locator("li")).to_have_count(2)
    await page.get_by_role("button", name="Save only").click()
    await expect(page.locator("#verdicts")).to_contain_text("approved: as meant")
    after = await values(seeded_url, thread_id)
    assert (after["approved"], after["rows"]) == (True, 12000000000000000001)
    assert all("422" in complaint for complaint in page_complaints)
    page_complaints.clear()


async def test_json_that_the_schema_does_not_know_is_previewed_with_a_warning(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    thread_id = await finished_pipeline(seeded_url)
    await open_editor(page, studio_url, thread_id)
    await type_json(page, "rows", "[1]")
    await page.get_by_role("button", name="Preview").click()
    await expect(channel(page, "rows")).to_contain_text("The schema says integer.")
    log = await unfolded(page, "log")
    await log.get_by_text("Schema").click()
    await expect(log.locator("pre")).to_contain_text('"type": "array"')


async def test_the_same_with_nothing_but_the_keyboard(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await finished_pipeline(seeded_url)
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    await page.get_by_role("link", name="Edit state").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Edit the state")).to_be_visible()
    field = channel(page, "rows")
    if await field.get_attribute("open") is None:
        await field.locator("> summary").focus()
        await page.keyboard.press("Enter")
    await field.get_by_role("radio", name="form").focus()
    await page.keyboard.press("ArrowRight")
    await expect(field.get_by_role("textbox")).to_have_attribute("aria-label", "rows as JSON")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Tab")
    await expect(field.get_by_role("textbox", name="rows", exact=True)).to_be_focused()
    await page.keyboard.press("Control+a")
    await page.keyboard.type("7")
    await page.get_by_role("button", name="Preview").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="Preview")).to_contain_text("rows as meant")
    await expect(page.get_by_role("button", name="Preview")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Save and run")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#verdicts")).to_contain_text("rows: as meant")
    assert (await values(seeded_url, thread_id))["rows"] == 7


async def test_what_is_no_json_stays_with_its_problem_beside_it(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    thread_id = await finished_pipeline(seeded_url)
    await open_editor(page, studio_url, thread_id)
    await type_json(page, "sample", '{"a": 1,\n "b": }')
    await type_json(page, "rows", 8)
    await page.get_by_role("button", name="Save only").click()
    await expect(channel(page, "sample").locator(".problem")).to_contain_text("line 2, column 7")
    await expect(channel(page, "rows").locator(".as-json textarea")).to_have_value("8")
    await type_json(page, "sample", {"a": 1})
    await page.get_by_role("button", name="Save only").click()
    await expect(page.locator("#verdicts")).to_contain_text("rows: as meant")
    after = await values(seeded_url, thread_id)
    assert (after["sample"], after["rows"]) == ({"a": 1}, 8)
    assert all("422" in complaint for complaint in page_complaints)
    page_complaints.clear()


async def test_what_was_typed_survives_a_state_that_is_gone(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    thread_id = await finished_pipeline(seeded_url)
    await open_editor(page, studio_url, thread_id)
    await type_json(page, "rows", 9)
    async with witness(seeded_url) as client:
        await client.threads.delete(thread_id)
    await page.get_by_role("button", name="Save and run").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was written")
    await expect(page.locator("[name=channel-rows]")).to_have_value("9")
    assert all("404" in complaint for complaint in page_complaints)
    page_complaints.clear()


async def test_a_large_channel_is_opened_in_its_place(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await finished_pipeline(seeded_url)
    async with witness(seeded_url) as client:
        await client.threads.update_state(thread_id, {"sample": ["x" * 1000] * 120}, as_node="process")
    await open_editor(page, studio_url, thread_id)
    await type_json(page, "rows", 10)
    await page.get_by_role("link", name="Edit this channel").click()
    await expect(channel(page, "sample").locator("textarea")).to_have_count(1)
    await expect(channel(page, "rows").locator(".as-json textarea")).to_have_value("10")
    assert await page.locator("[id]").evaluate_all("all => all.length - new Set(all.map((one) => one.id)).size") == 0
    await type_json(page, "sample", "[]")
    await page.get_by_role("button", name="Save only").click()
    await expect(page.locator("#verdicts")).to_contain_text("sample: as meant")
    after = await values(seeded_url, thread_id)
    assert (after["sample"], after["rows"]) == ([], 10)


async def test_the_form_works_without_scripts(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await finished_pipeline(seeded_url)
    assert page.context.browser
    context = await page.context.browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    plain = await context.new_page()
    await plain.goto(f"{studio_url}/d/local/threads/{thread_id}/state/edit/")
    rows = await unfolded(plain, "rows")
    await expect(rows.locator("[name=channel-rows]")).to_be_hidden()
    await rows.get_by_text("JSON", exact=True).click()
    await expect(rows.locator("[name=text-rows]")).to_be_hidden()
    await rows.locator("[name=channel-rows]").fill("10")
    await rows.get_by_text("Form", exact=True).click()
    await rows.locator("[name=text-rows]").fill("11")
    await plain.get_by_role("button", name="Preview").click()
    await expect(plain.get_by_role("region", name="Preview")).to_contain_text("rows as meant")
    await plain.get_by_role("button", name="Save only").click()
    await expect(plain.locator("#verdicts")).to_contain_text("rows: as meant")
    await context.close()
    assert (await values(seeded_url, thread_id))["rows"] == 11
