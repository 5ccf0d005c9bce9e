"""A lean HTTP/1.1 client: one keep-alive connection, one request at a time. The client's CPU counts too."""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


@dataclass
class Connection:
    """A connection to `url`. Answers must have a Content-Length, as the service's have."""

    url: str

    async def __aenter__(self) -> Self:
        parts = urlsplit(self.url)
        self._host = parts.netloc
        self._reader, self._writer = await asyncio.open_connection(parts.hostname, parts.port or 80)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def post(self, target: str, body: bytes) -> tuple[int, bytes, bytes]:
        """Status, header block and body of the answer."""
        head = f"POST {target} HTTP/1.1\r\nHost: {self._host}\r\nContent-Type: application/json\r\n"
        self._writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        return int(answer[9:12]), answer, await self._reader.readexactly(_length(answer))


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"\r\ncontent-length:")
    if not found:
        raise ValueError(f"an answer without Content-Length: {head!r}")
    return int(rest[: rest.index(b"\r")])
