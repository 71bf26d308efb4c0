"""The sample graphs of demo/, as far as the contract needs them, for the fake."""

from typing import Any

from studio.testing import FakeDeployment, interrupt


def serve_samples(fake: FakeDeployment) -> None:
    """Have the fake offer what the embedded server offers."""
    fake.add_graph("flaky", {"plan": _plan, "fetch": _fetch, "report": lambda values: {}})
    nodes = {"prepare": lambda values: {"step": 0}, "process": lambda values: {"step": 1}}
    fake.add_graph("pipeline", {**nodes, "confirm": _confirm, "publish": lambda values: {"published": True}})


def _plan(values: dict[str, Any]) -> dict[str, Any]:
    return {"url": "https://prices.invalid/hong-kong"}


def _fetch(values: dict[str, Any]) -> dict[str, Any]:
    raise TimeoutError(f"fetch of {values['url']} took longer than 30 s")


def _confirm(values: dict[str, Any]) -> dict[str, Any]:
    return {"approved": interrupt({"question": "301 rows differ. Publish anyway?"}) == "yes"}
