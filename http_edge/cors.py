"""Pages of other sites, where CORS_ORIGINS lets them in: anonymously or with API keys, never with a session."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = b"DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
_ASKED_WITH = b"Authorization, Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id"
_EXPOSED = b"Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
_PREFLIGHT_LIFE = b"600"  # seconds


class WithCors:
    """Pure ASGI, and only there when some origin is let in. No `Access-Control-Allow-Credentials`: browsers then keep
    the session's cookie to themselves.
    """

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
        allowed = origin if origin in self._origins else None

        async def send_with_cors(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"vary", b"Origin"))
                if allowed is not None:
                    message["headers"].extend(_headers(allowed, preflight=scope["method"] == "OPTIONS"))
            await send(message)

        await self._app(scope, receive, send_with_cors)


def _headers(origin: bytes, *, preflight: bool) -> list[tuple[bytes, bytes]]:
    if not preflight:
        return [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED)]
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", _ASKED_WITH),
        (b"access-control-max-age", _PREFLIGHT_LIFE),
    ]
