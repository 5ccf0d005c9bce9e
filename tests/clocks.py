"""Clocks of processes that a test starts, put forward and back while they run."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FakeClock:
    """A clock that `file` sets. Only wall time is faked: what measures durations goes on as it should."""

    file: Path

    def set(self, seconds: int) -> None:
        """So many seconds ahead of the true time."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.rename(self.file)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to have this clock; started before the first `set`, it has the true time."""
        if not self.file.exists():
            self.set(0)
        faketime = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        return {
            # The C library's malloc before any other: jemalloc (Redis's) wants to know the time before it is ready, and
            # faketime wants memory to tell it.
            "LD_PRELOAD": f"{faketime}:{faketime.parents[1] / 'libc.so.6'}",
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
