"""Addresses: HTTP and sockets. Bookmarks and scripts depend on them."""

from typing import Any, cast

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from studio.catalog import health, threads
from studio.live.consumer import ThreadConsumer
from studio.workbench import diff, edit, fork, page, runs, state


class Id(StringConverter):
    """A thread or run id: what can stand in an address of the deployment as it is."""

    regex = "[A-Za-z0-9_-]{1,100}"


register_converter(Id, "id")
THREAD = "d/<slug:deployment>/threads/<id:thread_id>/"

urlpatterns = [
    path("", threads.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("d/<slug:deployment>/threads/", threads.listing, name="threads"),
    path("d/<slug:deployment>/threads/fresh/", threads.fresh, name="fresh"),
    path("d/<slug:deployment>/threads/new/", threads.new, name="new-thread"),
    path(THREAD, page.thread, name="thread"),
    path(f"{THREAD}live/", page.live, name="live"),
    path(f"{THREAD}history/", page.history, name="history"),
    path(f"{THREAD}earlier/", page.earlier, name="earlier"),
    path(f"{THREAD}inspector/", page.inspector, name="inspector"),
    path(f"{THREAD}diff/", diff.diff, name="diff"),
    path(f"{THREAD}history.json", state.history_json, name="history-json"),
    path(f"{THREAD}state/", state.branch, name="branch"),
    path(f"{THREAD}state.json", state.download, name="download"),
    path(f"{THREAD}edit/", edit.edit, name="edit"),
    path(f"{THREAD}send/", runs.send, name="send"),
    path(f"{THREAD}rerun/", runs.rerun, name="rerun"),
    path(f"{THREAD}resume/", runs.resume, name="resume"),
    path(f"{THREAD}fork/", fork.fork, name="fork"),
    path(f"{THREAD}runs/<id:run_id>/cancel/", runs.cancel, name="cancel"),
]

websocket_urlpatterns: Any = [
    path("ws/" + THREAD, cast("Any", ThreadConsumer.as_asgi())),
    re_path("", cast("Any", WebsocketDenier.as_asgi())),
]

handler400 = "studio.web.errors.malformed"
handler403 = "studio.web.errors.forbidden"
handler404 = "studio.web.errors.missing"
handler500 = "studio.web.errors.broken"
