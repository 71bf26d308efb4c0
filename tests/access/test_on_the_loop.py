"""Django's own middlewares, whose steps are taken where the request is."""

import threading
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.test import AsyncClient, Client

FORM = "application/x-www-form-urlencoded"
STEPS = [
    (CommonMiddleware, "process_request"),
    (CommonMiddleware, "process_response"),
    (CsrfViewMiddleware, "process_request"),
    (CsrfViewMiddleware, "process_view"),
    (CsrfViewMiddleware, "process_response"),
    (MessageMiddleware, "process_request"),
    (MessageMiddleware, "process_response"),
]


@pytest.mark.parametrize(("middleware", "step"), STEPS, ids=lambda value: getattr(value, "__name__", value))
async def test_each_step_stays_on_the_thread_of_the_loop(
    middleware: Any, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    original = getattr(middleware, step)

    def noting(*args: Any) -> Any:
        taken.append(threading.get_ident())
        return original(*args)

    monkeypatch.setattr(middleware, step, noting)
    assert (await AsyncClient().get("/healthz")).status_code == 200
    assert taken == [threading.get_ident()]


@pytest.mark.parametrize(("length", "aside"), [(99_000, False), (101_000, True)])
async def test_a_large_form_is_read_beside_the_loop(length: int, aside: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    original = CsrfViewMiddleware.process_view

    def noting(self: Any, request: HttpRequest, *args: Any) -> Any:
        read.append(threading.get_ident())
        return original(self, request, *args)

    monkeypatch.setattr(CsrfViewMiddleware, "process_view", noting)
    client = AsyncClient(enforce_csrf_checks=True)
    answer = await client.post("/d/local/threads/new/", "x" * length, content_type=FORM)
    assert answer.status_code == 403
    assert (read != [threading.get_ident()]) is aside


@pytest.mark.parametrize("token", ["a" * 32, "b" * 32])
async def test_what_is_wrong_with_a_large_form_is_told_as_ever(token: str, settings: Any) -> None:
    one, other = Client(enforce_csrf_checks=True), AsyncClient(enforce_csrf_checks=True)
    for client in (one, other):
        client.cookies["csrftoken"] = "a" * 32
    for most, status in ((2_000_000, 404 if token == "a" * 32 else 403), (100_000, 413)):
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = most
        form = urlencode({"text": "x" * 1_000_000, "csrfmiddlewaretoken": token})
        there = await other.post("/d/nowhere/threads/new/", form, content_type=FORM)
        here = await sync_to_async(one.post)("/d/nowhere/threads/new/", form, content_type=FORM)
        assert there.status_code == here.status_code == status


def test_a_form_without_its_token_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/d/local/threads/new/").status_code == 403


async def test_a_form_without_its_token_is_refused_on_the_loop_too() -> None:
    assert (await AsyncClient(enforce_csrf_checks=True).post("/d/local/threads/new/")).status_code == 403


async def test_an_address_without_its_slash_leads_to_the_one_with_it() -> None:
    assert (await AsyncClient().get("/d/local/threads"))["Location"] == "/d/local/threads/"
