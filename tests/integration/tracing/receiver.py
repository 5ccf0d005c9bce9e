"""An OTLP/HTTP receiver: what a collector is to us."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

DEADLINE = 30.0


@dataclass(frozen=True)
class Received:
    """A span as it came over the wire. Ids are hex digits, an empty parent is none."""

    service: str
    name: str
    trace: str
    id: str
    parent: str


class Receiver:
    """What was received, for tests to wait on."""

    def __init__(self) -> None:
        self.spans: list[Received] = []
        self.port = 0
        self.paths: set[str] = set()
        self._news = threading.Condition()

    def take(self, path: str, body: bytes) -> bytes:
        request = ExportTraceServiceRequest.FromString(body)
        with self._news:
            self.paths.add(path)
            for resource in request.resource_spans:
                names = {each.key: each.value.string_value for each in resource.resource.attributes}
                for span in (span for scope in resource.scope_spans for span in scope.spans):
                    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    self.spans.append(Received(names["service.name"], span.name, *ids))
            self._news.notify_all()
        return bytes(ExportTraceServiceResponse().SerializeToString())

    def wait_for(self, *names: str) -> None:
        """Until a span of each name was received."""
        with self._news:
            there = self._news.wait_for(lambda: set(names) <= {span.name for span in self.spans}, DEADLINE)
        assert there, f"only {sorted({span.name for span in self.spans})} came"


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.headers["Content-Type"] == "application/x-protobuf"
            answer = receiver.take(self.path, body)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
            del format, arguments

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
