"""Addresses: HTTP and sockets. Bookmarks and scripts depend on them."""

from typing import Any, cast

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from studio.catalog import health, inbox, threads
from studio.live.consumer import ThreadConsumer
from studio.workbench.asking import answers, question_form
from studio.workbench.edits import edit, message_verbs, state_edit
from studio.workbench.graphs import graph
from studio.workbench.page import diff, fork, page, sent, state
from studio.workbench.running import replay, runlist, runpage, runs, send, sendform


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
    ("graph/", graph.graph, "graph"),
    ("history.json", state.history_json, "history-json"),
    ("state/", state.branch, "branch"),
    ("state.json", state.download, "download"),
)
"""What can be read of a thread, and of each of its subgraphs in the same way."""
EDITING = (
    ("state/edit/", state_edit.state_edit, "edit-state"),  # before what it ends with: a namespace may have slashes
    ("edit/", edit.edit, "edit"),
    ("message/", message_verbs.menu, "message"),
    ("message/delete/", message_verbs.remove, "delete-message"),
    ("message/insert/", message_verbs.insert, "insert-message"),
)
"""What can be edited of a thread, and of each of its subgraphs in the same way."""

urlpatterns = [
    path("", threads.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("d/<slug:deployment>/threads/", threads.listing, name="threads"),
    path("d/<slug:deployment>/threads/fresh/", threads.fresh, name="fresh"),
    path("d/<slug:deployment>/threads/new/", threads.new, name="new-thread"),
    path("d/<slug:deployment>/inbox/", inbox.listing, name="inbox"),
    path("d/<slug:deployment>/inbox/count/", inbox.count, name="inbox-count"),
    path(THREAD, page.thread, name="thread"),
    *(path(THREAD + tail, view, name=name) for tail, view, name in READING + EDITING),
    path(f"{THREAD}fields/", sendform.fields, name="fields"),
    path(f"{THREAD}versions/", sendform.versions, name="versions"),
    path(f"{THREAD}message/regenerate/", message_verbs.regenerate, name="regenerate"),
    path(f"{THREAD}send/", send.send, name="send"),
    path(f"{THREAD}rerun/", runs.rerun, name="rerun"),
    path(f"{THREAD}ask/", question_form.ask, name="ask"),
    path(f"{THREAD}resume/", answers.resume, name="resume"),
    path(f"{THREAD}end/", answers.end, name="end"),
    path(f"{THREAD}continue/", runs.go_on, name="continue"),
    path(f"{THREAD}fork/", fork.fork, name="fork"),
    path(f"{THREAD}runs/", runlist.listing, name="runs"),
    path(f"{THREAD}sent/", sent.listing, name="sent"),
    path("d/<slug:deployment>/sent/", sent.listing, name="all-sent"),
    path(f"{THREAD}runs/clear/", runlist.clear, name="clear-queue"),
    path(f"{THREAD}runs/<id:run_id>/", runpage.one, name="run"),
    path(f"{THREAD}runs/<id:run_id>/events/", runpage.event, name="run-events"),
    path(f"{THREAD}runs/<id:run_id>/replay/", replay.replay, name="replay"),
    path(f"{THREAD}runs/<id:run_id>/cancel/", runs.cancel, name="cancel"),
    path(f"{THREAD}runs/<id:run_id>/delete/", runlist.delete, name="delete-run"),
    path(f"{THREAD}runs/<id:run_id>/repeat/", runlist.repeat, name="repeat-run"),
    *(path(INSIDE + tail, view, name=f"inside-{name}") for tail, view, name in READING + EDITING),
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
