"""Addresses of the thread page. One place, so that bookmarks stay good."""

from urllib.parse import urlencode

from django.urls import reverse


def thread_url(
    deployment: str, thread_id: str, checkpoint: str | None = None, tab: str = "", namespace: str = ""
) -> str:
    """The page of a thread or of one of its subgraphs, at one checkpoint or following its head."""
    query = {"checkpoint": checkpoint, "tab": tab}
    base = (
        reverse("inside", args=[deployment, thread_id, namespace])
        if namespace
        else reverse("thread", args=[deployment, thread_id])
    )
    asked = urlencode({key: value for key, value in query.items() if value})
    return f"{base}?{asked}" if asked else base


def runs_url(deployment: str, thread_id: str) -> str:
    """The list of a thread's runs."""
    return reverse("runs", args=[deployment, thread_id])


def diff_url(deployment: str, thread_id: str, a: str, b: str, namespace: str = "") -> str:
    """The comparison of two checkpoints of a thread."""
    return f"{thread_url(deployment, thread_id, namespace=namespace)}diff/?{urlencode({'a': a, 'b': b})}"
