"""Assistants and the nodes of their graphs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from studio.deployments.config import Deployment
from studio.deployments.errors import translated
from studio.deployments.gateway import Gateway
from studio.deployments.kept import Kept
from studio.deployments.requests import read, unless_refused
from studio.deployments.wire import parse_time
from studio.history.blocks import text_of
from studio.history.model import Json

MOST_VERSIONS = 100
PAGE, MOST_LISTED = 100, 500
"""Assistants that are asked for at once, which is what Aegra gives at most, and those that are listed."""
_listed: Kept[Deployment, list["Assistant"]] = Kept(seconds=15, most=100)


@dataclass(frozen=True, slots=True)
class Assistant:
    """A graph with a configuration, under a name. `default`: the one that the server made for the graph itself."""

    id: str
    name: str
    graph_id: str
    default: bool = False

    @property
    def label(self) -> str:
        """The name, with the graph where it says something more."""
        return self.name if self.name == self.graph_id else f"{self.name} ({self.graph_id})"


@dataclass(frozen=True, slots=True)
class Version:
    """What an assistant was at some time. `latest`: what it is now, which is what its runs get; that need not be the
    newest one."""

    number: int
    graph_id: str
    name: str
    description: str = ""
    created_at: datetime | None = None
    config: Mapping[str, Json] = field(default_factory=dict)
    context: Mapping[str, Json] = field(default_factory=dict)
    latest: bool = False

    @property
    def configurable(self) -> dict[str, Json]:
        """Its settings, whether they were made as configuration or as context."""
        own = self.config.get("configurable")
        return {**(own if isinstance(own, dict) else {}), **self.context}

    @property
    def settings(self) -> frozenset[str]:
        """The names of all that it sets."""
        return frozenset(self.configurable) | frozenset(self.config) - {"configurable"}


async def search(gateway: Gateway) -> list[Assistant]:
    """The assistants of a deployment, by graph and name, the default one of each graph first; every page shows them, so
    they are asked for only now and then."""
    return await _listed.get(gateway.deployment, lambda: _all(gateway))


async def _all(gateway: Gateway) -> list[Assistant]:
    found: list[Assistant] = []
    while len(found) % PAGE == 0 and len(found) < MOST_LISTED:
        rows = await _page(gateway, len(found))
        if not rows:
            break
        with translated(gateway.deployment):
            found += [_assistant(row) for row in rows]
    return sorted(found, key=lambda a: (a.graph_id, not a.default, a.name, a.id))


async def _page(gateway: Gateway, offset: int) -> Any:
    return await read(gateway, "The assistants", lambda: gateway.sdk.assistants.search(limit=PAGE, offset=offset))


async def id_of(gateway: Gateway, name: str) -> str:
    """The id of an assistant for what may be the name of a graph, which servers take for a run and not to describe it:
    that of the graph's default assistant. What is neither stays as it is, and so does any name where they cannot be
    listed."""
    known = await unless_refused(search(gateway)) or []
    if any(one.id == name for one in known):
        return name
    return next((one.id for one in known if one.graph_id == name), name)


async def versions(gateway: Gateway, assistant_id: str) -> list[Version]:
    """The newest versions of an assistant, newest first, and the one in force wherever it stands in that order."""
    present, rows = await asyncio.gather(
        read(gateway, "The assistant", lambda: gateway.sdk.assistants.get(assistant_id)),
        read(
            gateway,
            "The list of its versions",
            lambda: gateway.sdk.assistants.get_versions(assistant_id, limit=MOST_VERSIONS),
        ),
    )
    with translated(gateway.deployment):
        found = {version.number: version for version in map(_version, rows)}
        latest = _version(present)
        made = found.get(latest.number, latest).created_at
        found[latest.number] = replace(latest, latest=True, created_at=made)
    return sorted(found.values(), key=lambda version: version.number, reverse=True)


def _assistant(row: Any) -> Assistant:
    by_system = (row.get("metadata") or {}).get("created_by") == "system"
    return Assistant(row["assistant_id"], row.get("name") or row["graph_id"], row["graph_id"], by_system)


def _version(row: Any) -> Version:
    return Version(
        number=int(row["version"]),
        graph_id=row["graph_id"],
        name=text_of(row.get("name")),
        description=text_of(row.get("description")),
        created_at=parse_time(row.get("created_at")),
        config=dict(row.get("config") or {}),
        context=dict(row.get("context") or {}),
    )
