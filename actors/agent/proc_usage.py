"""What all processes use together, from /proc: for a container that sees no cgroup, as under gVisor."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

_UTIME, _CSTIME, _RSS = 11, 14, 21  # counted from the field after the command's name
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGESIZE")


def cpu_ns(proc: Path = Path("/proc")) -> int:
    """Nanoseconds of CPU time, that of children that were waited for included, so that none is counted twice."""
    return _TICK_NS * sum(int(time) for fields in _stats(proc) for time in fields[_UTIME : _CSTIME + 1])


def resident_bytes(proc: Path = Path("/proc")) -> int:
    """The sum of the resident sizes; what processes share counts for each of them."""
    return _PAGE * sum(int(fields[_RSS]) for fields in _stats(proc))


def _stats(proc: Path) -> Iterator[list[str]]:
    for name in os.listdir(proc):
        if name.isdigit():
            with contextlib.suppress(OSError), open(proc / name / "stat", encoding="utf-8", errors="replace") as stat:
                yield stat.read().rpartition(")")[2].split()
