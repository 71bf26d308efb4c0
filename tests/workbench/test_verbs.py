"""Work that outlives the request that began it."""

import asyncio
import logging

import pytest

from studio.deployments.errors import DeploymentError
from studio.workbench.verbs import finish


async def test_work_goes_on_when_nobody_waits_and_its_failure_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    begun, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(0)
            raise DeploymentError("conflict", "Somebody else was faster.")
        finally:
            done.set()

    waiting = asyncio.ensure_future(finish(work()))
    await begun.wait()
    waiting.cancel()
    with caplog.at_level(logging.WARNING, logger="studio.workbench.verbs"):
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await done.wait()
        await asyncio.sleep(0)
    assert "A verb whose browser had gone failed: Somebody else was faster." in caplog.text


async def test_a_failure_that_is_waited_for_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise DeploymentError("conflict", "Somebody else was faster.")

    with pytest.raises(DeploymentError):
        await finish(work())
    assert caplog.text == ""
