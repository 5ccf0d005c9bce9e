"""What the agent does for itself at its start, so that a job learns no more of it than that it exists."""

import contextlib
import os

NAME = "agent"
_TERMINALS = "/dev/pts/ptmx"
_ARG_START, _ARG_END = 45, 46  # of /proc/self/stat, counted from the field after the command's name


def seclude() -> None:
    """Best effort: where the kernel is another (gVisor), some of it is not there, and nothing is lost by that."""
    with contextlib.suppress(OSError):
        _rename()
    with contextlib.suppress(OSError):
        _keep_terminals()


def _rename() -> None:
    """`agent` for whoever lists processes: neither where the interpreter is nor what it was started with."""
    with open("/proc/self/comm", "wb") as comm:
        comm.write(NAME.encode())
    with open("/proc/self/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rpartition(")")[2].split()
    start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
    with open("/proc/self/mem", "r+b", buffering=0) as memory:
        memory.seek(start)
        memory.write(NAME.encode().ljust(end - start, b"\0"))


def _keep_terminals() -> None:
    """Jobs open no pseudo terminals: all containers of a host share a few thousand, and the kernel's code for them."""
    os.chmod(_TERMINALS, 0o600)
