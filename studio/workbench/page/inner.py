"""What may be done on the page of a subgraph: its state can be edited as long as something will read it."""

from typing import Any

from django.http import HttpRequest

from studio.access.permissions import may_write
from studio.deployments.errors import DeploymentError
from studio.workbench.desk import Desk
from studio.workbench.edits.inside import entered_at, look
from studio.workbench.links import thread_url


async def shown(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """What the templates need: `may_edit` the states, and on the page of a subgraph that it takes no runs, the subgraph
    as `inside`, and the address at which the thread can be edited `instead`."""
    may_edit = may_write(request)
    if not desk.namespace:
        return {"may_edit": may_edit}
    try:
        inside = await look(desk.gateway, desk.thread, desk.namespace, desk.selected)
    except DeploymentError:
        return {"may_write": False, "may_edit": may_edit}  # whether it can be written is looked at again then
    entered = entered_at(desk.selected.metadata) if desk.selected else ""
    instead = thread_url(desk.slug, desk.thread.id, entered or None)
    return {"may_write": False, "may_edit": may_edit and not inside.closed, "inside": inside, "instead": instead}
