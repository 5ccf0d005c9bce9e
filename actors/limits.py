"""Which limits hold for a job: what the request says, else the language's and the service's defaults."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from streams.bytesize import format_size, parse_size
from streams.duration import format_duration, in_milliseconds, parse_duration
from streams.facts import Limits
from streams.maxima import Maxima

MEMORY = {"go": 1 << 30}
"""Bytes, where a language's tool chain needs more than OTHER_MEMORY."""
OTHER_MEMORY = 512 << 20
PROCESSES = 256
COMPILING_CPU = timedelta(seconds=10)
COMPILING: dict[str, timedelta | int] = {
    "compile_cpu": COMPILING_CPU,
    "compile_memory_bytes": 1 << 30,
    "compile_processes": PROCESSES,
    "compile_output_bytes": 1 << 20,
}
"""Fields of DefaultLimits, for languages that compile."""


@dataclass(frozen=True, slots=True)
class DefaultLimits:
    """What holds where a request says nothing, and for compiling. None: only the wall clock and the container limit it.

    Nobody asks for limits of the compile stage: they are the service's own, whatever the program may use.
    """

    wall: timedelta
    compile_wall: timedelta
    output_bytes: int
    memory_bytes: int | None = None
    processes: int | None = None
    cpu: timedelta | None = None
    file_size_bytes: int | None = None
    open_files: int | None = None
    compile_cpu: timedelta | None = None
    compile_memory_bytes: int | None = None
    compile_processes: int | None = None
    compile_output_bytes: int | None = None
    compile_file_size_bytes: int | None = None
    compile_open_files: int | None = None


def resolve(asked: Limits, defaults: DefaultLimits) -> Limits:
    """The limits in force."""
    missing = {name: _default(name, defaults) for name in asked.__struct_fields__ if getattr(asked, name) is None}
    return msgspec.structs.replace(asked, **missing)


def _default(name: str, defaults: DefaultLimits) -> int | None:
    """The default of a field of Limits; durations have another name there."""
    value: timedelta | int | None = getattr(defaults, name.removesuffix("_ms"))
    return in_milliseconds(value) if isinstance(value, timedelta) else value


def parse_language_limits(text: str, language: str) -> dict[str, timedelta | int]:
    """Fields of DefaultLimits that `python=cpu:2s|memory:256MiB,go=...` has for `language`. Raises ValueError."""
    found: dict[str, timedelta | int] = {}
    for part in filter(None, text.split(",")):
        name, equals, limits = part.partition("=")
        if not equals or not name.strip():
            raise ValueError(f"{part!r} names no language")
        parsed = dict(_parse_limit(limit) for limit in limits.split("|"))
        if name.strip() == language:
            found |= parsed
    return found


def beyond(defaults: DefaultLimits, longest: timedelta, most: Maxima) -> str | None:
    """Which default is over what a request may ask for, or None."""
    for name, value, largest in (
        ("wall", defaults.wall, longest),
        ("cpu", defaults.cpu, most.cpu),
        ("memory", defaults.memory_bytes, most.memory),
        ("processes", defaults.processes, most.processes),
        ("output", defaults.output_bytes, most.output),
        ("file_size", defaults.file_size_bytes, most.file_size),
        ("open_files", defaults.open_files, most.open_files),
    ):
        if value is not None and value > largest:  # type: ignore[operator] # both of a row are of one kind
            variable = f"MAX_{_VARIABLES.get(name, name.upper())}={_shown(name, largest)}"
            return f"{variable}: expected at least the default {name}, {_shown(name, value)}"
    return None


def _parse_limit(text: str) -> tuple[str, timedelta | int]:
    name, colon, value = text.strip().partition(":")
    if not colon or name not in _KINDS:
        raise ValueError(f"{text!r} is no limit")
    field, parse = _KINDS[name]
    limit = parse(value)
    if not _positive(limit):
        raise ValueError(f"{text!r} is not positive")
    return field, limit


_VARIABLES = {"wall": "TIMEOUT"}
_KINDS: dict[str, tuple[str, Callable[[str], timedelta | int]]] = {
    "wall": ("wall", parse_duration),
    "cpu": ("cpu", parse_duration),
    "memory": ("memory_bytes", parse_size),
    "processes": ("processes", int),
    "output": ("output_bytes", parse_size),
    "file_size": ("file_size_bytes", parse_size),
    "open_files": ("open_files", int),
}


def _positive(limit: timedelta | int) -> bool:
    return limit > timedelta(0) if isinstance(limit, timedelta) else limit > 0


def _shown(name: str, value: timedelta | int) -> str:
    if isinstance(value, timedelta):
        return format_duration(value)
    return str(value) if name in ("processes", "open_files") else format_size(value)
