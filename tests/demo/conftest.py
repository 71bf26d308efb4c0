"""The sample graphs with their scripted model, whatever the developer's environment names, and without its pauses."""

import os

os.environ.pop("DEMO_MODEL", None)  # before any graph is imported: it chooses the model then

import pytest

from demo import chat, songs, todo


@pytest.fixture(autouse=True)
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    for model in (todo.model, chat.model, songs.model):
        monkeypatch.setattr(getattr(model, "bound", model), "delay", 0.0)
