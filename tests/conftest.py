"""Fixtures for every room: a real deployment, a real Studio, a real browser, each started once a session.

Tests that use them are marked `server` and `browser` by themselves: `make test ARGS='-m "not browser"'`.
"""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from langgraph_sdk.client import SyncLangGraphClient
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from demo.embedded import embedded_server
from tests.support.browser import ARGUMENTS
from tests.support.deployed import witnessed
from tests.support.forgetting import forget
from tests.support.need import need_chromium, need_server
from tests.support.opened import PATIENT
from tests.support.page_guard import collect_complaints
from tests.support.studio import running_studio

LOGS = pytest.StashKey[dict[str, Path]]()

# How long something takes says more about the machine than about Studio: no test fails for that alone.
expect.set_options(timeout=PATIENT)
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LOGS] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server or a browser; the one browser of the session lives in the session's event loop."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "server_url" in fixtures:
            item.add_marker("server")
        if "browser" in fixtures:
            item.add_marker("browser")
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failed test what the servers that it used wrote last."""
    report = yield
    if report.failed:
        for fixture, log in item.config.stash[LOGS].items():
            if fixture in getattr(item, "fixturenames", ()):
                report.sections.append((f"log of {fixture}", log.read_text(errors="replace")[-4000:]))
    return report


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a fresh deployment that serves the sample graphs and holds no threads but those of tests."""
    need_server()
    with embedded_server(tmp_path_factory.mktemp("server")) as server:
        pytestconfig.stash[LOGS]["server_url"] = server.child.log
        server.wait_ready()
        yield server.url


@pytest.fixture
def sdk(server_url: str) -> Iterator[SyncLangGraphClient]:
    """A witness of that deployment, which is the only one that Studio knows here."""
    with witnessed(server_url) as client:
        yield client


@pytest.fixture(scope="session")
def seeded_url(server_url: str) -> str:
    """The same deployment, with the sample threads in it."""
    from demo.seed import seed

    asyncio.run(seed(server_url))
    return server_url


@pytest.fixture(scope="session")
def studio_url(server_url: str, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    """The address of a Studio that looks at `server_url`."""
    with running_studio(tmp_path_factory.mktemp("studio"), LANGGRAPH_URL=server_url) as (url, log):
        pytestconfig.stash[LOGS]["studio_url"] = log
        yield url


@pytest.fixture(scope="session")
def chromium_path() -> str:
    return need_chromium()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def profile(browser: Browser) -> AsyncIterator[BrowserContext]:
    """What the pages of a module share: a cache, so that scripts and styles are fetched once. Nothing moves without end
    there: to draw a spinner sixty times a second takes what the servers need."""
    context = await browser.new_context(reduced_motion="reduce")
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(profile: BrowserContext, page_complaints: list[str]) -> AsyncIterator[Page]:
    """A page that finds nothing of the one before. The test fails when it complained: see `page_complaints`. What a
    test does to the whole context (a clock, a script for all pages) stays for the rest of its module."""
    page = await profile.new_page()
    collect_complaints(page, page_complaints)
    yield page
    await forget(profile)
    assert page_complaints == [], "the page complained in its console"


@pytest.fixture
def page_complaints() -> list[str]:
    """Console errors and the like so far. A test that provokes some on purpose checks and clears them."""
    return []
