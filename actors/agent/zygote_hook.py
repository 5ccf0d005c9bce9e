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
    from collections.abc import Callable, Iterator
    from typing import Any

CONTROL_FD = 100
HOME, ROOT_HOME = "/tmp", "/root"
_PR_SET_DUMPABLE, _PR_GET_TID_ADDRESS = 4, 40
_LANDLOCK_RESTRICT_SELF = 446
_CLONE_PARENT, _CLONE_CHILD_SETTID, _CLONE_CHILD_CLEARTID, _SIGCHLD = 0x8000, 0x100_0000, 0x20_0000, 17
_CLONE_ON_X86 = 56
_SYSTEM_CALLS = {"x86_64": (_CLONE_ON_X86, 274, 273), "aarch64": (220, 100, 99)}  # clone, {get,set}_robust_list
_MADV_POPULATE_READ, _MADV_POPULATE_WRITE = 22, 23
_PAGE = 4096
_PRESENT_ALONE = 1 << 63 | 1 << 56  # of an entry of pagemap: the page is there, and no other process has it
_SIGKILL = 9
_REHEARSAL_S, _RLIMIT_NOFILE = 2, 7
_KEEPS_THE_LOCK = 1 | 4  # ctypes' flags: a C function, and one of Python's own
_HEAP_TYPE = 1 << 9
_OURS = ("_socket", "_ctypes", "_operator", "gc")
_KEPT = ("_last_step", "_write", "_leave")  # of this module's names, to its very end


def _zygote() -> "Callable[[], None]":
    """Serve the agent; returns only in a process that shall become a job: its last step, which waits for the job.

    By then all that is ours is gone but for that step, so that the job waits for as little as can be.
    """
    import gc  # noqa: PLC0415 - not in a process that only looks for usercustomize

    _be_at_home()
    forget = _frozen()
    steps = [_serve()]
    collect, unfreeze = gc.collect, gc.unfreeze

    def last_step() -> None:
        collect()  # of what serving left: all else is frozen, so it takes no time
        inspects = steps[0]()
        steps.clear()
        if inspects:
            forget()
            collect()  # of what that step needed: modules and their types, which nobody else could find
            unfreeze()

    return last_step


def _be_at_home() -> None:
    """As if the interpreter had been started with the job's HOME, and had not found this file."""
    sys.modules.pop("pwd", None)  # a start with a HOME does without it
    mine = __file__.rpartition("/")[0]
    while mine in sys.path:
        sys.path.remove(mine)
    sys.path_importer_cache.pop(mine, None)
    sys.modules["os"].environ["HOME"] = HOME
    site = sys.modules["site"]
    site.USER_BASE = HOME + site.USER_BASE.removeprefix(ROOT_HOME)  # type: ignore[attr-defined]
    site.USER_SITE = HOME + site.USER_SITE.removeprefix(ROOT_HOME)  # type: ignore[attr-defined]


