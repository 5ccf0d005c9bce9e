"""Memory in the buffers of sockets: version 1 of cgroups counts it for nobody, and all of a host share what there is.

The container's settings cap the buffers of one socket (`net.ipv4.tcp_rmem`, `tcp_wmem`; seccomp keeps jobs from asking
for more), so the number of sockets bounds the memory. A job with a few of them is not bothered.
"""

import contextlib
import os
from collections.abc import Callable

_FREE = 256
_EACH = 128 << 10  # bytes: what a socket can hold in both directions
_FILES = ("/proc/net/sockstat", "/proc/net/sockstat6")
_KINDS = ("TCP:", "UDP:", "TCP6:", "UDP6:")


def buffers_counter(files: tuple[str, ...] = _FILES) -> Callable[[], int]:
    """Makes a counter of the bytes that the sockets of this network namespace may hold beyond what is free."""
    fds = []
    for path in files:
        with contextlib.suppress(OSError):  # no IPv6, or another kernel
            fds.append(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    return lambda: _EACH * max(0, sum(_sockets(os.pread(fd, 4096, 0)) for fd in fds) - _FREE)


def _sockets(stat: bytes) -> int:
    """Those in use, of a file like `TCP: inuse 3 orphan 0 tw 0 alloc 83 mem 1570`."""
    words = [line.split() for line in stat.decode("ascii").splitlines()]
    return sum(int(line[2]) for line in words if line and line[0] in _KINDS)
