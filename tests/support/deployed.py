"""A real server as Studio's only deployment, with the SDK beside it as a witness."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.test import override_settings
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from demo.embedded import embedded_server
from studio.deployments.config import Deployment
from tests.support.need import need_server


@contextmanager
def serving(home: Path, **graphs: Path) -> Iterator[str]:
    """The address of a server that serves these graphs, each the `graph` of a file."""
    need_server()
    config = home / "config.json"
    served = {name: f"{file}:graph" for name, file in graphs.items()}
    config.write_text(json.dumps({"dependencies": ["."], "graphs": served}))
    with embedded_server(home / "server", config) as server:
        server.wait_ready()
        yield server.url


@contextmanager
def witnessed(url: str) -> Iterator[SyncLangGraphClient]:
    """A client of a server that Studio knows as “local”."""
    with (
        override_settings(STUDIO_DEPLOYMENTS={"local": Deployment("local", url)}),
        get_sync_client(url=url, api_key=None) as client,
    ):
        yield client


def ran(client: SyncLangGraphClient, graph: str, *inputs: Any, **asked: Any) -> str:
    """The id of a thread on which a graph has run with each of these inputs, to its end or until it stopped."""
    thread_id = str(client.threads.create(graph_id=graph)["thread_id"])
    for given in inputs:
        client.runs.wait(thread_id, graph, input=given, raise_error=False, **asked)
    return thread_id
