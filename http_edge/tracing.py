"""A span around every request, in the trace that the client names or in one of its own."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from http_edge.metrics import route_of
from streams.tracing import Carrier, Tracing

CARRIER = "codeportal.trace"
"""Where the scope has the trace context that the facts of this request carry."""
_OURS = 500
_HEADERS = (b"traceparent", b"tracestate")
_QUIET = frozenset({"/health", "/health/ready", "/metrics"})


class Traced:
    """Pure ASGI. Used only where tracing is on."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _QUIET:
            await self._app(scope, receive, send)
            return
        route = route_of(scope["path"])
        span = self._tracing.start(f"{scope['method']} {route}", "server", _carrier(scope))
        scope[CARRIER] = span.carrier
        status = 0

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_and_see)
        finally:
            attributes = {"http.request.method": scope["method"], "http.route": route}
            span.describe({**attributes, "http.response.status_code": status or None})
            span.end(None if 0 < status < _OURS else f"status {status}" if status else "no answer was sent")


def trace_of(scope: Scope) -> dict[str, str] | None:
    """The trace context for facts of the request; None where nothing is traced."""
    carrier: dict[str, str] | None = scope.get(CARRIER)
    return carrier


def _carrier(scope: Scope) -> Carrier:
    """What the client says of its trace; the propagator refuses what is malformed."""
    return {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in _HEADERS}