def _frozen() -> "Callable[[], None]":
    """Take what the start of the interpreter made out of the collector's sight; returns what lets go of it.

    None of it is garbage before the interpreter ends, and there the collector would go through it four times, which
    takes longer than a small program. Only in one case could a program tell: when it put something of its own into
    these modules or classes, say a function in the place of `time.sleep`, that would keep its objects from being
    finalised. So when the interpreter begins to take itself down, all is thawed if anything in them has changed.
    """
    import gc  # noqa: PLC0415
    from _weakref import ref  # noqa: PLC0415

    unfreeze, is_finalizing = gc.unfreeze, sys.is_finalizing
    is_: Any
    # Three the interpreter empties by itself, and this one goes away.
    left_out = ("sys", "builtins", "__main__", __name__)
    modules = [module for name, module in sys.modules.items() if name not in left_out]
    places: list[Any] = [module.__dict__ for module in modules]
    places += [kind.__dict__ for kind in gc.get_objects() if isinstance(kind, type) and kind.__flags__ & _HEAP_TYPE]
    before = [(place, tuple(place.values())) for place in places]
    site = sys.modules["site"].__dict__

    def look(_importer: object) -> None:
        for place, values in before:
            late = place is site  # one name, `_script`, it defines only after it has looked for usercustomize
            if len(place) != len(values) + late or not all(map(is_, place.values(), values)):
                return unfreeze()
        return None if is_finalizing() else unfreeze()

    # The cache of importers goes first, when all modules are whole. The reference keeps itself alive: frozen, too.
    watch = ref(next(importer for importer in sys.path_importer_cache.values() if importer is not None), look)

    def forget() -> None:
        nonlocal watch, is_
        watch = is_ = None  # type: ignore[assignment]
        before.clear()

    look.__defaults__ = (forget,)
    program = sys.modules["__main__"].__dict__
    its_names = dict(program)
    program.clear()  # empty, it is not followed by the collector, and so not frozen: it is the program's own
    gc.collect()
    gc.freeze()
    program.update(its_names)
    import _operator  # noqa: PLC0415 - not frozen, so that it can be collected

    is_ = _operator.is_
    return forget


def _serve() -> "Callable[[], bool]":
    """Fork a process for each order; returns in that process, which is ready for its job: what `_becoming` returns."""
    import _socket  # noqa: PLC0415

    call, locked, pointer, by_reference = _library()
    written = _rehearsed(call, locked, pointer)
    if written is None:
        return lambda: False
    agent = _socket.socket(fileno=CONTROL_FD)
    fork = _direct_fork(call, locked, pointer, by_reference) or _double_fork
    touch = _touching(call, pointer, written)
    while True:
        order, ancillary, _flags, _address = agent.recvmsg(16, 64)
        if not order:
            posix._exit(0)  # noqa: SLF001
        fds = memoryview(ancillary[0][2]).cast("i").tolist()
        alone, others = posix.pipe()
        if fork():
            touch()  # first of all: what follows would meet many of these pages one by one
            break
        for fd in (*fds, alone, others):
            posix.close(fd)
    agent.close()
    posix.close(others)
    posix.read(alone, 1)  # ends when nobody else holds the job's streams any more
    posix.close(alone)
    _settle(fds[:3])
    for ruleset in fds[4:]:
        if call("syscall", _LANDLOCK_RESTRICT_SELF, ruleset, 0) < 0:
            posix._exit(1)  # noqa: SLF001 - the agent starts the job cold
        posix.close(ruleset)
    become_job = _becoming(fds[3], call)
    posix.write(fds[3], b"%d" % posix.getpid())
    return become_job


def _library() -> "tuple[Callable[..., int], Callable[[str], Callable[..., int]], Any, Any]":
    """The C functions of this process: how to call one by its name, how to get one that needs Python's lock to be held;
    a type `void *`, and what makes a reference to such a pointer.
    """
    import _ctypes  # noqa: PLC0415

    handle = _ctypes.dlopen(None, 0)  # type: ignore[arg-type] # None: this very process
    simple: Any = _ctypes._SimpleCData  # noqa: SLF001
    function: Any = _ctypes.CFuncPtr
    with_lock = type("with_lock", (function,), {"_flags_": _KEEPS_THE_LOCK})

    def call(name: str, *arguments: object) -> int:
        result: int = _ctypes.call_function(_ctypes.dlsym(handle, name), arguments)
        return result

    def locked(name: str) -> "Callable[..., int]":
        return with_lock(_ctypes.dlsym(handle, name))  # type: ignore[no-any-return]

    return call, locked, type("pointer", (simple,), {"_type_": "P"}), _ctypes.byref


def _double_fork() -> bool:
    """Fork twice, so that the agent, PID 1, becomes the parent of what waits; whether this is that process."""
    middle = posix.fork()
    if middle:
        posix.waitpid(middle, 0)
        return False
    if posix.fork():
        posix._exit(0)  # noqa: SLF001
    return True


