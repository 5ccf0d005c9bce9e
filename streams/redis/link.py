"""One connection to Redis, full duplex: commands of one turn of the event loop leave in one write, and replies resolve
futures as they are read. hiredis parses; nothing stands between it and the callers, no task and no stream.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis
from redis.exceptions import NoScriptError, ResponseError

from streams.ports import LogUnavailableError
from streams.settings import RedisSettings

Argument = str | bytes | int | float
ANSWER_DEADLINE = 5.0
"""Seconds after which a command that has no reply counts as failed, and its connection as broken."""
CONNECT_DEADLINE = 3.0
"""Seconds for a connection to be open and greeted."""
ASK_EVERY = 5.0
"""Seconds between a listener's questions whether its connection still is one."""
_NOT_ENOUGH = object()
_UNAVAILABLE = ("OOM", "READONLY", "MISCONF", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "NOREPLICAS")


def _error(message: str) -> Exception:
    """The exception for an error reply: some say that Redis cannot serve now, which callers treat as its absence."""
    code = message.partition(" ")[0]
    if code == "NOSCRIPT":
        return NoScriptError(message)
    if code in _UNAVAILABLE:
        return LogUnavailableError(f"Redis refuses: {message}")
    return ResponseError(message)


class Link(asyncio.Protocol):
    """An open connection. Once it is lost, every call on it fails with LogUnavailableError."""

    def __init__(self, on_push: Callable[[Any], None] | None = None) -> None:
        self._reader = hiredis.Reader(notEnoughData=_NOT_ENOUGH, replyError=_error)
        self._in_flight: deque[tuple[asyncio.Future[Any], float]] = deque()
        self._unsent: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._on_push = on_push
        self._transport: asyncio.Transport | None = None
        self._watch: asyncio.Handle | None = None
        self._asking: asyncio.Handle | None = None
        self._watched_until = math.inf
        self.lost: asyncio.Future[str] = self._loop.create_future()

    @property
    def is_open(self) -> bool:
        return self._transport is not None

    def send(self, command: tuple[Argument, ...], deadline: float = ANSWER_DEADLINE) -> asyncio.Future[Any]:
        """The future reply to `command`, which leaves at the end of this turn of the event loop.

        A link that has no reply `deadline` seconds after is given up, also when its caller was cancelled: all later
        ones would wait behind that.
        """
        reply: asyncio.Future[Any] = self._loop.create_future()
        if self._transport is None:
            reply.set_exception(LogUnavailableError("the connection to Redis is closed"))
            return reply
        self.tell(command)
        due = self._loop.time() + deadline
        self._in_flight.append((reply, due))
        if due < self._watched_until:
            self._watch_until(due)
        return reply

    def tell(self, command: tuple[Argument, ...]) -> None:
        """Send a command that pushes alone answer: SUBSCRIBE, UNSUBSCRIBE."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(hiredis.pack_command(cast(Any, command)))  # its stub knows only 1-tuples

    def keep_asking(self) -> None:
        """For who only listens. A connection can die without a word (its host did, or a firewall forgot it), and then
        there is no news, and nothing to tell that there should be.
        """
        self._asking = self._loop.call_later(ASK_EVERY, self._ask)

    def _ask(self) -> None:
        self.send(("PING",)).add_done_callback(ignore)
        self.keep_asking()

    def abort(self, reason: str) -> None:
        """Close at once; calls in flight fail with `reason`."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self._fail_all(reason)

    def _flush(self) -> None:
        packed, self._unsent = self._unsent, []
        if self._transport is not None:
            self._transport.write(b"".join(packed))

    def _watch_until(self, due: float) -> None:
        """One timer for all that is in flight, not one made and cancelled for each command."""
        self._watch_no_more()
        self._watch, self._watched_until = self._loop.call_at(due, self._look), due

    def _watch_no_more(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch, self._watched_until = None, math.inf

    def _look(self) -> None:
        self._watch_no_more()
        if not self._in_flight:
            return
        due = min(due for _, due in self._in_flight)
        if due <= self._loop.time():
            self.abort("Redis does not answer")
        else:
            self._watch_until(due)

    def _fail_all(self, reason: str) -> None:
        self._watch_no_more()
        if self._asking is not None:
            self._asking.cancel()
        while self._in_flight:
            reply, _ = self._in_flight.popleft()
            if not reply.done():
                reply.set_exception(LogUnavailableError(reason))
        if not self.lost.done():
            self.lost.set_result(reason)

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._fail_all(f"the connection to Redis broke: {exc or 'closed by the server'}")

    def data_received(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not _NOT_ENOUGH:
                self._deliver(reply)
        except hiredis.ProtocolError as error:
            self.abort(f"Redis answers nonsense: {error}")

    def _deliver(self, reply: Any) -> None:
        if isinstance(reply, hiredis.PushNotification):
            if self._on_push is not None:
                self._on_push(reply)
            return
        waiting, _ = self._in_flight.popleft()
        if waiting.done():  # its caller was cancelled, or gave up
            return
        if isinstance(reply, Exception):
            waiting.set_exception(reply)
        else:
            waiting.set_result(reply)


def ignore(reply: "asyncio.Future[Any]") -> None:
    """For a command whose reply nobody waits for; when the connection breaks, `lost` says so."""
    if not reply.cancelled():
        reply.exception()


async def open_link(settings: RedisSettings, on_push: Callable[[Any], None] | None = None) -> Link:
    """A greeted connection to a server that serves, speaking RESP3. Raises LogUnavailableError."""
    loop = asyncio.get_running_loop()
    link: Link | None = None
    try:
        async with asyncio.timeout(CONNECT_DEADLINE):
            link = await _connect(loop, settings, on_push)
            await _greet(link, settings)
    except BaseException as error:
        if link is not None:  # also of a caller that was cancelled: nobody else knows of it
            link.abort("it could not be greeted")
        if not isinstance(error, OSError | TimeoutError | ResponseError | LogUnavailableError):
            raise
        where = settings.host if settings.host.startswith("/") else f"{settings.host}:{settings.port}"
        raise LogUnavailableError(f"Redis at {where} cannot be reached: {str(error) or 'no answer in time'}") from error
    return link


async def _connect(
    loop: asyncio.AbstractEventLoop, settings: RedisSettings, on_push: Callable[[Any], None] | None
) -> Link:
    if settings.host.startswith("/"):
        _, link = await loop.create_unix_connection(lambda: Link(on_push), settings.host)
    else:
        _, link = await loop.create_connection(lambda: Link(on_push), settings.host, settings.port)
    return link


async def _greet(link: Link, settings: RedisSettings) -> None:
    credentials = ("AUTH", "default", settings.password) if settings.password else ()
    greeting = link.send(("HELLO", 3, *credentials))
    selecting = link.send(("SELECT", settings.db)) if settings.db else greeting
    # A server that still loads its data greets and takes subscriptions, but refuses this, as all that would follow.
    serving = link.send(("PING",))
    answers = await asyncio.gather(greeting, selecting, serving, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
