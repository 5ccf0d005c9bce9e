"""Spans of what happens to a job, from the request to the projection, as one trace.

The context travels in the facts (`trace`: W3C trace context). Without an exporter nothing is made: `NO_TRACING` is what
everybody has then, and what makes and exports spans is not even loaded (`streams.tracing.telemetry` loads it).
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

from streams.env import SettingError

Carrier: TypeAlias = Mapping[str, str]
"""W3C trace context: `traceparent`, `tracestate`."""
Kind: TypeAlias = Literal["server", "consumer", "internal"]
Value: TypeAlias = str | int | float | bool
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


class Span(Protocol):
    """Something that takes time. Ended once."""

    @property
    def carrier(self) -> dict[str, str] | None:
        """For facts, and for spans that happen within this one; None where nothing is traced."""
        ...

    def describe(self, attributes: Mapping[str, Value | None]) -> None:
        """Add attributes; those that are None are left out."""
        ...

    def link(self, carrier: Carrier | None) -> None:
        """Say that this has to do with another span, which it is not part of."""
        ...

    def end(self, error: str | None = None, at: datetime | None = None) -> None:
        """Now, or at the time `at`; `error` is what went wrong on our side."""
        ...


class Tracing(Protocol):
    """Where spans are made."""

    @property
    def on(self) -> bool:
        """Whether anybody will see a span: what costs something need only be done then."""
        ...

    def start(self, name: str, kind: Kind, parent: Carrier | None, at: datetime | None = None) -> Span:
        """A span that began now, or at the time `at`; without `parent` a trace of its own."""
        ...


class _NoSpan:
    carrier = None

    def describe(self, attributes: Mapping[str, Value | None]) -> None: ...

    def link(self, carrier: Carrier | None) -> None: ...

    def end(self, error: str | None = None, at: datetime | None = None) -> None: ...


class _NoTracing:
    on = False

    def start(self, name: str, kind: Kind, parent: Carrier | None, at: datetime | None = None) -> Span:
        del name, kind, parent, at
        return _NO_SPAN


_NO_SPAN = _NoSpan()
NO_TRACING: Tracing = _NoTracing()


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether the standard variables name an exporter. Raises SettingError for a protocol that we do not have."""
    disabled = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    exports_none = environment.get("OTEL_TRACES_EXPORTER") == "none"
    if disabled or exports_none or not any(environment.get(name) for name in _ENDPOINTS):
        return False
    for name in _PROTOCOLS:
        if environment.get(name, "") not in ("", "http/protobuf"):
            raise SettingError(f"{name}={environment[name]!r}: expected http/protobuf")
    return True


@contextmanager
def open_tracing(environment: Mapping[str, str], service: str) -> Iterator[Tracing]:
    """Tracing as the standard OTEL_* variables have it; `service` is its name unless OTEL_SERVICE_NAME is set.

    For composition roots: OpenTelemetry's SDK reads the environment of the process itself. Raises SettingError.
    """
    if not is_wanted(environment):
        yield NO_TRACING
        return
    # Compose files pass a variable that is not set as an empty one, which the SDK would take for a value.
    for name in [name for name, value in os.environ.items() if name.startswith("OTEL_") and not value]:
        del os.environ[name]
    from streams.tracing.telemetry import exporting  # noqa: PLC0415 - a quarter of a second and 20 MB, only when wanted

    with exporting(service) as tracing:
        yield tracing
