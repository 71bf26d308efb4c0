"""Django's own middlewares, whose steps are taken where the request is."""

import threading
from typing import Any

import pytest
from django.contrib.messages.middleware import MessageMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.test import AsyncClient, Client

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


def test_a_form_without_its_token_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/d/local/threads/new/").status_code == 403


async def test_a_form_without_its_token_is_refused_on_the_loop_too() -> None:
    assert (await AsyncClient(enforce_csrf_checks=True).post("/d/local/threads/new/")).status_code == 403


async def test_an_address_without_its_slash_leads_to_the_one_with_it() -> None:
    assert (await AsyncClient().get("/d/local/threads"))["Location"] == "/d/local/threads/"
