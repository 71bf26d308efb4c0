"""Travelling through a history: folds, views, search, slider, keys, marks, and what a refresh leaves alone."""

import asyncio
import re
from functools import partial
from operator import eq
from typing import Any

import pytest
from langgraph_sdk.client import LangGraphClient
from playwright.async_api import Page, Route, expect

from tests.browser.looking import ids, open_thread, shows
from tests.support.opened import REFRESH
from tests.support.sdk import thread_titled, witness

BRANCHED = "One question, three answers"
LONG = "Long research on lanes"
LET_GO_AT = """(slider, value) => {
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  slider.dispatchEvent(new Event("change", { bubbles: true }));
}"""


async def test_a_side_branch_is_folded_away_and_comes_back(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    rows, fold = page.locator("[data-checkpoint-id]"), page.locator(".foldline")
    everything = await listed(page)
    await expect(fold).to_have_text("2 forks · 3 checkpoints")
    await expect(fold).to_have_attribute("aria-expanded", "true")
    await fold.click()
    await expect(fold).to_have_attribute("aria-expanded", "false")
    await expect(rows).to_have_count(4)
    path = await listed(page)
    assert set(path) < set(everything)
    await expect(page).to_have_url(f"{page.url.split('?')[0]}?flipped={path[2]}")
    await page.reload()
    await expect(fold).to_have_attribute("aria-expanded", "false")
    assert await listed(page) == path
    await fold.click()
    await expect(rows).to_have_count(7)
    assert await listed(page) == everything
    await expect(page).to_have_url(page.url.split("?")[0])


async def test_all_side_branches_are_folded_at_once_but_for_the_one_on_show(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    rows, side = page.locator("[data-checkpoint-id]"), page.locator(".row.off").first
    await page.get_by_role("button", name="Fold", exact=True).click()
    await expect(rows).to_have_count(4)
    await expect(page).to_have_url(f"{page.url.split('?')[0]}?fold=all")
    await page.reload()
    await expect(rows).to_have_count(4)
    await page.get_by_role("button", name="Unfold", exact=True).click()
    await expect(rows).to_have_count(7)
    aside = str(await side.get_attribute("data-checkpoint-id"))
    await side.click()
    await shows(page, aside)
    await page.get_by_role("button", name="Fold", exact=True).click()
    await expect(page).to_have_url(f"{page.url.split('?')[0]}?checkpoint={aside}&tab=changes&fold=all")
    await shows(page, aside)


async def test_a_checkpoint_comes_when_the_list_has_changed_since_it_was_asked_for(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    rows, folded, wanted = page.locator("[data-checkpoint-id]"), asyncio.Event(), await ids(page, 1)
    checkpoint = re.compile(r"/threads/[^/]+/\?checkpoint=")

    async def hold(route: Route) -> None:
        await folded.wait()
        await route.continue_()

    await page.route(checkpoint, hold)
    async with page.expect_request(checkpoint):
        await rows.nth(1).click()
    await page.get_by_role("button", name="Fold", exact=True).click()
    await expect(rows).to_have_count(4)
    folded.set()
    await shows(page, wanted)
    await expect(page).to_have_url(re.compile(f"checkpoint={wanted}"))
    await page.reload()
    await shows(page, wanted)


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "the other way round"])
async def test_of_two_checkpoints_that_are_asked_for_at_once_the_last_is_shown_everywhere(
    page: Page, studio_url: str, seeded_url: str, order: int
) -> None:
    held: asyncio.Queue[Route] = asyncio.Queue()
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    checkpoint = re.compile(r"/threads/[^/]+/\?checkpoint=")
    parent = str(await page.locator("#conversation [data-parent]").get_attribute("href")).partition("checkpoint=")[2]
    await page.route(checkpoint, held.put)
    routes = []
    for key in ("Shift+G", "p"):
        await page.keyboard.press(key)
        routes.append(await held.get())
    for route in routes[::order]:
        async with page.expect_request_finished(partial(eq, route.request)):
            await route.continue_()
    await shows(page, parent)
    await expect(page.locator("#origin [name=checkpoint]")).to_have_value(parent)
    await expect(page).to_have_url(re.compile(f"checkpoint={parent}"))


async def test_the_views_list_a_branch_or_all_by_time_and_a_reload_keeps_them(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    async with witness(seeded_url) as client:
        thread_id = await continued_after_its_side_branch(client)
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    rows, everything = page.locator("[data-checkpoint-id]"), await listed(page)
    by_time = sorted(everything, reverse=True)
    assert by_time != everything
    aside = str(await page.locator(".row.off").first.get_attribute("data-checkpoint-id"))
    await page.locator(".row.off").first.click()
    await shows(page, aside)
    await page.get_by_label("path").check()
    await expect(rows).to_have_count(4)
    assert aside in await listed(page)
    await expect(page.locator(".row.off, .foldline")).to_have_count(0)
    await shows(page, aside)
    await page.reload()
    await expect(page.get_by_label("path")).to_be_checked()
    await expect(rows).to_have_count(4)
    await page.get_by_label("time").check()
    await expect(rows).to_have_count(6)
    assert await listed(page) == by_time
    await page.reload()
    await expect(page.get_by_label("time")).to_be_checked()
    assert await listed(page) == by_time
    await page.get_by_label("branches").check()
    await expect(page.locator(".foldline")).to_have_count(1)
    assert await listed(page) == everything
    assert "view" not in page.url


async def test_enter_in_the_search_opens_what_was_found_first_and_a_reload_keeps_it(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    rows, box = page.locator("[data-checkpoint-id]"), page.get_by_label("Find checkpoints")
    oldest = await ids(page, 6)
    await page.keyboard.press("/")
    await expect(box).to_be_focused()
    await page.keyboard.type("step -1")
    await page.keyboard.press("Enter")  # at once: what is found so far is of no interest
    await shows(page, oldest)
    await expect(rows).to_have_count(1)
    await box.fill("is:edit")
    await expect(rows).to_have_count(2)
    first = await ids(page, 0)
    assert first != oldest
    await box.press("Enter")
    await shows(page, first)
    assert "run=" not in page.url
    await page.reload()
    await expect(box).to_have_value("is:edit")
    await expect(rows).to_have_count(2)
    await shows(page, first)


async def test_the_slider_goes_through_the_history_by_arrow_keys(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    everything, slider = await listed(page), page.locator("#scrubber")
    await slider.focus()
    await page.keyboard.press("ArrowLeft")
    await shows(page, everything[1])
    await expect(slider).to_be_focused()
    for place in (2, 3, 4, 5, 6):
        await go(page, "ArrowLeft", everything[place])
        await shows(page, everything[place])
    await expect(page.locator("#scrubbed")).to_have_text("step −1")
    await expect(slider).to_have_attribute("aria-valuetext", "step −1")
    await page.keyboard.press("End")
    await shows(page, everything[0])
    await page.keyboard.press("Home")
    await shows(page, everything[6])
    for place in (5, 4, 3, 2, 1, 0):
        await go(page, "ArrowRight", everything[place])
        await shows(page, everything[place])


async def test_the_slider_scrolls_while_it_is_dragged_and_selects_where_it_is_let_go(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, LONG)
    await expect(page.locator("#history[data-complete]")).to_have_count(1, timeout=20_000)
    slider, scroll = page.locator("#scrubber"), page.locator("history-list")
    head, total = await ids(page, 0), int(str(await slider.get_attribute("max")))
    await slider.evaluate(
        "slider => { slider.value = 100; slider.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    await expect(page.locator("[data-step='99']")).to_be_in_viewport()
    assert await scroll.evaluate("list => list.scrollTop") > 150 * 28
    await expect(page.locator("#conversation")).to_have_attribute("data-checkpoint", head)
    for value, step in ((100, "99"), (1, "0"), (total, "299")):
        await slider.evaluate(LET_GO_AT, value)
        row = page.locator("[data-checkpoint-id][aria-current=true]")
        await expect(row.locator(".step")).to_have_text(step)
        await expect(row).to_be_in_viewport()
        await shows(page, str(await row.get_attribute("data-checkpoint-id")))
        await expect(page.locator("#scrubbed")).to_have_text(f"step {step}")
    assert f"checkpoint={head}" in page.url


async def test_keys_lead_to_the_parent_and_to_the_siblings(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    everything = await listed(page)
    async with witness(seeded_url) as client:
        history: list[Any] = list(await client.threads.get_history(await thread_titled(client, BRANCHED)))
    parents = {
        entry["checkpoint"]["checkpoint_id"]: (entry["parent_checkpoint"] or {}).get("checkpoint_id")
        for entry in history
    }
    edits = sorted(entry["checkpoint"]["checkpoint_id"] for entry in history if entry["metadata"]["source"] == "update")
    heads = sorted(set(parents) - set(parents.values()))
    assert everything[0] == heads[2]
    assert parents[heads[2]] == edits[1]
    await page.keyboard.press("p")
    await shows(page, edits[1])
    await page.keyboard.press("[")
    await shows(page, heads[1])  # a sibling is shown at the head of its branch
    await page.keyboard.press("[")
    await shows(page, heads[0])
    await page.keyboard.press("[")  # there is none before the first
    await page.keyboard.press("]")
    await shows(page, heads[1])
    await page.keyboard.press("]")
    await shows(page, heads[2])
    for expected in (edits[1], parents[edits[1]], parents[parents[edits[1]]]):
        await page.keyboard.press("p")
        await shows(page, str(expected))
    await page.keyboard.press("p")  # the first one has no parent
    await expect(page.locator("#conversation [data-parent]")).to_have_count(0)
    await shows(page, everything[-1])


async def test_a_run_heading_marks_the_checkpoints_of_its_run(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    marked, heading = page.locator(".row.ofrun"), page.locator(".runline").last
    async with witness(seeded_url) as client:
        history: list[Any] = list(await client.threads.get_history(await thread_titled(client, BRANCHED)))
    run = history[-1]["metadata"]["run_id"]
    made = {entry["checkpoint"]["checkpoint_id"] for entry in history if entry["metadata"].get("run_id") == run}
    await expect(marked).to_have_count(0)
    await heading.click()
    await expect(heading).to_have_attribute("aria-pressed", "true")
    assert await heading.get_attribute("value") == run
    await expect(marked).to_have_count(len(made))
    assert {str(await row.get_attribute("data-checkpoint-id")) for row in await marked.all()} == made
    await expect(page.locator("#scrub .map-run")).to_have_count(1)
    await expect(page).to_have_url(f"{page.url.split('?')[0]}?run={run}")
    await page.reload()
    await expect(marked).to_have_count(len(made))
    await heading.click()
    await expect(heading).to_have_attribute("aria-pressed", "false")
    await expect(marked).to_have_count(0)
    await expect(page.locator("#scrub .map-run")).to_have_count(0)
    await page.locator("#inspector").get_by_role("button", name="checkpoint", exact=False).first.click()
    await expect(page.locator(".runline[aria-pressed=true]")).to_have_count(1)
    await expect(page.locator("[data-checkpoint-id][aria-current=true]")).to_have_class("row ofrun")


@pytest.mark.parametrize("following", [True, False], ids=["following the newest", "at a chosen checkpoint"])
@pytest.mark.parametrize("line", [8, 200], ids=["near", "far away"])
async def test_scroll_position_and_selection_survive_a_refresh(
    page: Page, studio_url: str, seeded_url: str, line: int, following: bool
) -> None:
    await open_thread(page, studio_url, seeded_url, LONG)
    await expect(page.locator("#history[data-complete]")).to_have_count(1, timeout=20_000)
    scroll, talk = page.locator("history-list"), page.locator("talk-scroll")
    place = 0 if following else 4
    chosen = await ids(page, place)
    if not following:
        await page.locator("[data-checkpoint-id]").nth(place).click()
    await shows(page, chosen)
    await expect(page.locator("#conversation")).to_have_attribute("data-following", str(following).lower())
    await page.locator(".tabs a").first.focus()  # the person is elsewhere than in the list
    await talk.evaluate("talk => { talk.scrollTop = 40; }")
    await scroll.evaluate("(list, line) => { list.scrollTop = line * 28; }", line)
    await expect(page.locator(f"[data-step='{299 - line}']")).to_be_in_viewport()
    await make_stale(page)
    await page.evaluate(REFRESH)
    await expect(page.locator(".what b", has_text="stale")).to_have_count(0)
    await expect(page.locator("#conversation")).to_have_attribute("data-checkpoint", chosen)
    await expect(page.locator(f"[data-step='{299 - line}']")).to_be_in_viewport()
    assert await scroll.evaluate("list => list.scrollTop") == line * 28
    assert await talk.evaluate("talk => talk.scrollTop") == 40
    await scroll.evaluate("list => { list.scrollTop = 0; }")
    await expect(page.locator("[data-checkpoint-id][aria-current=true]")).to_have_attribute(
        "data-checkpoint-id", chosen
    )


async def test_lines_that_are_scrolled_to_while_a_refresh_is_under_way_come_and_stay(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, LONG)
    await expect(page.locator("#history[data-complete]")).to_have_count(1, timeout=20_000)
    await page.locator("[data-checkpoint-id]").nth(4).click()
    await shows(page, await ids(page, 4))
    held: list[Route] = []
    await page.route("**/history/?*", lambda route: held.append(route) if not held else route.continue_())
    async with page.expect_request("**/history/?*"):
        await page.evaluate("() => document.body.dispatchEvent(new Event('studio:changed'))")
    await page.locator("history-list").evaluate("list => { list.scrollTop = 200 * 28; }")
    await expect(page.locator("[data-step='99']")).to_be_in_viewport()
    async with page.expect_response("**/history/?*"):
        await held[0].continue_()  # it was asked for with the first line that was on show then
    await page.evaluate("() => new Promise((done) => setTimeout(done, 100))")  # swapped, settled
    await expect(page.locator("[data-step='99']")).to_be_in_viewport()


async def test_the_strip_shows_which_part_of_the_history_is_in_sight(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, LONG)
    await expect(page.locator("#history[data-complete]")).to_have_count(1, timeout=20_000)
    view, scroll = page.locator("#scrub .map-view"), page.locator("history-list")
    strip = await view.evaluate("view => view.ownerSVGElement.viewBox.baseVal.width")

    await expect(view).not_to_have_attribute("width", "0")
    left, width = [str(await view.get_attribute(name)) for name in ("x", "width")]
    assert 0 < float(width) < strip / 4
    assert abs(float(left) + float(width) - strip) < 0.01, "the newest are at the right"
    await scroll.evaluate("list => { list.scrollTop = list.scrollHeight; }")
    await expect(view).to_have_attribute("x", "0")
    await expect(page.locator("[data-step='0']")).to_be_in_viewport()
    for _ in ("following the newest", "at a chosen checkpoint"):
        await page.evaluate(REFRESH)
        await expect(view).to_have_attribute("x", "0")
        await expect(view).to_have_attribute("width", width)
        await page.locator("[data-step='2']").click()
        await shows(page, str(await page.locator("[data-step='2']").get_attribute("data-checkpoint-id")))
    await page.set_viewport_size({"width": 1280, "height": 400})
    await expect(view).not_to_have_attribute("width", width)


async def test_a_message_leads_to_the_checkpoint_it_came_with_and_back_leads_back(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_thread(page, studio_url, seeded_url, "Songs for the drive")
    head = await ids(page, 0)
    async with witness(seeded_url) as client:
        history: list[Any] = list(await client.threads.get_history(await thread_titled(client, "Songs for the drive")))
    message = history[0]["values"]["messages"][0]["id"]
    brought = [e for e in history if message in [m["id"] for m in e["values"].get("messages", [])]][-1]
    came = brought["checkpoint"]["checkpoint_id"]
    await page.locator(".tabs a", has_text="Changes").focus()
    link = page.locator(f"#conversation article[data-message-id='{message}'] .facts a").first
    await expect(link).to_contain_text(f"step {brought['metadata']['step']}")
    await link.click()
    await shows(page, came)
    assert f"checkpoint={came}" in page.url
    await expect(page.locator("[data-checkpoint-id][aria-current=true]")).to_be_in_viewport()
    await page.go_back()
    await shows(page, head)
    await page.go_forward()
    await shows(page, came)


async def test_back_keeps_the_choice_of_the_list(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, BRANCHED)
    rows, head = page.locator("[data-checkpoint-id]"), await ids(page, 0)
    await page.get_by_label("time").check()
    await expect(page.locator(".foldline")).to_have_count(0)
    other = await ids(page, 5)
    await rows.nth(5).click()
    await shows(page, other)
    assert "view=time" in page.url
    await page.go_back()
    await shows(page, head)
    await expect(page.get_by_label("time")).to_be_checked()
    await expect(page.locator(".foldline")).to_have_count(0)
    assert "view=time" in page.url


async def test_a_subgraph_opens_from_its_thread_and_leads_back(page: Page, studio_url: str, seeded_url: str) -> None:
    await open_thread(page, studio_url, seeded_url, "Trip with two open questions")
    outside, entered = page.url, await ids(page, 0)
    await page.get_by_role("link", name="Open its history").first.click()
    await expect(page.locator("h1")).to_contain_text("› visa")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    rows, inspector = page.locator("[data-checkpoint-id]"), page.locator("#inspector")
    await expect(rows).to_have_count(3)
    inside = await listed(page)
    assert entered not in inside
    await expect(page.locator("#conversation .ask")).to_contain_text("When does the passport expire?")
    for name in ("Send", "Resume", "Rerun from here", "Fork to new thread", "Edit"):
        await expect(page.get_by_role("button", name=name)).to_have_count(0)
    await page.keyboard.press("j")
    await shows(page, inside[1])
    assert "/in/" in page.url
    await rows.nth(0).click()
    await shows(page, inside[0])
    await expect(inspector.locator("[data-channel=documents]")).to_contain_text("documents")
    await page.locator(".tabs a", has_text="State").click()
    await inspector.locator("details[data-path='/values/documents'] > summary").click()
    await expect(inspector.locator(".leaf", has_text="photo")).to_be_visible()
    await page.evaluate(REFRESH)
    await expect(rows).to_have_count(3)
    await page.get_by_role("link", name="Trip with two open questions").click()
    await expect(page).to_have_url(f"{outside}?checkpoint={entered}")
    await shows(page, entered)
    await expect(page.locator("h1")).to_have_text("Trip with two open questions")


async def listed(page: Page) -> list[str]:
    """The checkpoints in the list, from the top."""
    found: list[str] = await page.locator("[data-checkpoint-id]").evaluate_all(
        "rows => rows.map((row) => row.dataset.checkpointId)"
    )
    return found


async def continued_after_its_side_branch(client: LangGraphClient) -> str:
    """A thread of four checkpoints, the last of which is newer than the side branch of two that was made before it."""
    steps: Any = [{"updates": [{"values": {"attempts": n}, "as_node": "plan"}]} for n in range(3)]
    thread_id = str((await client.threads.create(graph_id="flaky", supersteps=steps))["thread_id"])
    history = await client.threads.get_history(thread_id)
    for place in (1, 0):  # a side branch from the second, then one more after the third
        parent = history[place]["checkpoint"]["checkpoint_id"]
        for _ in range(place + 1):
            made: Any = await client.threads.update_state(
                thread_id, {"attempts": 9}, as_node="plan", checkpoint_id=parent
            )
            parent = made["checkpoint"]["checkpoint_id"]
    return thread_id


async def go(page: Page, key: str, expected: str) -> None:
    """Press a key until it leads on: a heading or a fold between two rows takes a press of its own."""
    row = page.locator("[data-checkpoint-id][aria-current=true]")
    for _ in range(3):
        await page.keyboard.press(key)
        if await row.get_attribute("data-checkpoint-id") == expected:
            return


async def make_stale(page: Page) -> None:
    """Write something into the rows that only a refresh can take away."""
    await page.evaluate(
        "() => { for (const what of document.querySelectorAll('#history .what b')) what.textContent = 'stale'; }"
    )
