"""Tracing by OpenTelemetry, exported by OTLP over HTTP."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from streams.tracing import Carrier, Kind, Span, Tracing, Value

LAST_EXPORT = 3.0
"""Seconds that a process which ends gives its last spans to get away."""
_KINDS = {
    "server": trace.SpanKind.SERVER,
    "consumer": trace.SpanKind.CONSUMER,
    "internal": trace.SpanKind.INTERNAL,
}
_EPOCH = datetime.fromtimestamp(0, UTC)
_format = TraceContextTextMapPropagator()


class TelemetrySpan:
    """Implements streams.tracing.Span."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._carrier: dict[str, str] | None = None

    @property
    def carrier(self) -> dict[str, str] | None:
        if self._carrier is None:
            self._carrier = {}
            _format.inject(self._carrier, trace.set_span_in_context(self._span, Context()))
        return self._carrier

    def describe(self, attributes: Mapping[str, Value | None]) -> None:
        for name, value in attributes.items():
            if value is not None:
                self._span.set_attribute(name, value)

    def link(self, carrier: Carrier | None) -> None:
        other = trace.get_current_span(_context(carrier)).get_span_context()
        if other.is_valid:
            self._span.add_link(other)

    def end(self, error: str | None = None, at: datetime | None = None) -> None:
        if error is not None:
            self._span.set_status(trace.StatusCode.ERROR, error)
        self._span.end(None if at is None else _nanoseconds(at))


class Telemetry:
    """Implements streams.tracing.Tracing."""

    on = True

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("codeportal")

    def start(self, name: str, kind: Kind, parent: Carrier | None, at: datetime | None = None) -> Span:
        began = None if at is None else _nanoseconds(at)
        return TelemetrySpan(self._tracer.start_span(name, _context(parent), _KINDS[kind], start_time=began))


@contextmanager
def exporting(service: str) -> Iterator[Tracing]:
    """Spans go where OTEL_EXPORTER_OTLP_* says, in batches, from a thread of their own."""
    named = Resource({SERVICE_NAME: service}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=Resource.create().merge(named), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield Telemetry(provider)
    finally:
        # A collector that is away must not hold up a process that is told to stop.
        last = threading.Thread(target=provider.shutdown, daemon=True)
        last.start()
        last.join(LAST_EXPORT)


def _context(carrier: Carrier | None) -> Context:
    """The context that `carrier` spells; one without a span for None, or for what spells none."""
    return _format.extract(dict(carrier or {}), Context())


def _nanoseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * 1000
