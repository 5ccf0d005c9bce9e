"""uvicorn, with deadlines on slow clients and a stop that lets waiters go first."""

import socket
from asyncio import TimerHandle, Transport
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, ClassVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from http_edge.problems import MEDIA_TYPE, Problem, problem_body
from http_edge.settings import HttpSettings


class DeadlineProtocol(HttpToolsProtocol):
    """uvicorn has no deadline for a request that trickles in, nor for a client that stops reading."""

    read_seconds: ClassVar[float]
    write_seconds: ClassVar[float]
    _reading: TimerHandle | None = None
    _writing: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._request_is_here()
        self._client_reads()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_request()

    def on_message_complete(self) -> None:
        self._request_is_here()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._writing = self.loop.call_later(self.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._client_reads()
        super().resume_writing()

    def _await_request(self) -> None:
        self._request_is_here()
        self._reading = self.loop.call_later(self.read_seconds, self._refuse_slow_request)

    def _request_is_here(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _client_reads(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _refuse_slow_request(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's annotation forgets that there is none at first
        answering = cycle is not None and cycle.response_started and not cycle.response_complete
        if not answering and not self.transport.is_closing():
            self.transport.write(_REQUEST_TIMEOUT)
        self.transport.close()


def protocol_with_deadlines(read: timedelta, write: timedelta) -> type[HttpToolsProtocol]:
    """The protocol class for these deadlines: uvicorn takes a class, and makes the instances."""
    deadlines = {"read_seconds": read.total_seconds(), "write_seconds": write.total_seconds()}
    return type("Protocol", (DeadlineProtocol,), deadlines)


def _request_timeout() -> bytes:
    body = problem_body(Problem(408, "The request did not arrive in time."))
    head = (
        "HTTP/1.1 408 Request Timeout\r\n"
        f"content-type: {MEDIA_TYPE}\r\n"
        f"content-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body


_REQUEST_TIMEOUT = _request_timeout()


class Server(uvicorn.Server):
    """Stops in order: waiters get the state so far, requests end, connections close, background work ends."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The composition root has the signals: uvicorn would end the process by the signal, not with 0."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)


def make_server(app: ASGIApp, http: HttpSettings, on_stop: Callable[[], None]) -> Server:
    """The server for `app`."""
    options: dict[str, Any] = {
        "host": http.host,
        "port": http.port,
        "http": protocol_with_deadlines(http.read_timeout, http.write_timeout),
        "ws": "none",
        "access_log": False,
        "server_header": False,
        "log_config": None,
        "timeout_graceful_shutdown": int(http.shutdown_timeout.total_seconds()) or 1,
    }
    return Server(uvicorn.Config(app, **options), on_stop)
