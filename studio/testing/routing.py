"""From method and path to the function that answers."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from studio.testing.exchange import Refused, Seen

if TYPE_CHECKING:
    from studio.testing.deployment import FakeDeployment

Handler = Callable[..., Any]
_routes: list[tuple[str, re.Pattern[str], Handler]] = []


def route(method: str, path: str) -> Callable[[Handler], Handler]:
    """Register a handler for a path with {named} parts: it is called as `handler(fake, seen, **parts)`."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))

    def register(handler: Handler) -> Handler:
        _routes.append((method, pattern, handler))
        return handler

    return register


def dispatch(fake: "FakeDeployment", seen: Seen) -> Any:
    """What the handler of this request returns. Raises Refused, with 404 or 405 when there is none."""
    matches = [(method, match, handler) for method, path, handler in _routes if (match := path.fullmatch(seen.path))]
    for method, match, handler in matches:
        if method == seen.method:
            return handler(fake, seen, **{name: unquote(part) for name, part in match.groupdict().items()})
    raise Refused(405, "Method Not Allowed") if matches else Refused(404, "Not Found")
