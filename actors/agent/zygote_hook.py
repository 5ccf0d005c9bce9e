"""Runs inside the jobs' own Python, as `usercustomize`, at the very end of its start: the zygote.

`python3 main.py` is started by the agent as root and without HOME, so that `site` finds this file in root's home. It
forks, when the agent says so, a process that waits for one job; that process then simply returns into the interpreter,
which goes on to run main.py in its own way: no frame, module or descriptor of ours is left. A plain start finds no
`usercustomize`, and neither shall this one seem to: the module ends with the ImportError that `site` expects then.
"""

import sys

CONTROL_FD = 100
_PR_SET_DUMPABLE = 4
_OURS = ("_socket", "_ctypes", "pwd", "_posixsubprocess")


def _zygote():
    import posix  # noqa: PLC0415

    import _ctypes  # noqa: PLC0415
    import _socket  # noqa: PLC0415

    prctl = _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")
    agent = _socket.socket(fileno=CONTROL_FD)
    posix.write(CONTROL_FD, b"Z")
    while True:
        order, ancillary, _flags, _address = agent.recvmsg(16, 64)
        if not order:
            posix._exit(0)
        fds = memoryview(ancillary[0][2]).cast("i").tolist()
        alone, others = posix.pipe()
        middle = posix.fork()
        if middle == 0:
            if posix.fork():
                posix._exit(0)  # the agent, PID 1, becomes the parent of what waits
            break
        for fd in (*fds, alone):
            posix.close(fd)
        posix.waitpid(middle, 0)
        posix.close(others)
    agent.close()
    posix.close(others)
    posix.read(alone, 1)  # ends when nobody else holds the job's streams any more
    posix.close(alone)
    _wait_for_job(posix, fds, lambda: _ctypes.call_function(prctl, (_PR_SET_DUMPABLE, 1, 0, 0, 0)))


def _wait_for_job(posix, fds, be_dumpable):
    posix.setsid()
    posix.umask(0o022)
    for target in (0, 1, 2):
        posix.dup2(fds[target], target)
        posix.close(fds[target])
    control = fds[3]
    score = posix.open("/proc/self/oom_score_adj", posix.O_WRONLY)
    posix.write(score, b"1000")
    posix.close(score)
    posix.setgroups([])
    _forget_ourselves()
    posix.write(control, b"%d" % posix.getpid())
    uid, gid, home, args = _receive(posix, control)
    posix.setresgid(gid, gid, gid)
    posix.setresuid(uid, uid, uid)
    be_dumpable()  # as after an exec: /proc/self belongs to the job
    sys.modules["os"].environ["HOME"] = home
    sys.argv.extend(args)
    sys.orig_argv.extend(args)
    posix.write(control, b"J")
    posix.close(control)


def _receive(posix, control):
    size = posix.read(control, 4)
    if len(size) < 4:
        posix._exit(0)
    order, wanted = b"", int.from_bytes(size, "big")
    while len(order) < wanted:
        order += posix.read(control, wanted - len(order))
    return sys.modules["marshal"].loads(order)


def _forget_ourselves():
    site = sys.modules["site"]
    mine = __file__.rpartition("/")[0]
    while mine in sys.path:
        sys.path.remove(mine)
    sys.path_importer_cache.pop(mine, None)
    site.USER_BASE = HOME + site.USER_BASE.removeprefix(ROOT_HOME)
    site.USER_SITE = HOME + site.USER_SITE.removeprefix(ROOT_HOME)
    for name in _OURS:
        sys.modules.pop(name, None)


HOME, ROOT_HOME = "/tmp", "/root"

if sys.modules["posix"].getppid() == 1 and sys.modules["posix"].getpid() != 1:
    try:
        sys.modules["posix"].fstat(CONTROL_FD)
    except OSError:
        pass
    else:
        _zygote()
raise ImportError("no usercustomize", name="usercustomize")
