"""The servers of this suite, each started once a session, and a Studio that knows one of them as its deployment."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from studio.deployments import assistants, dialect
from tests.conftest import LOGS
from tests.dialects.serving import Server, aegra_server, js_server
from tests.dialects.world import World
from tests.support.deployed import witnessed

STARTERS = {"js": js_server, "aegra": aegra_server}


@pytest.fixture(scope="session", params=list(STARTERS))
def flavour(request: pytest.FixtureRequest) -> str:
    """The kind of server that is at the other end."""
    return str(request.param)


@pytest.fixture(scope="session")
def dialect_server(
    flavour: str, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Server]:
    with STARTERS[flavour](tmp_path_factory.mktemp(flavour)) as server:
        pytestconfig.stash[LOGS]["dialect_server"] = server.log
        yield server


@pytest.fixture
def world(flavour: str, dialect_server: Server, transactional_db: None) -> Iterator[World]:
    with witnessed(dialect_server.url) as sdk, _forgetting():
        yield World(flavour, dialect_server.url, sdk)


@contextmanager
def _forgetting() -> Iterator[None]:
    """What has been learnt of a server goes: another one may answer next."""
    try:
        yield
    finally:
        dialect._known.clear()
        assistants._listed._answers.clear()
