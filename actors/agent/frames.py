"""Frames of the agent's protocol: u32 big-endian length, a JSON header on one line, a newline, raw bytes."""

import json
import struct
from collections.abc import Iterator
from typing import Any

MAX_FRAME = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_compact = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make an encoder for every frame
_read = json.JSONDecoder().decode  # json.loads would first find out in which encoding it is

Header = dict[str, Any]


class ProtocolError(Exception):
    """The peer sent something that is no frame of protocol version 1; the connection is closed."""


def encode(header: Header, *body: bytes | bytearray) -> bytes:
    line = _compact(header).encode()
    size = len(line) + 1 + sum(map(len, body))
    if size > MAX_FRAME:
        raise ProtocolError(f"a frame of {size} bytes is over the limit of {MAX_FRAME}")
    return b"".join((_LENGTH.pack(size), line, b"\n", *body))


class Decoder:
    """Cuts a byte stream into frames. What comes in pieces is put together once, when the frame is whole."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._at = 0  # where the next frame begins in the first piece
        self._held = 0
        self._wanted = _LENGTH.size

    def feed(self, received: bytes) -> Iterator[tuple[Header, bytes]]:
        self._pieces.append(received)
        self._held += len(received)
        while (frame := self._next()) is not None:
            yield frame

    def _next(self) -> tuple[Header, bytes] | None:
        if self._held < self._wanted:
            return None
        if len(self._pieces) > 1:
            self._pieces[0] = self._pieces[0][self._at :]
            self._pieces, self._at = [b"".join(self._pieces)], 0
        (size,) = _LENGTH.unpack_from(self._pieces[0], self._at)
        if size > MAX_FRAME:
            raise ProtocolError(f"a frame announces {size} bytes, over the limit of {MAX_FRAME}")
        self._wanted = _LENGTH.size + size
        if self._held < self._wanted:
            return None
        frame, start, end = self._pieces[0], self._at + _LENGTH.size, self._at + self._wanted
        self._at, self._held, self._wanted = end, self._held - self._wanted, _LENGTH.size
        if not self._held:
            self._pieces, self._at = [], 0
        return _parse(frame, start, end)


def _parse(frame: bytes, start: int, end: int) -> tuple[Header, bytes]:
    newline = frame.find(b"\n", start, end)
    try:
        header = _read(frame[start : end if newline < 0 else newline].decode())
    except ValueError as error:
        raise ProtocolError(f"a frame's header is no JSON: {error}") from None
    if newline < 0 or not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise ProtocolError("a frame's header must be a JSON object with a type, ended by a newline")
    return header, frame[newline + 1 : end]
