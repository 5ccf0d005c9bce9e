"""The most that a request may ask for, which the edge enforces and the executors hold their own defaults to."""

from dataclasses import dataclass
from datetime import timedelta

from streams.env import Env


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
        output=env.size("MAX_OUTPUT", "1MiB"),
        file_size=env.size("MAX_FILE_SIZE", "128MiB"),
        open_files=env.integer("MAX_OPEN_FILES", 4096, 16, 1_000_000),
    )
