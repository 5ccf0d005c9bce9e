"""What all processes use together, from /proc: for a container that sees no cgroup, as under gVisor."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_UTIME, _CSTIME = 11, 14  # counted from the field after the command's name
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def is_of_a_sandbox(proc: Path = Path("/proc")) -> bool:
    """Whether /proc is about this sandbox alone: gVisor's is, and only gVisor has this file."""
    return (proc / "sentry-meminfo").exists()


def cpu_ns(proc: Path = Path("/proc")) -> int:
    """Nanoseconds of CPU time, that of children that were waited for included, so that none is counted twice."""
    return _TICK_NS * sum(int(time) for fields in _stats(proc) for time in fields[_UTIME : _CSTIME + 1])


def used_bytes(proc: Path = Path("/proc")) -> int:
    """Memory in use in the whole sandbox, files in tmpfs included: under gVisor that is what meminfo is about."""
    table = dict(line.split(":", 1) for line in (proc / "meminfo").read_text("ascii").splitlines())
    total, free = (int(table[name].split()[0]) * 1024 for name in ("MemTotal", "MemFree"))
    return total - free


def _stats(proc: Path) -> Iterator[list[str]]:
    for name in os.listdir(proc):
        if name.isdigit():
            with contextlib.suppress(OSError), open(proc / name / "stat", encoding="utf-8", errors="replace") as stat:
                yield stat.read().rpartition(")")[2].split()
