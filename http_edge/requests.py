"""Around every request: an id, security headers, one line in the log, and an answer even when we fail."""

import random
import re
import time
from collections.abc import Callable
from itertools import pairwise

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from http_edge.problems import MEDIA_TYPE, internal_error, problem_body
from http_edge.security import API_POLICY, HTTPS_ONLY, SECURITY_HEADERS
from http_edge.tracing import trace_of
from streams.jobid import without_ids

_GIVEN_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_BEFORE_SECRETS = frozenset({"execute", "shares", "s"})  # /v1/execute/{id}, /v1/shares/{token}, /s/{token}
_PUBLIC_ID = re.compile(r"[0-9a-f]{16}|[0-9a-f]{24}")  # of shares, accounts, sessions and keys
_PLAIN = frozenset({"/v1/execute"})
"""Most requests' path: there is nothing in it to be looked for."""
_LONGEST_WORD = 40
_LONGEST_PATH = 200
_QUIET = frozenset({"/health", "/health/ready", "/metrics"})

Count = Callable[[str, str, int, float], None]
"""Told of each request: method, path, status, seconds."""


class RequestLog:
    """Pure ASGI: it adds headers and logs, and costs no task and no copy."""

    def __init__(self, app: ASGIApp, count: Count | None = None, *, https_only: bool = False) -> None:
        self._app = app
        self._count = count
        self._added = (*SECURITY_HEADERS, HTTPS_ONLY) if https_only else SECURITY_HEADERS
        self._logger = structlog.get_logger().bind()  # not the proxy that finds it anew for each line

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = _request_id(scope)
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._add_headers(message["headers"], request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except Exception:
            self._logger.exception("request failed", path=_loggable(scope["path"]), request=request_id.decode())
            if status == 0:
                await _send_internal_error(send_with_headers)
        finally:
            seconds = time.perf_counter() - started
            if self._count is not None:
                self._count(scope["method"], scope["path"], status, seconds)
            if scope["path"] not in _QUIET:
                self._logger.info(
                    "request",
                    method=scope["method"],
                    path=_loggable(scope["path"]),
                    status=status,
                    ms=round(seconds * 1000, 1),
                    request=request_id.decode(),
                    **_trace(scope),
                )

    def _add_headers(self, headers: list[tuple[bytes, bytes]], request_id: bytes) -> None:
        headers.append((b"x-request-id", request_id))
        headers.extend(self._added)
        if not any(name == b"content-security-policy" for name, _ in headers):
            headers.append(API_POLICY)


def _trace(scope: Scope) -> dict[str, str]:
    """The id of the request's trace, where there is one: from the log to the trace, and back."""
    carrier = trace_of(scope)
    return {} if carrier is None else {"trace": carrier["traceparent"].split("-")[1]}


def _loggable(path: str) -> str:
    return path if path in _PLAIN else _without_secrets(path)


def _without_secrets(path: str) -> str:
    """`path` with a job's address in the place of its id, and without what else opens something: a share's token, or
    what may be an id or a token that somebody mistyped.
    """
    parts = path.split("/")
    return "/".join(_loggable_part(part, before) for before, part in pairwise(("", *parts)))[:_LONGEST_PATH]


def _loggable_part(part: str, before: str) -> str:
    said = without_ids(part)
    if said != part or not part or _PUBLIC_ID.fullmatch(part):
        return said
    return "…" if before in _BEFORE_SECRETS or len(part) > _LONGEST_WORD else part


def _request_id(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN_ID.fullmatch(value):
            given: bytes = value
            return given
    return b"%016x" % random.getrandbits(64)  # it shall be rare, not unguessable


async def _send_internal_error(send: Send) -> None:
    body = problem_body(internal_error())
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
