"""Locks on files: memory of the kernel that no cgroup counts, neither version, and no limit bounds (CVE-2022-0480).

A job may have as many as programs ever need. To look at the kernel's list takes some milliseconds, in which the whole
machine waits for its locks, so it is looked at rarely. Locks of open file descriptions are not in it by process:
seccomp refuses them.
"""

import os
from collections.abc import Callable

MOST = 8192
_OF_NOBODY = b"OFDLCK"


def locks_watch(path: str = "/proc/locks", most: int = MOST) -> Callable[[], bool]:
    """Makes a question whether the processes of this container hold more than `most` locks, or wait for them."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # a kernel without such a list
        return lambda: False
    return lambda: _count(fd, most) > most


def _count(fd: int, most: int) -> int:
    found = position = 0
    while found <= most and (chunk := os.pread(fd, 1 << 16, position)):
        position += len(chunk)
        found += chunk.count(b"\n") - chunk.count(_OF_NOBODY)
    return found
