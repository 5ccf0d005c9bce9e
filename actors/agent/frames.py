"""Frames of the agent's protocol: u32 big-endian length, a JSON header on one line, a newline, raw bytes."""

import json
import struct
from collections.abc import Iterator
from typing import Any

MAX_FRAME = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_compact = json.JSONEncoder(separators=(",", ":")).encode  # json.dumps would make an encoder for every frame

Header = dict[str, Any]


class ProtocolError(Exception):
    """The peer sent something that is no frame of protocol version 1; the connection is closed."""


def encode(header: Header, *body: bytes) -> bytes:
    line = _compact(header).encode()
    size = len(line) + 1 + sum(map(len, body))
    if size > MAX_FRAME:
        raise ProtocolError(f"a frame of {size} bytes is over the limit of {MAX_FRAME}")
    return b"".join((_LENGTH.pack(size), line, b"\n", *body))


class Decoder:
    """Cuts a byte stream into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, received: bytes) -> Iterator[tuple[Header, bytes]]:
        self._buffer += received
        while (frame := self._next()) is not None:
            yield _parse(frame)

    def _next(self) -> bytes | None:
        buffer = self._buffer
        if len(buffer) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(buffer)
        if size > MAX_FRAME:
            raise ProtocolError(f"a frame announces {size} bytes, over the limit of {MAX_FRAME}")
        end = _LENGTH.size + size
        if len(buffer) < end:
            return None
        frame = bytes(memoryview(buffer)[_LENGTH.size : end])
        del buffer[:end]
        return frame


def _parse(frame: bytes) -> tuple[Header, bytes]:
    line, newline, body = frame.partition(b"\n")
    try:
        header = json.loads(line)
    except ValueError as error:
        raise ProtocolError(f"a frame's header is no JSON: {error}") from None
    if not newline or not isinstance(header, dict) or not isinstance(header.get("type"), str):
        raise ProtocolError("a frame's header must be a JSON object with a type, ended by a newline")
    return header, body
