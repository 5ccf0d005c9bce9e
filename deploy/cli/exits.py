"""Exit codes of the command line: the program's own where it has one, else those that shells and sysexits.h use."""

import signal
from collections.abc import Mapping
from typing import Any

DIFFERENT = 1  # as diff(1)
NOT_FOUND = 1
USAGE = 2
COMMAND_TIMED_OUT = 124  # as timeout(1)
CPU_LIMIT = 128 + signal.SIGXCPU  # as a shell reports RLIMIT_CPU
MEMORY_LIMIT = 128 + signal.SIGKILL  # as a shell reports the kernel's OOM killer
INTERRUPTED = 128 + signal.SIGINT
UNAVAILABLE = 69  # EX_UNAVAILABLE
SOFTWARE = 70  # EX_SOFTWARE

_LIMITS = {
    "timeout": COMMAND_TIMED_OUT,
    "cpu_limit": CPU_LIMIT,
    "memory_limit": MEMORY_LIMIT,
    "cancelled": INTERRUPTED,
}

EXPLAINED = """\
exit codes: the program's own; 128+n when signal n ended it; the compiler's when the code does not compile;
124 wall-clock limit, 152 CPU limit, 137 memory limit, 130 cancelled; 2 wrong usage or refused by the server,
69 server not reachable or busy for too long, 70 the service failed to run the job."""


def exit_code_of(job: Mapping[str, Any]) -> int:
    """The exit code that stands for a finished job, as the API describes it."""
    status = job["status"]
    if status in _LIMITS:
        return int(_LIMITS[status])
    if status == "compile_error":
        return (job.get("compile") or {}).get("exit_code") or 1
    if status in ("succeeded", "failed"):
        return _own_exit_code(job)
    return SOFTWARE


def _own_exit_code(job: Mapping[str, Any]) -> int:
    if job.get("exit_code") is not None:
        return int(job["exit_code"])
    return 128 + _signal_number(job.get("signal") or "")


def _signal_number(name: str) -> int:
    try:
        return signal.Signals[name]
    except KeyError:  # real-time signals have no name of their own here: SIGRTMIN+3
        start, _, offset = name.partition("+")
        known = start in signal.Signals.__members__ and offset.isdigit()
        return signal.Signals[start] + int(offset) if known else 0
