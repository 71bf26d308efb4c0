"""Sockets to the application in this process."""

from typing import Any

from channels.testing import WebsocketCommunicator

PATIENCE = 20
"""Seconds in which the application has surely answered, or come to its end."""


class Socket(WebsocketCommunicator):
    """One that waits: after a second, which is long for a person only, a communicator would end the application in the
    midst of what it does."""

    async def receive_output(self, timeout: float = PATIENCE) -> Any:  # noqa: ASYNC109 – its signature
        """The next message of the application."""
        return await super().receive_output(max(timeout, PATIENCE))

    async def wait(self, timeout: float = PATIENCE) -> None:  # noqa: ASYNC109
        """Let the application come to its end."""
        await super().wait(max(timeout, PATIENCE))
