"""The listening sockets and the server on them, which stops in an order that fails nobody."""

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from http_edge.protocol import DeadlineProtocol
from http_edge.settings import HttpSettings
from streams.env import SettingError

_BACKLOG = 2048


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


def listen(http: HttpSettings) -> list[socket.socket]:
    """Sockets that listen where the settings say. Raises SettingError when that is not possible."""
    flags = socket.AI_PASSIVE | socket.AI_ADDRCONFIG
    try:
        found = socket.getaddrinfo(http.host, http.port, type=socket.SOCK_STREAM, flags=flags)
    except OSError as error:
        reason = f"expected an address of this machine ({error.strerror})"
        raise SettingError(f"HTTP_HOST={http.host!r}: {reason}") from error
    addresses = [(family, address) for family, _, _, _, address in found]
    try:
        return [socket.create_server(address, family=family, backlog=_BACKLOG) for family, address in addresses]
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise SettingError(f"HTTP_HOST={http.host!r}: expected an address of this machine") from error
        reason = f"expected a free port of this machine's address {http.host} ({os.strerror(error.errno or 0)})"
        raise SettingError(f"HTTP_PORT={http.port}: {reason}") from error


def make_server(app: ASGIApp, http: HttpSettings, on_stop: Callable[[], None]) -> Server:
    """The server for `app`; `on_stop` is called when it is about to stop."""
    options: dict[str, Any] = {
        "http": _protocol(http),
        "ws": "none",
        "lifespan": "on",
        "access_log": False,
        "server_header": False,
        "proxy_headers": bool(http.trusted_proxies),
        "forwarded_allow_ips": http.trusted_proxies,
        "log_config": None,
        "timeout_graceful_shutdown": http.shutdown_timeout.total_seconds(),
    }
    return Server(uvicorn.Config(app, **options), on_stop)


def _protocol(http: HttpSettings) -> type[DeadlineProtocol]:
    """The protocol with the deadlines: uvicorn takes a class, and makes the instances."""
    deadlines: dict[str, Any] = {
        "read_seconds": http.read_timeout.total_seconds(),
        "write_seconds": http.write_timeout.total_seconds(),
    }
    return type("Protocol", (DeadlineProtocol,), deadlines)
