"""The one audit function. Every verb calls it before it sends anything upstream."""

import json
import logging

from django.http import HttpRequest

log = logging.getLogger("studio.audit")


def record(request: HttpRequest, verb: str, deployment: str, **facts: str | None) -> None:
    """Write one line: the verb, where, and on what (ids only; never contents, never keys)."""
    entry = {"verb": verb, "deployment": deployment, "from": request.META.get("REMOTE_ADDR", ""), **facts}
    log.info(json.dumps({key: value for key, value in entry.items() if value}, ensure_ascii=True))
