"""Processes of the container: starting one, as root or as a job's user, and finding all of a user."""

import contextlib
import os
import resource
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .cgroup import Cgroup
from .landlock import restrict, ruleset

_CPUCLOCK_SCHED = 2  # of a whole process; what clock_getcpuclockid(3), which Python lacks, makes of a pid
CONTROL_FD = 100  # far above what a program opens first, so that its own numbers are as in a plain start
JOB, ZYGOTE, HUNTER = 1000, 500, 400
"""Whom the kernel takes first when memory runs out (`oom_score_adj`). The agent, which has 0, comes last: it needs
memory in the very moment in which a job has left none, if only for pages that it shared with the hunter until it wrote
to them. When nothing of the job lives and its files fill the container, what waits beside the agent goes, and is made
again.
"""
NICENESS = 19
"""Of all that the agent starts, which so comes after itself and the hunter: hundreds of processes that spin may keep a
limit waiting otherwise, each step of its keeping for a round of them all (a second and more on a slow host). It says
nothing of other containers: between these the kernel divides time by their cgroups, whatever is in them.
"""


@dataclass(frozen=True)
class Command:
    """A program to start. `control` is handed on as descriptor CONTROL_FD; `expendable`: a job, not a zygote;
    `standby`: the name of the waiting process that can be it.
    """

    path: str
    argv: Sequence[str]
    env: Mapping[str, str]
    uid: int = 0
    gid: int = 0
    cwd: str = "/job"
    rlimits: Mapping[int, int] = field(default_factory=dict)
    control: int | None = None
    expendable: bool = True
    standby: str | None = None


def start(command: Command, stdio: tuple[int, int, int], failure: int | None = None) -> int:
    """Start `command` on three descriptors and return its pid. What goes wrong before exec is written to `failure`."""
    kept_to = ruleset() if command.expendable else -1
    pid = os.fork()
    if pid:
        return pid
    try:
        _become(command, stdio, failure, kept_to)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(failure if failure is not None else 2, f"cannot start {command.path}: {error}\n".encode())
    os._exit(127)


def _become(command: Command, stdio: tuple[int, int, int], failure: int | None, kept_to: int) -> None:
    os.setsid()
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    for target, fd in enumerate(stdio):
        os.dup2(fd, target)
    if command.control is not None:
        os.dup2(command.control, CONTROL_FD)
    if failure is not None and failure <= 2:
        raise OSError("the failure pipe took the place of a standard stream")
    os.umask(0o022)
    if command.expendable:
        offer_to_die(JOB)
        restrict(kept_to)
    else:
        offer_to_die(ZYGOTE)
    for kind, value in command.rlimits.items():
        resource.setrlimit(kind, (value, value))
    os.chdir(command.cwd)
    os.setgroups([])
    if command.gid:
        os.setresgid(command.gid, command.gid, command.gid)
    if command.uid:
        os.setresuid(command.uid, command.uid, command.uid)
    os.execve(command.path, list(command.argv), dict(command.env))


def offer_to_die(score: int) -> None:
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write(str(score))


def any_of(uid: int, cgroup: Cgroup, own_tasks: int) -> bool:
    """Whether a process of `uid` lives, or is an unreaped zombie; the cgroup's exact count makes this cheap."""
    if cgroup.tasks() == own_tasks:
        return False
    return any_listed(uid)


def threads(pid: int) -> int:
    """How many the process has: the kernel counts each as a task."""
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/task"))
    return 0


def cpu_s(pid: int) -> float:
    """The CPU time that a process has used, in seconds; 0 when it is gone."""
    with contextlib.suppress(OSError):
        return time.clock_gettime(~pid << 3 | _CPUCLOCK_SCHED)
    return 0.0


def any_listed(uid: int, proc: str = "/proc") -> bool:
    """Whether /proc lists a process of `uid`. It ends at the first: a bomb has left thousands, each an open call."""
    wanted = str(uid)
    with os.scandir(proc) as entries:
        return any(entry.name.isdigit() and _belongs_to(wanted, entry.path) for entry in entries)


def _belongs_to(uid: str, directory: str) -> bool:
    with contextlib.suppress(OSError), open(f"{directory}/status", errors="replace") as status:
        return any(line.startswith("Uid:") and uid in line.split()[1:] for line in status)
    return False
