"""Starting runs with options, sending while one is active, and looking at runs, in the browser."""

import re
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.support.opened import PATIENT, REFRESH, open_page, send
from tests.support.sdk import new_thread, ran, stop_all, witness, work


def only_conflicts(complaints: list[str]) -> None:
    """Chromium reports each 409 in its console; where one was provoked, it is wanted."""
    assert complaints
    assert all("409" in text for text in complaints)
    complaints.clear()


async def test_options_are_remembered_per_graph_until_they_are_forgotten(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        chat, pipeline = await new_thread(client, "chat"), await new_thread(client, "pipeline")
        button = page.locator(".options > summary")
        limit, durability = page.get_by_label("Recursion limit"), page.get_by_label("Durability")
        values, subgraphs = page.get_by_label("values"), page.get_by_label("of subgraphs too")
        await open_page(page, studio_url, chat)
        await button.click()
        await limit.fill("17")
        await durability.select_option("exit")
        await values.check()
        await subgraphs.uncheck()
        await page.get_by_label("Metadata (JSON)").fill('{"ticket": 7}')
        await expect(button).to_have_text("Options (5)")
        await send(page, "Hello")
        await expect(page.locator("#conversation article[data-role=ai]")).to_be_visible(timeout=PATIENT)
        (run,) = await client.runs.list(chat)

        await page.reload()
        await expect(button).to_have_text("Options (4)")
        await button.click()
        await expect(limit).to_have_value("17")
        await expect(durability).to_have_value("exit")
        await expect(values).to_be_checked()
        await expect(subgraphs).not_to_be_checked()
        await expect(page.get_by_label("Metadata (JSON)")).to_have_value("")  # it may be secret

        await open_page(page, studio_url, pipeline)
        await expect(button).to_have_text("Options")
        await open_page(page, studio_url, chat)
        await button.click()
        await page.get_by_role("button", name="Forget them").click()
        await expect(button).to_have_text("Options")
        await expect(limit).to_have_value("")
        await expect(subgraphs).to_be_checked()
        await page.reload()
        await expect(button).to_have_text("Options")
    kwargs: Any = run["kwargs"]  # type: ignore[typeddict-item]  # the SDK's type lacks it
    assert kwargs["config"]["recursion_limit"] == 17
    assert "values" in kwargs["stream_mode"]
    assert run["metadata"] is not None
    assert run["metadata"]["ticket"] == 7


async def test_while_a_run_is_active_a_message_can_be_queued_and_taken_back(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "pipeline")
        await open_page(page, studio_url, thread_id)
        choice = page.locator("#double")
        await expect(choice.get_by_role("radio")).to_have_count(0)
        active = await work(client, thread_id, steps=200, delay=0.2)
        await expect(choice.get_by_role("radio")).to_have_count(4, timeout=PATIENT)
        await expect(choice.get_by_label("wait in the queue")).to_be_checked()

        await choice.get_by_label("stop it, keep its work").check()
        rows = page.locator("#history")
        before = str(await rows.get_attribute("data-total"))
        await expect(rows).not_to_have_attribute("data-total", before, timeout=PATIENT)
        await page.evaluate(REFRESH)
        await expect(choice.get_by_label("stop it, keep its work")).to_be_checked()

        await choice.get_by_label("wait in the queue").check()
        await page.get_by_label("JSON input").check()
        await send(page, '{"steps": 1, "delay": 0}')
        waiting = page.locator(".queue li")
        await expect(waiting).to_have_count(1, timeout=PATIENT)
        await expect(page.locator("#runstate")).to_have_attribute("data-run-id", active)
        await waiting.get_by_role("button", name="Remove").click()
        await expect(waiting).to_have_count(0, timeout=PATIENT)
        runs = await client.runs.list(thread_id)
        assert [(run["run_id"], run["status"]) for run in runs] == [(active, "running")]
        await client.runs.cancel(thread_id, active, wait=True)
        await expect(choice.get_by_role("radio")).to_have_count(0, timeout=PATIENT)
        await stop_all(client, thread_id)


async def test_erasing_asks_first_and_names_the_run(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "pipeline")
        await open_page(page, studio_url, thread_id)
        active = await work(client, thread_id, steps=200, delay=0.2)
        choice = page.locator("#double")
        await choice.get_by_label("stop it and erase it").check(timeout=PATIENT)
        await page.get_by_label("JSON input").check()
        await send(page, '{"steps": 1, "delay": 0}')
        panel = page.locator("#runproblem")
        await expect(panel).to_contain_text(f"Run …{active[-6:]} and every checkpoint that it has made would be gone")
        await expect(page.locator("#input")).to_have_value('{"steps": 1, "delay": 0}')
        assert [run["run_id"] for run in await client.runs.list(thread_id)] == [active]
        await panel.get_by_role("button", name="Erase it and send").click()
        await expect(page.locator("#input")).to_have_value("", timeout=PATIENT)
        await expect(page.locator(".head .chip")).to_have_attribute("data-status", "interrupted", timeout=PATIENT)
        (left,) = await client.runs.list(thread_id)
        assert left["run_id"] != active
        history = await client.threads.get_history(thread_id, limit=100)
        assert active not in {(entry["metadata"] or {}).get("run_id") for entry in history}
        await stop_all(client, thread_id)
    only_conflicts(page_complaints)


async def test_what_was_refused_can_be_queued_with_one_click(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "pipeline")
        await open_page(page, studio_url, thread_id)
        await work(client, thread_id, steps=200, delay=0.2)
        await page.locator("#double").get_by_label("refuse").check(timeout=PATIENT)
        await page.get_by_label("JSON input").check()
        await send(page, '{"steps": 1, "delay": 0}')
        await page.locator("#runproblem").get_by_role("button", name="Queue it").click()
        await expect(page.locator(".queue li")).to_have_count(1, timeout=PATIENT)
        await expect(page.locator("#input")).to_have_value("")
        strategies = {run["multitask_strategy"] for run in await client.runs.list(thread_id)}
        assert strategies == {"enqueue"}
        await stop_all(client, thread_id)
    only_conflicts(page_complaints)


async def test_the_page_of_an_active_run_shows_its_events_and_filters_them(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "pipeline")
        active = await work(client, thread_id, steps=200, delay=0.2)
        await open_page(page, studio_url, thread_id, f"runs/{active}/")
        events, chip = page.locator("#events li[data-mode]"), page.locator(".head .chip")
        await expect(page.locator("#events")).to_contain_text("so far")
        custom = page.locator("#events li[data-mode=custom]")
        await expect(custom.first).to_be_visible(timeout=PATIENT)
        for _ in range(3):  # it looks again and again, not once
            await expect(custom.nth(await custom.count())).to_be_attached(timeout=PATIENT)
        await page.get_by_label("Stream mode").select_option("custom")
        await expect(page).to_have_url(re.compile("mode=custom"))
        await expect(page.locator("#events li[data-mode=updates]")).to_have_count(0)
        first = events.first.locator("details")
        await first.locator("summary").click()
        await expect(first.locator("pre")).to_contain_text('"progress"')
        count = await events.count()
        await expect(events.nth(count)).to_be_attached(timeout=PATIENT)
        await expect(first.locator("pre")).to_contain_text('"progress"')  # what is open stays open
        await client.runs.cancel(thread_id, active, wait=True)
        await expect(page.locator("#events")).not_to_contain_text("so far", timeout=PATIENT)
        await expect(chip).to_have_text("interrupted")
        await stop_all(client, thread_id)


async def test_the_list_of_runs_follows_them_and_leads_to_their_checkpoints(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "pipeline")
        await client.runs.wait(thread_id, "pipeline", input={"steps": 1, "delay": 0})
        active = await work(client, thread_id, steps=18, delay=0.25)
        await open_page(page, studio_url, thread_id, "runs/")
        row = page.locator(f"tr[data-run-id='{active}']")
        await expect(row).to_have_attribute("data-status", "running", timeout=PATIENT)
        await expect(row).to_have_attribute("data-status", "success", timeout=PATIENT)
        await expect(row.get_by_role("button", name="Stop")).to_have_count(0)
        await row.get_by_role("link", name="checkpoints").click()
        marked = page.locator("[data-checkpoint-id].ofrun")
        await expect(marked).not_to_have_count(0)
        own = {
            entry["checkpoint"]["checkpoint_id"]
            for entry in await client.threads.get_history(thread_id, limit=100)
            if (entry["metadata"] or {}).get("run_id") == active
        }
        shown = await marked.evaluate_all("rows => rows.map((row) => row.dataset.checkpointId)")
        assert set(shown) == own
        await expect(page.locator("[data-checkpoint-id][aria-current=true]")).to_have_class(re.compile("ofrun"))
        await expect(page.locator(f".runline[value='{active}']")).to_have_attribute("aria-pressed", "true")
        await stop_all(client, thread_id)


async def test_a_refusal_is_told_though_a_refresh_took_its_form_away(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    held: list[Route] = []
    async with witness(server_url) as client:
        given = {"url": "https://prices.example"}
        thread_id = await ran(client, "flaky", given, interrupt_before=["fetch"])
        await open_page(page, studio_url, thread_id)
        await page.route("**/continue/", lambda route: held.append(route))
        async with page.expect_request("**/continue/"):
            await page.get_by_role("button", name="Resume").click()
        await client.runs.wait(thread_id, "flaky", input=None)
    await expect(page.get_by_role("button", name="Resume")).to_have_count(0, timeout=PATIENT)
    await held[0].continue_()
    await expect(page.locator("#runproblem")).to_contain_text("Nothing is left to do on this thread.")
    only_conflicts(page_complaints)
