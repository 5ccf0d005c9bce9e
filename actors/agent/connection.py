"""One framed connection to an executor."""

import contextlib
import socket
from collections.abc import Callable

from .frames import Decoder, Header, ProtocolError, encode
from .loop import Loop

_READ_SIZE = 64 * 1024  # for twice as much the C library would map memory anew, for every read


class Connection:
    """Sends and receives frames without blocking; tells once when it is closed."""

    def __init__(self, loop: Loop, sock: socket.socket) -> None:
        self._loop, self._sock = loop, sock
        self._decoder = Decoder()
        self._unsent = bytearray()
        self.closed = False
        self.on_frame: Callable[[Header, bytes], None] = lambda _header, _body: None
        self.on_close: Callable[[], None] = lambda: None
        sock.setblocking(False)

    @property
    def unsent(self) -> bool:
        """Whether something is still on its way out."""
        return bool(self._unsent) and not self.closed

    def listen(self) -> None:
        if not self.closed:  # by a peer that was gone before it could be greeted
            self._loop.on_readable(self._sock.fileno(), self.receive)

    def send(self, header: Header, *body: bytes | bytearray) -> None:
        if self.closed:
            return
        frame = encode(header, *body)
        if self._unsent:
            self._unsent += frame
            return
        sent = self._try_send(frame)
        if sent < len(frame) and not self.closed:
            self._unsent += memoryview(frame)[sent:]
            self._loop.on_writable(self._sock.fileno(), self._flush)

    def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._loop.forget(self._sock.fileno())
        self._sock.close()
        self.on_close()

    def _try_send(self, frame: bytes | bytearray) -> int:
        try:
            return self._sock.send(frame)
        except BlockingIOError:
            return 0
        except OSError:
            self.close()
            return 0

    def _flush(self) -> None:
        del self._unsent[: self._try_send(self._unsent)]
        if not self._unsent and not self.closed:
            self._loop.forget_writable(self._sock.fileno())

    def receive(self) -> None:
        """Take what has come, if anything has; a connection that was closed closes here."""
        try:
            received = self._sock.recv(_READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self.close()
            return
        try:
            for header, body in self._decoder.feed(received):
                self.on_frame(header, body)
                if self.closed:
                    return
        except ProtocolError as error:
            with contextlib.suppress(OSError):
                self.send({"type": "refused", "reason": f"protocol error: {error}"})
            self.close()
