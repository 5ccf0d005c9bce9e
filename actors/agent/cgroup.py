"""The container's own cgroup, read from inside: version 1, version 2, or, where there is none (gVisor), /proc."""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import proc_usage
from .locks import locks_watch
from .sockets import buffers_counter, netlink_counter

ROOT = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
_NO_LIMIT = 1 << 60


@dataclass(frozen=True)
class Cgroup:
    """Counters of the container; each gives None where the host does not offer it.

    `cpu_ns` nanoseconds used; `oom_kills` processes killed for memory; `tasks` threads alive, zombies included;
    `memory_used`, `memory_limit` bytes; `tasks_limit` threads; `uncounted` bytes that `memory_used` lacks,
    and `too_many_locks` whether the container holds so many locks on files that those bytes matter, too.
    """

    version: int
    cpu_ns: Callable[[], int | None]
    oom_kills: Callable[[], int | None]
    tasks: Callable[[], int | None]
    memory_used: Callable[[], int | None]
    memory_limit: Callable[[], int | None]
    tasks_limit: Callable[[], int | None]
    uncounted: Callable[[], int] = lambda: 0
    too_many_locks: Callable[[], bool] = lambda: False

    def memory_left(self) -> int:
        """Bytes until the container is full."""
        limit, used = self.memory_limit(), self.memory_used()
        return _NO_LIMIT if limit is None or used is None else limit - used


def find_cgroup(root: Path = ROOT, own: Path = OWN) -> Cgroup:
    if (root / "cgroup.controllers").exists():
        return _version_2(_own_directory(root, own))
    if (root / "memory").is_dir():
        return _version_1(root)
    return _no_version()


def _own_directory(root: Path, own: Path) -> Path:
    """The container's own: the root of what it sees, unless it was started with the host's cgroup namespace."""
    with contextlib.suppress(OSError):
        for line in own.read_text("utf-8").splitlines():
            place = root / line.partition("::")[2].lstrip("/")
            if line.startswith("0::") and (place / "memory.max").exists():
                return place
    return root


def _no_version() -> Cgroup:
    nothing = _counter([], int)
    return Cgroup(0, proc_usage.cpu_ns, nothing, nothing, proc_usage.used_bytes, nothing, nothing)


def _version_1(root: Path) -> Cgroup:
    buffers, netlink = buffers_counter(), netlink_counter()
    return Cgroup(
        1,
        cpu_ns=_counter([root / "cpuacct/cpuacct.usage", root / "cpu,cpuacct/cpuacct.usage"], int),
        oom_kills=_counter([root / "memory/memory.oom_control"], _keyed("oom_kill")),
        tasks=_counter([root / "pids/pids.current"], int),
        memory_used=_counter([root / "memory/memory.usage_in_bytes"], int),
        memory_limit=_counter([root / "memory/memory.limit_in_bytes"], _limit),
        tasks_limit=_counter([root / "pids/pids.max"], _limit),
        uncounted=lambda: buffers() + netlink(),
        too_many_locks=locks_watch(),
    )


def _version_2(root: Path) -> Cgroup:
    return Cgroup(
        2,
        cpu_ns=_counter([root / "cpu.stat"], lambda text: 1000 * _keyed("usage_usec")(text)),
        oom_kills=_counter([root / "memory.events"], _keyed("oom_kill")),
        tasks=_counter([root / "pids.current"], int),
        memory_used=_counter([root / "memory.current"], int),
        memory_limit=_counter([root / "memory.max"], _limit),
        tasks_limit=_counter([root / "pids.max"], _limit),
        uncounted=netlink_counter(),
        too_many_locks=locks_watch(),
    )


def _keyed(name: str) -> Callable[[str], int]:
    def value(text: str) -> int:
        for line in text.splitlines():
            key, _, number = line.partition(" ")
            if key == name:
                return int(number)
        raise ValueError(f"no {name} in {text!r}")

    return value


def _limit(text: str) -> int:
    return _NO_LIMIT if text.strip() == "max" else int(text)


def _counter(candidates: list[Path], parse: Callable[[str], int]) -> Callable[[], int | None]:
    """A reader that keeps its file open: these are read around every job."""
    for path in candidates:
        with contextlib.suppress(OSError, ValueError):
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            parse(os.pread(fd, 4096, 0).decode())
            return lambda: parse(os.pread(fd, 4096, 0).decode())
    return lambda: None
