"""A tiny blocking client of the agent's protocol, for tests: one connection, which is the lease."""

import json
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

Header = dict[str, Any]
UID = 65534
PING_EVERY, MOST_PINGS = 2.0, 45


class Client:
    """Connects, reads the hello (or the refusal), runs jobs."""

    def __init__(self, path: Path, timeout: float = 30.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._buffer = b""
        self._jobs = 0
        self.pings = False  # whether to speak while it waits, as an executor does
        with ExitStack() as unless_greeted:
            unless_greeted.callback(self.close)
            self._socket.connect(str(path))
            self.hello, _ = self.receive()
            unless_greeted.pop_all()

    def close(self) -> None:
        self._socket.close()

    def send(self, header: Header, body: bytes = b"") -> None:
        line = json.dumps(header).encode() + b"\n"
        self._socket.sendall(struct.pack(">I", len(line) + len(body)) + line + body)

    def receive(self) -> tuple[Header, bytes]:
        (size,) = struct.unpack(">I", self._take(4))
        line, _, body = self._take(size).partition(b"\n")
        return json.loads(line), body

    def receive_type(self, wanted: str) -> tuple[Header, bytes]:
        for header, body in iter(self.receive, None):
            if header["type"] == wanted:
                return header, body
        raise AssertionError

    def at_end(self) -> bool:
        return not self._buffer and self._socket.recv(1) == b""

    def start(self, source: str | bytes, stdin: bytes | None = b"", **job: Any) -> str:
        """Send a job and return its id; keywords that are limits go there, `files` and `built` become parts."""
        self._jobs += 1
        name = f"job-{self._jobs}"
        limits = {"wall_ms": 10_000, "compile_wall_ms": 30_000, "output_bytes": 65_536, **job.pop("limits", {})}
        code = source.encode() if isinstance(source, str) else source
        parts = {"source": code, **({} if stdin is None else {"stdin": stdin})}
        parts |= {f"file:{path}": content for path, content in job.pop("files", {}).items()}
        if "built" in job:
            parts["built"] = job.pop("built")
        header = {"type": "job", "job": name, "attempt": 1, "uid": UID, "gid": UID, "limits": limits, "args": []}
        header |= {"tell_stages": True, "live_after_ms": None}
        header |= {"parts": [[key, len(part)] for key, part in parts.items()], **job}
        self.send(header, b"".join(parts.values()))
        return name

    def finish(self) -> Header:
        """The result with its parts as bytes, after the runner is ready again."""
        header, body = self.receive_type("result")
        result = header | dict(_cut(header["parts"], body))
        self.receive_type("ready")
        return result

    def run(self, source: str | bytes, stdin: bytes | None = b"", **job: Any) -> Header:
        self.start(source, stdin, **job)
        return self.finish()

    def build(self, source: str | bytes, stdin: bytes | None = b"", **job: Any) -> tuple[Header, bytes | None]:
        """The result, and what the compile stage made, if the agent hands it on."""
        self.start(source, stdin, **{"keep": 16 << 20, **job})
        header, body = self.receive_type("result")
        built = None
        for after, content in iter(self.receive, None):
            if after["type"] == "ready":
                break
            assert (after, built) == ({"type": "built", "job": header["job"]}, None)
            built = content
        return header | dict(_cut(header["parts"], body)), built

    def _receive_some(self) -> bytes:
        if not self.pings:
            return self._socket.recv(1 << 20)
        self._socket.settimeout(PING_EVERY)
        for _ in range(MOST_PINGS):
            try:
                return self._socket.recv(1 << 20)
            except TimeoutError:
                self.send({"type": "ping"})
        raise TimeoutError("the agent answers pings and nothing else")

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            received = self._receive_some()
            if not received:
                raise ConnectionResetError("the agent closed the connection")
            self._buffer += received
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken


def _cut(sizes: list[tuple[str, int]], body: bytes) -> Iterator[tuple[str, bytes]]:
    start = 0
    for name, size in sizes:
        yield name, body[start : start + size]
        start += size
