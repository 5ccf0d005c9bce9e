"""Memory in the buffers of sockets that no cgroup counts, of which all of a host share what there is.

Version 1 counts those of TCP and UDP for nobody. The container's settings cap the buffers of one such socket
(`net.ipv4.tcp_rmem`, `tcp_wmem`; seccomp keeps jobs from asking for more). What the kernel answers over netlink,
neither version counts until it is read. In both cases the number of sockets bounds the memory, and a job with a few
of them is not bothered.
"""

import contextlib
import os
import socket
from collections.abc import Callable

_NETLINK_FREE = 64
_NETLINK_EACH = 256 << 10  # bytes: the usual size of a buffer that is filled, and an answer more
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


def netlink_counter(path: str = "/proc/net/protocols") -> Callable[[], int]:
    """Makes a counter of the bytes that netlink sockets of this network namespace may hold beyond what is free."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # another kernel
        return lambda: 0
    return lambda: _NETLINK_EACH * max(0, _netlink_sockets(os.pread(fd, 16_384, 0)) - _NETLINK_FREE)


def free_in_flight() -> None:
    """Have the kernel free sockets that were sent to themselves, with all that was sent along, once their senders died.

    Nobody can reach them, but the kernel looks for them only when some Unix socket is closed; until then, which can be
    seconds, they hold the job's streams, files and memory.
    """
    socket.socket(socket.AF_UNIX).close()


def _netlink_sockets(protocols: bytes) -> int:
    """Of a table with lines like `NETLINK   1096    404      -1   NI ...`: name, size, sockets, ..."""
    lines = (line.split() for line in protocols.decode("ascii").splitlines())
    return sum(int(line[2]) for line in lines if line and line[0] == "NETLINK")


def _sockets(stat: bytes) -> int:
    """Those in use, of a file like `TCP: inuse 3 orphan 0 tw 0 alloc 83 mem 1570`."""
    words = [line.split() for line in stat.decode("ascii").splitlines()]
    return sum(int(line[2]) for line in words if line and line[0] in _KINDS)
