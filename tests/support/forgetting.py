"""A browser profile as good as new, without losing its cache."""

from playwright.async_api import BrowserContext


async def forget(profile: BrowserContext) -> None:
    """Close all pages; drop cookies, permissions, and what the pages stored."""
    blank = await profile.new_page()
    for page in profile.pages:
        if page != blank:
            await page.close()
    await profile.clear_cookies()
    await profile.clear_permissions()
    session = await profile.new_cdp_session(blank)
    await session.send("Storage.clearDataForOrigin", {"origin": "*", "storageTypes": "local_storage,indexeddb"})
    await blank.close()
