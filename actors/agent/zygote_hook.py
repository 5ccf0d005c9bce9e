"""Runs inside the jobs' own Python, as `usercustomize`, at the very end of its start: the zygote.

`python3 main.py` is started by the agent as root and without HOME, so that `site` finds this file in root's home. It
forks, when the agent says so, a process that waits for one job; that process then simply returns into the interpreter,
which goes on to run main.py in its own way: no frame, module or descriptor of ours is left. A plain start finds no
`usercustomize`, and neither shall this one seem to: the module ends with the ImportError that `site` expects then.
"""

import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CONTROL_FD = 100
ROOT_HOME = "/root"
_PR_SET_DUMPABLE = 4
_LANDLOCK_RESTRICT_SELF = 446
_OURS = ("_socket", "_ctypes", "gc")


def _zygote() -> None:
    """Serve the agent; returns only in a process that became a job."""
    import gc  # noqa: PLC0415 - not in a process that only looks for usercustomize

    sys.modules.pop("pwd", None)  # a start with a HOME does without it
    gc.collect()
    gc.freeze()  # what follows is ours, and can be collected by itself, in no time, before the job begins
    import _ctypes  # noqa: PLC0415
    import _socket  # noqa: PLC0415

    prctl, syscall = (
        _ctypes.dlsym(_ctypes.dlopen(None, 0), name)  # type: ignore[arg-type] # None: this very process
        for name in ("prctl", "syscall")
    )
    call = _ctypes.call_function
    agent = _socket.socket(fileno=CONTROL_FD)
    while True:
        order, ancillary, _flags, _address = agent.recvmsg(16, 64)
        if not order:
            posix._exit(0)  # noqa: SLF001
        fds = memoryview(ancillary[0][2]).cast("i").tolist()
        alone, others = posix.pipe()
        middle = posix.fork()
        if middle == 0:
            if posix.fork():
                posix._exit(0)  # noqa: SLF001 - the agent, PID 1, becomes the parent of what waits
            break
        for fd in (*fds, alone):
            posix.close(fd)
        posix.waitpid(middle, 0)
        posix.close(others)
    agent.close()
    posix.close(others)
    posix.read(alone, 1)  # ends when nobody else holds the job's streams any more
    posix.close(alone)
    _settle(fds[:3])
    for ruleset in fds[4:]:
        if call(syscall, (_LANDLOCK_RESTRICT_SELF, ruleset, 0)) < 0:
            posix._exit(1)  # noqa: SLF001 - the agent starts the job cold
        posix.close(ruleset)
    _become_job(fds[3], call, prctl)
    del agent, call, _ctypes, _socket
    gc.collect()
    gc.unfreeze()


def _settle(streams: list[int]) -> None:
    """All that can be done before the job is known."""
    posix.setsid()
    posix.umask(0o022)
    for target, fd in enumerate(streams):
        posix.dup2(fd, target)
        posix.close(fd)
    score = posix.open("/proc/self/oom_score_adj", posix.O_WRONLY)
    posix.write(score, b"1000")  # when memory runs out the kernel shall take the job, not the agent
    posix.close(score)
    posix.setgroups([])
    _forget_ourselves()


def _become_job(control: int, call: "Callable[[int, tuple[int, ...]], int]", prctl: int) -> None:
    posix.write(control, b"%d" % posix.getpid())
    uid, gid, home, args = _receive(control)
    posix.setresgid(gid, gid, gid)
    posix.setresuid(uid, uid, uid)
    call(prctl, (_PR_SET_DUMPABLE, 1, 0, 0, 0))  # as after an exec: /proc/self belongs to the job
    sys.modules["os"].environ["HOME"] = home
    site = sys.modules["site"]
    site.USER_BASE = home + site.USER_BASE.removeprefix(ROOT_HOME)  # type: ignore[attr-defined]
    site.USER_SITE = home + site.USER_SITE.removeprefix(ROOT_HOME)  # type: ignore[attr-defined]
    sys.argv.extend(args)
    sys.orig_argv.extend(args)
    posix.write(control, b"J")
    posix.close(control)


def _receive(control: int) -> tuple[int, int, str, list[str]]:
    size = posix.read(control, 4)
    order, wanted = b"", int.from_bytes(size, "big")
    while len(order) < wanted:
        order += posix.read(control, wanted - len(order))
    if not order:
        posix._exit(0)  # noqa: SLF001 - the agent does not need this one any more
    given: tuple[int, int, str, list[str]] = sys.modules["marshal"].loads(order)
    return given


def _forget_ourselves() -> None:
    mine = __file__.rpartition("/")[0]
    while mine in sys.path:
        sys.path.remove(mine)
    sys.path_importer_cache.pop(mine, None)
    for name in _OURS:
        sys.modules.pop(name, None)


def _is_zygote() -> bool:
    if posix.getppid() != 1:
        return False
    try:
        posix.fstat(CONTROL_FD)
    except OSError:
        return False
    return True


if _is_zygote():
    _zygote()
    for _name in [name for name in globals() if not name.startswith("__")]:
        del globals()[_name]  # functions and their globals hold each other; this lets them go at once
raise ImportError("no usercustomize", name="usercustomize")
