"""Fork to a new thread: copy it with its whole history, then go there."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from studio.catalog.failures import upstream
from studio.deployments import states, threads
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import Gateway
from studio.workbench.links import thread_url
from studio.workbench.verbs import enter, finish, go


@require_POST
async def fork(request: HttpRequest, deployment: str, thread_id: str) -> HttpResponse:
    """Copy the thread; the copy opens at the checkpoint that was on show, whose id it keeps."""
    gateway = await enter(request, deployment, "thread.copy", thread_id=thread_id)
    checkpoint_id = request.POST.get("checkpoint") or None
    try:
        if checkpoint_id:
            await states.at(gateway, thread_id, checkpoint_id)  # the copy would open at one that is not there
        copied = await finish(_copy(gateway, thread_id))
    except DeploymentError as error:
        return upstream(request, error, kept="The thread is as it was.")
    messages.success(request, "This is a copy with the whole history. The original is untouched.")
    return go(request, thread_url(deployment, copied, checkpoint_id))


async def _copy(gateway: Gateway, thread_id: str) -> str:
    original = await threads.get(gateway, thread_id)
    return await threads.copy(gateway, thread_id, f"{original.title} (copy)")
