"""Addresses: HTTP and sockets. Bookmarks and scripts depend on them."""

from typing import Any, cast

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from studio.catalog import health, threads
from studio.live.consumer import ThreadConsumer
from studio.workbench import diff, edit, fork, page, replay, runlist, runpage, runs, state


class Id(StringConverter):
    """A thread or run id: what can stand in an address of the deployment as it is."""

    regex = "[A-Za-z0-9_-]{1,100}"


class Namespace(StringConverter):
    """The checkpoint namespace of a subgraph; the names of nodes may have slashes in them."""

    regex = ".{1,1000}?"


register_converter(Id, "id")
register_converter(Namespace, "namespace")
THREAD = "d/<slug:deployment>/threads/<id:thread_id>/"
INSIDE = THREAD + "in/<namespace:namespace>/"
READING = (
    ("live/", page.live, "live"),
    ("history/", page.history, "history"),
    ("earlier/", page.earlier, "earlier"),
    ("inspector/", page.inspector, "inspector"),
    ("diff/", diff.diff, "diff"),
    ("history.json", state.history_json, "history-json"),
    ("state/", state.branch, "branch"),
    ("state.json", state.download, "download"),
)
"""What can be read of a thread, and of each of its subgraphs in the same way."""

urlpatterns = [
    path("", threads.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("d/<slug:deployment>/threads/", threads.listing, name="threads"),
    path("d/<slug:deployment>/threads/fresh/", threads.fresh, name="fresh"),
    path("d/<slug:deployment>/threads/new/", threads.new, name="new-thread"),
    path(THREAD, page.thread, name="thread"),
    *(path(THREAD + tail, view, name=name) for tail, view, name in READING),
    path(f"{THREAD}edit/", edit.edit, name="edit"),
    path(f"{THREAD}send/", runs.send, name="send"),
    path(f"{THREAD}rerun/", runs.rerun, name="rerun"),
    path(f"{THREAD}resume/", runs.resume, name="resume"),
    path(f"{THREAD}continue/", runs.go_on, name="continue"),
    path(f"{THREAD}fork/", fork.fork, name="fork"),
    path(f"{THREAD}runs/", runlist.listing, name="runs"),
    path(f"{THREAD}runs/clear/", runlist.clear, name="clear-queue"),
    path(f"{THREAD}runs/<id:run_id>/", runpage.one, name="run"),
    path(f"{THREAD}runs/<id:run_id>/events/", runpage.event, name="run-events"),
    path(f"{THREAD}runs/<id:run_id>/replay/", replay.replay, name="replay"),
    path(f"{THREAD}runs/<id:run_id>/cancel/", runs.cancel, name="cancel"),
    path(f"{THREAD}runs/<id:run_id>/delete/", runlist.delete, name="delete-run"),
    path(f"{THREAD}runs/<id:run_id>/repeat/", runlist.repeat, name="repeat-run"),
    *(path(INSIDE + tail, view, name=f"inside-{name}") for tail, view, name in READING),
    path(INSIDE, page.thread, name="inside"),
]

websocket_urlpatterns: Any = [
    path("ws/" + THREAD, cast("Any", ThreadConsumer.as_asgi())),
    re_path("", cast("Any", WebsocketDenier.as_asgi())),
]

handler400 = "studio.web.errors.malformed"
handler403 = "studio.web.errors.forbidden"
handler404 = "studio.web.errors.missing"
handler500 = "studio.web.errors.broken"
