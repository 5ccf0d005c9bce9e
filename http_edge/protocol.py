"""uvicorn's HTTP protocol, with what it lacks: deadlines on slow clients, a limit on heads, problems as answers."""

from asyncio import TimerHandle, Transport
from collections.abc import Callable
from functools import partial
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from http_edge.problems import MEDIA_TYPE, Problem, problem_body
from http_edge.security import API_POLICY, SECURITY_HEADERS

LARGEST_HEAD = 65_536
"""Bytes that a request's line and headers may have together."""
_CHECKS_PER_DEADLINE = 4
_CONTINUE = b"HTTP/1.1 100 "
_GUARDED = b"".join(b"%b: %b\r\n" % header for header in (*SECURITY_HEADERS, API_POLICY))


class DeadlineProtocol(HttpToolsProtocol):
    """One connection. `read_seconds` is from a request's first byte to the end of its body; `write_seconds` is how long
    an answer may wait for a client that takes nothing of it.
    """

    read_seconds: ClassVar[float] = 5.0
    write_seconds: ClassVar[float] = 10.0
    _arriving: TimerHandle | None = None  # runs while a request is on its way to us
    _leaving: TimerHandle | None = None  # runs while an answer is on its way to the client
    _unsent: int = 0
    _stalled_since: float = 0.0
    _silent: bool = True  # nothing has ever arrived
    _in_head: bool = False
    _chunk_size: int = 0  # of what is being parsed
    _head_size: int = 0
    _previous: RequestResponseCycle | None = None  # that of the request before the one that is arriving

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._request_is_here()
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._silent:  # from here on the time counts from the first byte
            self._silent = False
            self._request_is_here()
        if self._cycle is None or self._cycle.response_complete:
            self._await_request()
        self._chunk_size = len(data)
        if self._in_head:
            self._head_size += self._chunk_size
        super().data_received(data)
        if self._in_head and self._head_size > LARGEST_HEAD and not self.transport.is_closing():
            self._refuse(Problem(431, f"The request line and the headers have more than {LARGEST_HEAD} bytes."))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_size, self._previous = True, self._chunk_size, self._cycle
        self._await_request()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # trailers are no headers: they could contradict what was checked
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()
        answer = OneWrite(self.transport, self._watch_sending)
        self.cycle.transport = cast(Transport, answer)
        self.cycle.on_response = partial(self._answered, answer)

    def on_message_complete(self) -> None:
        self._request_is_here()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_sending()

    def _answered(self, answer: "OneWrite") -> None:
        answer.flush()  # an answer to HEAD has no body to go with
        self.on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch_sending()

    def send_400_response(self, msg: str) -> None:
        del msg  # it says that the request is invalid, which the status does, too
        self._refuse(Problem(400, "This is not HTTP/1.1 as it should be."))

    def _unsupported_upgrade_warning(self) -> None:
        """An upgrade that we do not make is ignored, as RFC 9110 wants it, and no news."""

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        return self.cycle  # uvicorn's annotation forgets that there is none at first

    def _await_request(self) -> None:
        if self._arriving is None:
            self._arriving = self.loop.call_later(self.read_seconds, self._end_slow_request)

    def _request_is_here(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _end_slow_request(self) -> None:
        self._arriving = None
        before, own = self._previous, self._cycle if self._cycle is not self._previous else None
        if self.flow.read_paused:  # it is us who are slow
            self._await_request()
        elif before is not None and not before.response_complete:
            before.keep_alive = False  # a pipelined request: the answer before it comes first, then the end
        elif self._silent or (own is not None and own.response_started):
            self.transport.close()
        else:
            self._refuse(Problem(408, f"The request did not arrive within {self.read_seconds:g} s."))

    def _refuse(self, problem: Problem) -> None:
        if not self.transport.is_closing():
            self.transport.write(_last_answer(problem))
            self.transport.close()
            self._watch_sending()

    def _watch_sending(self) -> None:
        """The transport tells nobody that it got rid of an answer, so it is asked, a few times a deadline."""
        if self._leaving is None:
            self._unsent, self._stalled_since = 0, self.loop.time()
            self._check_later()

    def _check_later(self) -> None:
        self._leaving = self.loop.call_later(self.write_seconds / _CHECKS_PER_DEADLINE, self._check_sending)

    def _check_sending(self) -> None:
        self._leaving = None
        unsent, now = self.transport.get_write_buffer_size(), self.loop.time()
        if unsent == 0:
            return
        if unsent != self._unsent:
            self._unsent, self._stalled_since = unsent, now
        if now - self._stalled_since >= self.write_seconds:
            self.transport.abort()
        else:
            self._check_later()


class OneWrite:
    """What an answer is written to: its head waits for the body, since two writes are two system calls (and packets),
    which cost more than all else that is done for a submission. `on_more` is told when an answer goes on: one that is
    streamed is never paused while it fits into the buffer, and its client may have stopped reading all the same.
    """

    def __init__(self, transport: Transport, on_more: Callable[[], None]) -> None:
        self._transport = transport
        self._on_more = on_more
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        if self._head is None and not data.startswith(_CONTINUE):
            self._head = data
        elif self._head:
            self._transport.write(self._head + data)
            self._head = b""
        else:
            self._transport.write(data)
            self._on_more()

    def flush(self) -> None:
        if self._head:
            self._transport.write(self._head)
            self._head = b""

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self.flush()
        self._transport.close()


def _last_answer(problem: Problem) -> bytes:
    """The whole answer to a request that the application never sees, after which the connection closes."""
    body = problem_body(problem)
    headers = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n"
    return STATUS_LINE[problem.status] + headers.encode() + _GUARDED + b"\r\n" + body
