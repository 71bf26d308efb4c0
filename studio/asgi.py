"""The ASGI application: HTTP to Django's async handler, sockets to the live room."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
http = get_asgi_application()

# The consumers import models, so they come after the application registry is ready.
from studio.access.sockets import same_origin_only  # noqa: E402
from studio.urls import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter({"http": http, "websocket": same_origin_only(URLRouter(websocket_urlpatterns))})
