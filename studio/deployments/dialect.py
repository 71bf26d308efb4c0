"""Which server is at the other end, and what it lacks: asked once per deployment and process.

Three servers speak this API: the official Python one, the official JS one, and Aegra. What a probe cannot tell is
learnt at the first refusal.
"""

from dataclasses import dataclass
from typing import Any

from studio.deployments.config import Deployment
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.deployments.requests import read


@dataclass(slots=True)
class Dialect:
    """What a deployment is and can do. `flavour`: official, js or aegra; `measures`: it tells what a thread stores;
    `rings`: a thread has a stream of its own, which tells when a run begins; `breaks`: its runs stop at breakpoints;
    `builds`: a thread can be made with super-steps in it; `remembers`: a thread keeps the graph that it was made for;
    `heeds`: it lets no run work beside another one, and no write come in between, but does what the strategy says;
    `conflicts`: a second run that it refuses is a conflict, and not just something invalid;
    `erases`: a run that works can be removed with its checkpoints;
    `sticks`: after a run from a checkpoint, all others go on from that one too, unless they are told not to;
    `restarts`: a run without input begins at the start of its graph."""

    flavour: str
    version: str
    selects: bool = True
    extracts: bool = True
    counts: bool = True
    measures: bool = True
    rings: bool = True
    breaks: bool = True
    builds: bool = True
    remembers: bool = True
    heeds: bool = True
    conflicts: bool = True
    erases: bool = True
    sticks: bool = False
    restarts: bool = False

    @property
    def strategies(self) -> tuple[str, ...]:
        """What can be done with a run that is started while another one works; the first loses nothing."""
        if not self.heeds:
            return ("reject", "interrupt")
        return ("enqueue", "interrupt", *["rollback"] * self.erases, "reject")

    @property
    def replay_from(self) -> str:
        """The Last-Event-ID that means "from the start of the run"."""
        return "-1" if self.flavour == "js" else "-"


_known: dict[Deployment, Dialect] = {}


async def dialect(gateway: Gateway) -> Dialect:
    """The dialect of this deployment; raises when it does not answer, so that the next request asks again."""
    known = _known.get(gateway.deployment)
    if known is None:
        known = _known[gateway.deployment] = await _ask(gateway)
    return known


async def answers(gateway: Gateway) -> bool:
    """Whether the deployment answers now; when another server answers than before, it is known from now on."""
    try:
        now = await _ask(gateway)
    except DeploymentError:
        return False
    known = _known.get(gateway.deployment)
    if known is None or (known.flavour, known.version) != (now.flavour, now.version):
        _known[gateway.deployment] = now
    return True


async def _ask(gateway: Gateway) -> Dialect:
    info: Any = await read(gateway, "The server's description", lambda: gateway.sdk.http.get("/info"))
    return _recognise(info if isinstance(info, dict) else {})


def _recognise(info: dict[str, Any]) -> Dialect:
    version = str(info.get("version") or "")
    if info.get("name") == "Aegra":
        lacks = {"selects": False, "extracts": False, "counts": False, "measures": False}
        lacks |= {"rings": False, "breaks": False, "builds": False, "remembers": False, "heeds": False, "erases": False}
        return Dialect("aegra", version, **lacks, restarts=True)
    if info.get("context") == "js":
        lacks = {"extracts": False, "measures": False, "rings": False, "conflicts": False, "erases": False}
        return Dialect("js", version, **lacks, sticks=True)
    return Dialect("official", version)
