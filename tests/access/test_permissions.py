"""Who may do what, what is written down of it, and settings that are refused."""

import json
import logging

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.test.utils import override_settings

from studio.access import audit, permissions
from studio.access.checks import hosts_are_named
from studio.testing import FakeDeployment


def test_verbs_are_allowed_unless_studio_only_reads(rf: RequestFactory) -> None:
    request = rf.post("/")
    permissions.require(request, "run.start", "local")
    assert permissions.may_write(request)
    with override_settings(STUDIO_READ_ONLY=True):
        assert not permissions.may_write(request)
        with pytest.raises(PermissionDenied, match="STUDIO_READ_ONLY"):
            permissions.require(request, "run.start", "local")


@override_settings(STUDIO_READ_ONLY=True)
def test_a_studio_that_only_reads_says_so_and_still_reads(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello!")
    page = client.get("/d/local/threads/")
    assert page.status_code == 200
    assert thread.id in page.content.decode()
    assert "read only" in page.content.decode()


@override_settings(STUDIO_READ_ONLY=True)
def test_a_refused_verb_reaches_neither_the_deployment_nor_the_audit(
    client: Client, fake_deployment: FakeDeployment, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "studio.audit"):
        response = client.post("/d/local/threads/new/", {"assistant": "chat"})
    assert response.status_code == 403
    assert "nothing was sent to the deployment" in response.content.decode()
    assert fake_deployment.requests == []
    assert [record for record in caplog.records if record.name == "studio.audit"] == []


def test_the_audit_names_verb_place_and_ids(rf: RequestFactory, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "studio.audit"):
        audit.record(rf.post("/"), "run.start", "local", thread_id="t1", run_id=None, message_id='a\n"b')
    (record,) = caplog.records
    assert "\n" not in record.getMessage(), "one line, whatever an id holds"
    assert json.loads(record.getMessage()) == {
        "verb": "run.start",
        "deployment": "local",
        "from": "127.0.0.1",
        "thread_id": "t1",
        "message_id": 'a\n"b',
    }


def test_the_settings_as_they_are_pass_the_checks() -> None:
    assert hosts_are_named(None) == []
    assert run_checks(tags=["studio"]) == []


@pytest.mark.parametrize("hosts", [["*"], ["localhost", "*"]])
def test_a_wildcard_for_hosts_is_refused(hosts: list[str]) -> None:
    with override_settings(ALLOWED_HOSTS=hosts):
        assert [error.id for error in run_checks(tags=["studio"])] == ["studio.E001"]


def test_nothing_is_debugged_in_the_open() -> None:
    assert settings.DEBUG is False
