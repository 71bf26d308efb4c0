"""Is Studio alive, and can it work?"""

import asyncio

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from studio.deployments.dialect import answers
from studio.deployments.gateway import gateway


@require_safe
async def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nothing of anybody."""
    return JsonResponse({"ok": True})


@require_safe
async def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database and at least one deployment answer, else 503; says which do not."""
    slugs = list(settings.STUDIO_DEPLOYMENTS)
    answers = await asyncio.gather(*(_answers(slug) for slug in slugs))
    database = await sync_to_async(_database)()
    ready = database and any(answers)
    facts = {"ready": ready, "database": database, "deployments": dict(zip(slugs, answers, strict=True))}
    return JsonResponse(facts, status=200 if ready else 503)


async def _answers(slug: str) -> bool:
    return await answers(await gateway(settings.STUDIO_DEPLOYMENTS[slug]))


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