def _direct_fork(
    call: "Callable[..., int]", locked: "Callable[[str], Callable[..., int]]", pointer: "Any", by_reference: "Any"
) -> "Callable[[], bool] | None":
    """A fork of which the agent is the parent at once, at half the price; None where that cannot be done.

    posix.fork() knows no such flag. So this does what it does around the system call, and what the C library does for
    the child: the address of its thread's id, and its list of robust mutexes.
    """
    numbers = _SYSTEM_CALLS.get(posix.uname().machine)
    own, robust, size = pointer(0), pointer(0), pointer(0)
    if numbers is None or call("prctl", _PR_GET_TID_ADDRESS, by_reference(own)) != 0:
        return None
    clone, get_robust_list, set_robust_list = numbers
    if call("syscall", get_robust_list, 0, by_reference(robust), by_reference(size)) != 0:
        return None
    before, in_child, in_parent, syscall = map(
        locked, ("PyOS_BeforeFork", "PyOS_AfterFork_Child", "PyOS_AfterFork_Parent", "syscall")
    )
    flags = _CLONE_PARENT | _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID | _SIGCHLD
    last = (own, None) if clone == _CLONE_ON_X86 else (None, own)

    def fork() -> bool:
        before()
        pid = syscall(clone, flags, None, None, *last)
        if pid:
            in_parent()
            if pid < 0:
                posix._exit(1)  # noqa: SLF001 - no room: the agent starts the job cold, and later a new zygote
            return False
        in_child()
        syscall(set_robust_list, robust, size)
        return True

    return fork


def _touching(call: "Callable[..., int]", pointer: "Any", written: "list[tuple[int, int]]") -> "Callable[[], None]":
    """What copies the memory that a job will write to, and maps the code that it will run, so that it need not."""
    advices = [(pointer(start), pointer(size), _MADV_POPULATE_WRITE) for start, size in written]
    for start, end, permissions, what in _mappings():
        if permissions == "r-xp" and ("/python3" in what or "/libc.so" in what):
            advices.append((pointer(start), pointer(end - start), _MADV_POPULATE_READ))

    def touch() -> None:
        for advice in advices:
            call("madvise", *advice)  # where the kernel does not know it, nothing is lost

    return touch


def _rehearsed(
    call: "Callable[..., int]", locked: "Callable[[str], Callable[..., int]]", pointer: "Any"
) -> "list[tuple[int, int]] | None":
    """Where a job will write on its way to the end of its interpreter: start and size of each piece of memory.

    A process goes that way without a program, since it can open no file, and stops at the very end; the kernel tells
    which pages are its alone by then. Nearly all are those that the interpreter's end goes through, whatever the
    program. Returns None in that process, which goes on.
    """
    ended, ends = posix.pipe()
    rehearsal = posix.fork()
    if not rehearsal:
        _stop_at_the_end(call, locked, pointer(ends))
        return None
    posix.close(ends)
    posix.read(ended, 1)
    posix.close(ended)
    writable = [(start, end) for start, end, permissions, _ in _mappings() if permissions == "rw-p"]
    try:
        written = [piece for start, end in writable for piece in _own(rehearsal, start, end)]
    except OSError:  # it came to grief, or the kernel does not tell
        written = []
    posix.kill(rehearsal, _SIGKILL)
    posix.waitpid(rehearsal, 0)
    return written or [(start, end - start) for start, end in writable]


def _stop_at_the_end(call: "Callable[..., int]", locked: "Callable[[str], Callable[..., int]]", ends: object) -> None:
    """Let this process go on to its end and, as its last act, close `ends` and wait to be killed.

    It is still root, and a job's main.py may be there by the time that it looks for one: it must not open that, so it
    can open nothing any more.
    """
    call("alarm", _REHEARSAL_S)  # in case it does not come to that
    nothing = posix.open("/dev/null", posix.O_RDWR)
    for fd in range(3):
        posix.dup2(nothing, fd)
    posix.close(nothing)
    posix.close(CONTROL_FD)
    for function, argument in ("pause", None), ("close", ends):  # what is registered last is called first
        call("__cxa_atexit", locked(function), argument, None)
    if call("setrlimit", _RLIMIT_NOFILE, bytes(16)) != 0:  # neither now nor later
        posix._exit(1)  # noqa: SLF001
    _forget_ours()


