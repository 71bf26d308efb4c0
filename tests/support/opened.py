"""Pages of threads as a person opens and uses them."""

from playwright.async_api import Locator, Page, expect

PATIENT = 20_000
"""Milliseconds in which a page, a server or a run has surely done what is waited for."""
REFRESH = """() => new Promise((done) => {
  document.addEventListener("htmx:afterSettle", () => done(), { once: true });
  document.body.dispatchEvent(new Event("studio:changed"));
})"""
"""Lets the page fetch the state anew, as it does when something has happened."""
CUT = """() => new Promise((done) => {
  new MutationObserver((_, observer) => {
    const { connection } = document.getElementById("connection").dataset;
    if (connection === "live") return;
    observer.disconnect();
    done(connection);
  }).observe(document, { subtree: true, attributeFilter: ["data-connection"] });
  document.querySelector("thread-live").socket.close();
})"""
"""Takes its socket from the page; what the page says then, which it says for a moment only."""


async def open_page(page: Page, studio_url: str, thread_id: str, rest: str = "") -> None:
    """Open the page of a thread, or one below it; that of the thread itself is live then."""
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/{rest}")
    if not rest or rest.startswith("?"):
        await live(page)


async def live(page: Page) -> None:
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")


async def send(page: Page, text: str) -> None:
    """Type into the run bar and send it."""
    await page.locator("#input").fill(text)
    await page.get_by_role("button", name="Send", exact=True).click()


async def send_json(page: Page, text: str) -> None:
    """The same with an input for the graph."""
    await page.get_by_label("JSON input").check()
    await send(page, text)


def thread_of(page: Page) -> str:
    """The id of the thread that is on show."""
    return page.url.split("/threads/")[1].split("/")[0]


def answer(page: Page) -> Locator:
    """What the graph has said, as part of the state."""
    return page.locator("#conversation article[data-role=ai]")
