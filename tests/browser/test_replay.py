"""Runs played again in the browser, and lists of events that are held."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.support.opened import PATIENT, answer, open_page, send
from tests.support.sdk import new_thread, witness

SAID = ".stage article .text"
AT = "slider => Number(slider.value)"


_recorded: list[str] = []


async def recorded(page: Page, studio_url: str, server_url: str) -> tuple[str, str]:
    """The thread and id of a run that somebody has watched to its end; its page is open. It is made once."""
    if not _recorded:
        async with witness(server_url) as client:
            thread_id = await new_thread(client, "chat")
            await open_page(page, studio_url, thread_id)
            await send(page, f"I like {' '.join(f'word{number}' for number in range(100))}")  # it takes a while
            await expect(answer(page)).to_be_visible(timeout=PATIENT)
            over = expect(page.locator("#runstate"))
            await over.not_to_have_attribute("data-run-id", re.compile("."), timeout=PATIENT)
            _recorded[:] = thread_id, (await client.runs.list(thread_id))[0]["run_id"]
    thread_id, run = _recorded
    await open_page(page, studio_url, thread_id, f"runs/{run}/")
    return thread_id, run


async def text(page: Page) -> str:
    return "".join(await page.locator(SAID).all_text_contents())


async def put(page: Page, part: float) -> None:
    """Put the slider to a part of the run."""
    await page.locator("[data-seek]").evaluate(
        """(slider, part) => {
          slider.value = slider.max * part;
          slider.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        part,
    )


async def test_a_run_is_played_and_scrubbed(page: Page, studio_url: str, server_url: str) -> None:
    thread_id, run = await recorded(page, studio_url, server_url)
    async with witness(server_url) as client:
        state: Any = await client.threads.get_state(thread_id)
    final = state["values"]["messages"][-1]["content"]
    player, clock = page.locator("run-replay"), page.locator("[data-clock]")
    button = player.locator("[data-play]")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/replay/" in request.url else None)
    await expect(clock).to_have_text(re.compile(r"^0:00\.0 / 0:\d\d\.\d$"))
    await expect(page.locator(".stage")).to_be_hidden()
    assert asked == []  # it is fetched when it is wanted

    await player.get_by_label("Speed").select_option("0.25")
    await button.click()
    await expect(page.locator(SAID).first).to_be_visible()
    await button.click()
    await expect(button).to_have_accessible_name("Play")
    early = await text(page)
    assert 0 < len(early) < len(final)
    assert final.startswith(early)

    await player.get_by_label("Speed").select_option("8")
    await button.press(" ")
    await expect(page.locator(SAID)).to_have_text(final, timeout=PATIENT)
    await expect(player).to_have_attribute("data-over", "")
    await expect(button).to_have_accessible_name("Play")

    await put(page, 0.5)
    await expect(page.locator(SAID)).not_to_have_text(final)
    half = await text(page)
    assert final.startswith(half)
    assert 0 < len(half) < len(final)
    await put(page, 0)
    await expect(page.locator(SAID)).to_have_count(0)
    await put(page, 1)
    await expect(page.locator(SAID)).to_have_text(final)
    assert await page.locator(".stage article").count() == 1
    assert len(asked) == 1
    assert f"/runs/{run}/replay/" in asked[0]

    slider = page.locator("[data-seek]")
    await slider.press("ArrowLeft")
    before = await slider.evaluate(AT)
    await slider.press("ArrowLeft")
    assert 0 < await slider.evaluate(AT) < before
    await slider.press("ArrowRight")
    assert await slider.evaluate(AT) == before
    await slider.press(" ")
    await expect(player).to_have_attribute("data-over", "")  # it played on to its end


async def test_pauses_are_skipped_unless_somebody_wants_them(page: Page, studio_url: str, server_url: str) -> None:
    await recorded(page, studio_url, server_url)
    piece = '<div hx-swap-oob="beforeend:#live"><p>{}</p></div>'
    frames = [{"at": at, "html": piece.format(f"at {at}")} for at in (0, 500, 1000)]
    made = {"seconds": 1000, "frames": frames, "lost": 1234}
    await page.route("**/replay/", lambda route: route.fulfill(json=made))
    player = page.locator("run-replay")
    await player.evaluate("(player) => { player.seconds = 1000; player.querySelector('[data-seek]').max = 1000; }")
    await player.get_by_label("skip pauses").uncheck()
    await player.locator("[data-play]").click()
    await expect(page.locator("[data-clock]")).to_have_text(re.compile(r"^0:0[1-9]"))
    await expect(page.locator(".stage p")).to_have_count(1)
    await expect(player.locator("[data-note]")).to_contain_text("The first 1,234 events are not kept any more")
    await player.get_by_label("skip pauses").check()
    await expect(page.locator(".stage p")).to_have_text(["at 0", "at 500", "at 1000"])
    await expect(page.locator("[data-clock]")).to_have_text("16:40.0 / 16:40.0")


async def test_a_replay_that_cannot_be_had_can_be_tried_again(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    await recorded(page, studio_url, server_url)
    await page.route("**/replay/", lambda route: route.fulfill(status=502, body=""), times=1)
    button = page.locator("run-replay [data-play]")
    await button.click()
    await expect(page.locator("[data-note]")).to_contain_text("could not be loaded")
    await expect(button).to_have_accessible_name("Play")
    assert all("502" in text for text in page_complaints)
    page_complaints.clear()
    await button.click()
    await expect(page.locator(SAID)).to_be_visible()
    await expect(page.locator("[data-note]")).to_be_hidden()


async def test_a_list_of_events_that_is_held_loses_nothing(page: Page, studio_url: str, server_url: str) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        asked: Any = {"input": {"steps": 200, "delay": 0.2}, "stream_mode": ["updates", "custom"]}
        run = await client.runs.create(thread_id, "pipeline", stream_resumable=True, **asked)
        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/runs/{run['run_id']}/")
        rows = page.locator("#events li[data-mode]")
        await expect(rows.nth(3)).to_be_attached(timeout=PATIENT)
        await expect(page.locator("#replay")).to_contain_text("once it is over")
        await page.get_by_role("button", name="Pause").click()
        come = page.locator(".came")
        await expect(come).to_be_visible()
        held = await rows.count()
        await expect(come).not_to_have_text(await come.inner_text(), timeout=PATIENT)  # it goes on counting
        assert await rows.count() == held
        hold = page.get_by_role("button", name="Go on")
        await hold.focus()
        await expect(come).not_to_have_text(await come.inner_text(), timeout=PATIENT)
        await expect(hold).to_be_focused()
        await hold.click()
        await expect(come).to_have_count(0)
        await expect(rows.nth(held)).to_be_attached()
        places = await rows.locator("details").evaluate_all("all => all.map((one) => Number(one.dataset.event))")
        assert places == list(range(len(places)))
        await client.runs.cancel(thread_id, run["run_id"], wait=True)
        await expect(page.locator("run-replay")).to_be_visible(timeout=PATIENT)  # the page gets it by itself
        await expect(page.get_by_role("button", name="Pause")).to_have_count(0)