def _own(pid: int, start: int, end: int) -> "Iterator[tuple[int, int]]":
    """The pieces between two addresses in pages that a process shares with no other. A page in between counts, too: to
    ask twice costs as much.
    """
    pagemap = posix.open(f"/proc/{pid}/pagemap", posix.O_RDONLY)
    entries = memoryview(posix.pread(pagemap, (end - start) // _PAGE * 8, start // _PAGE * 8)).cast("Q")
    posix.close(pagemap)
    own = [number for number, entry in enumerate(entries) if entry & _PRESENT_ALONE == _PRESENT_ALONE]
    first = last = None
    for number in own:
        if last is None or number > last + 2:
            if first is not None and last is not None:
                yield start + first * _PAGE, (last + 1 - first) * _PAGE
            first = number
        last = number
    if first is not None and last is not None:
        yield start + first * _PAGE, (last + 1 - first) * _PAGE


def _mappings() -> "Iterator[tuple[int, int, str, str]]":
    """Start, end, permissions and file of each mapping of this process."""
    maps = posix.open("/proc/self/maps", posix.O_RDONLY)
    text = b""
    while chunk := posix.read(maps, 1 << 16):
        text += chunk
    posix.close(maps)
    for line in text.decode().splitlines():
        words = line.split()
        start, _, end = words[0].partition("-")
        yield int(start, 16), int(end, 16), words[1], words[5] if len(words) > 5 else ""


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
    _forget_ours()


def _forget_ours() -> None:
    for name in _OURS:
        sys.modules.pop(name, None)


def _becoming(control: int, call: "Callable[..., int]") -> "Callable[[], bool]":
    """What has this process wait for its job and become it, when no global name of this module is left; it returns
    whether the job inspects the interpreter.
    """
    read, write, close, leave = posix.read, posix.write, posix.close, posix._exit  # noqa: SLF001
    setresgid, setresuid, loads = posix.setresgid, posix.setresuid, sys.modules["marshal"].loads
    argv, orig_argv, from_bytes = sys.argv, sys.orig_argv, int.from_bytes
    dumpable = ("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)

    def received() -> tuple[int, int, list[str], bool]:
        order, wanted = b"", from_bytes(read(control, 4), "big")
        while len(order) < wanted:
            order += read(control, wanted - len(order))
        if not order:
            leave(0)  # the agent does not need this one any more
        given: tuple[int, int, list[str], bool] = loads(order)
        return given

    def become_job() -> bool:
        uid, gid, args, inspects = received()
        setresgid(gid, gid, gid)
        setresuid(uid, uid, uid)
        call(*dumpable)  # as after an exec: /proc/self belongs to the job
        argv.extend(args)
        orig_argv.extend(args)
        write(control, b"J")
        close(control)
        return inspects

    return become_job


def _is_zygote() -> bool:
    if posix.getppid() != 1:
        return False
    try:
        posix.fstat(CONTROL_FD)
    except OSError:
        return False
    return True


if _is_zygote():
    _write, _leave = posix.write, posix._exit  # noqa: SLF001
    try:
        _last_step = _zygote()
        for _name in [name for name in globals() if name not in _KEPT and not name.startswith("__")]:
            del globals()[_name]  # functions and their globals hold each other; this lets them go at once
        _last_step()
    except BaseException as error:  # `site` would report it and go on to main.py, as root
        try:
            _write(2, f"the Python zygote failed: {error!r}\n".encode())
        finally:
            _leave(1)
    del _last_step, _write, _leave
raise ImportError("no usercustomize", name="usercustomize")
