"""A Docker engine that only lists, inspects and tells events, over a Unix socket; it can be restarted."""

import json
import queue
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import urlparse


class FakeEngine:
    """`containers` maps ids to what inspecting them shows."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.containers: dict[str, dict[str, Any]] = {}
        self.subscribed = threading.Event()
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()

    @property
    def environment(self) -> dict[str, str]:
        return {"DOCKER_HOST": f"unix://{self.socket}"}

    def tell(self, container_id: str) -> None:
        self._events.put({"Type": "container", "Action": "start", "Actor": {"ID": container_id, "Attributes": {}}})

    @contextmanager
    def running(self) -> Iterator[None]:
        """Up for a while; then it breaks all connections."""
        self.socket.unlink(missing_ok=True)
        server = _Server(str(self.socket), _handler(self))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield
        finally:
            self._events.put(None)
            server.shutdown()
            server.server_close()
            thread.join()
            self.subscribed.clear()

    def answer(self, path: str) -> Any:
        """What a GET of `path` (without the version) shows; None: not found."""
        match path.strip("/").split("/"):
            case ["version"]:
                return {"ApiVersion": "1.41"}
            case ["containers", "json"]:
                return [{"Id": name} for name in self.containers]
            case ["containers", name, "json"]:
                return self.containers.get(name)
            case _:
                return None

    def events(self) -> Iterator[dict[str, Any]]:
        self.subscribed.set()
        while (event := self._events.get()) is not None:
            yield event


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = False


def _handler(engine: FakeEngine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = "/" + urlparse(self.path).path.lstrip("/").removeprefix("v1.41/")
            if path == "/events":
                self._stream()
                return
            found = engine.answer(path)
            body = json.dumps({"message": "no such container"} if found is None else found).encode()
            self.send_response(404 if found is None else 200)
            self.close_connection = True
            self.send_header("Connection", "close")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _stream(self) -> None:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for event in engine.events():
                line = json.dumps(event).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.write(b"0\r\n\r\n")

        def address_string(self) -> str:
            return "unix"

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    return Handler
