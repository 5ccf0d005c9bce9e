"""The most that a request may ask for, which the edge enforces and the executors hold their own defaults to."""

from dataclasses import dataclass
from datetime import timedelta

from streams.bytesize import format_size, parse_size
from streams.env import Env

LARGEST_INPUTS = 48 << 20
"""Bytes of a job's source, stdin and files together, however much the settings allow of each: what a runner is told in
one piece has to hold them.
"""
LARGEST_OUTPUT = 12 << 20
"""Likewise of each of the four streams that come back: stdout and stderr of the program and of its compiler."""


@dataclass(frozen=True, slots=True)
class Maxima:
    """Largest limits of a job. Sizes are bytes; `processes` counts threads, too. The wall clock's is MAX_TIMEOUT."""

    cpu: timedelta = timedelta(seconds=120)
    memory: int = 1 << 30
    processes: int = 512
    output: int = 1 << 20
    file_size: int = 128 << 20
    open_files: int = 4096


def maxima(env: Env) -> Maxima:
    """From MAX_CPU, MAX_MEMORY, MAX_PROCESSES, MAX_OUTPUT, MAX_FILE_SIZE, MAX_OPEN_FILES. Raises SettingError."""
    return Maxima(
        cpu=env.duration("MAX_CPU", "120s"),
        memory=env.size("MAX_MEMORY", "1GiB"),
        processes=env.integer("MAX_PROCESSES", 512, 1, 100_000),
        output=env.parsed("MAX_OUTPUT", "1MiB", _output, f"a positive size up to {format_size(LARGEST_OUTPUT)}"),
        file_size=env.size("MAX_FILE_SIZE", "128MiB"),
        open_files=env.integer("MAX_OPEN_FILES", 4096, 16, 1_000_000),
    )


def _output(text: str) -> int:
    size = parse_size(text)
    if not 0 < size <= LARGEST_OUTPUT:
        raise ValueError(text)
    return size
