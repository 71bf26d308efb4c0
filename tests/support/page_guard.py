"""Whatever a page complains about in its console is a failure of the test that opened it."""

from playwright.async_api import ConsoleMessage, Error, Page


def collect_complaints(page: Page, complaints: list[str]) -> None:
    """Fill `complaints` with the page's console errors, uncaught exceptions and violations of its content policy.

    Chromium reports violations of the content security policy in the console, as errors.
    """

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" or "Content Security Policy" in message.text:
            complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def on_page_error(error: Error) -> None:
        complaints.append(f"uncaught: {error}")

    page.on("console", on_console)
    page.on("pageerror", on_page_error)
