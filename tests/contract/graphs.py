"""The sample graphs of demo/, as far as the contract needs them, for the fake."""

from collections.abc import Callable
from typing import Any

from studio.testing import FakeDeployment, interrupt


def serve_samples(fake: FakeDeployment) -> None:
    """Have the fake offer what the embedded server offers."""
    trip = {name: _asks(name) for name in ("flight", "visa")}
    fake.add_graph("parallel", {"hotel": lambda values: {}, **trip}, steps=(("hotel", *trip),))
    fake.add_graph("flaky", {"plan": _plan, "fetch": _fetch, "report": lambda values: {}})
    nodes = {"prepare": lambda values: {"step": 0}, "process": lambda values: {"step": 1}}
    fake.add_graph("pipeline", {**nodes, "confirm": _confirm, "publish": lambda values: {"published": True}})


def _asks(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda values: {name: interrupt(f"{name}?")}


def _plan(values: dict[str, Any]) -> dict[str, Any]:
    return {"url": "https://prices.invalid/hong-kong"}


def _fetch(values: dict[str, Any]) -> dict[str, Any]:
    raise TimeoutError(f"fetch of {values['url']} took longer than 30 s")


def _confirm(values: dict[str, Any]) -> dict[str, Any]:
    return {"approved": interrupt({"question": "301 rows differ. Publish anyway?"}) == "yes"}
