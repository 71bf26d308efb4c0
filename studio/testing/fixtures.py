"""Putting fakes in the place of deployments, for a block or for a test."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from django.test import override_settings

from studio.deployments import dialect
from studio.deployments.config import Deployment
from studio.deployments.gateway import upstream
from studio.testing import other_routes, run_routes, state_routes, thread_routes  # noqa: F401 – they register themselves
from studio.testing.deployment import FakeDeployment
from studio.testing.transport import FakeTransport


@contextmanager
def playing(*fakes: FakeDeployment) -> Iterator[None]:
    """Let Studio know these deployments and no others, the first being the default; nothing else is reached."""
    by_url = {fake.deployment.url: fake for fake in fakes}

    def connect(deployment: Deployment) -> httpx.AsyncBaseTransport:
        return FakeTransport(by_url[deployment.url])

    before = upstream.transport
    upstream.transport = connect
    dialect._known.clear()
    try:
        with override_settings(STUDIO_DEPLOYMENTS={fake.deployment.slug: fake.deployment for fake in fakes}):
            yield
    finally:
        upstream.transport = before
        dialect._known.clear()


@pytest.fixture
def fake_deployment() -> Iterator[FakeDeployment]:
    """The one deployment that Studio knows in this test, called `local`, played by the test."""
    fake = FakeDeployment()
    with playing(fake):
        yield fake
