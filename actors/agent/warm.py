"""Warm starts: processes that have their start behind them wait for the next job."""

import contextlib
import json
import marshal
import os
import re
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from . import layout
from .landlock import ruleset
from .languages import PROGRAM
from .loop import Loop, close
from .processes import Command, cpu_s, start, threads
from .request import Request
from .standby import Standby
from .streams import make_stdio

_MAX_AGE_S = 600.0
_MAX_FORKS = 500


_INSPECTING = re.compile(
    rb"\b(?:gc|pdb|bdb|trace|c?[Pp]rofile|settrace(?:_all_threads)?|setprofile(?:_all_threads)?|monitoring|getrefcount"
    rb"|getweakref\w+|ctypes|__subclasses__)\b"
)


def inspects(request: Request) -> bool:
    """Whether a Python program may look at the interpreter's own objects: some are kept from the collector, and some of
    ours wait for it.
    """
    return any(map(_INSPECTING.search, (request.source, *request.files.values())))


class Warmer(Protocol):
    """Keeps one standby of each name at most."""

    def prepare(self, uid: int, gid: int, /) -> None:
        """Begin standbys for jobs of this user, where none is there that is still young."""

    def take(self, name: str, uid: int, gid: int, /) -> Standby | None:
        """The standby of that name, for good; None when there is none for this user."""

    def order(self, request: Request, /) -> bytes:
        """What a standby reads at hand-over."""

    def tasks(self) -> int:
        """Threads of ours that stay while a job runs."""

    def cpu_s(self) -> float:
        """The CPU time that those which wait have used."""

    def dismiss(self) -> None:
        """End what waits, before this returns: what comes next is to find nothing beside it."""

    def reaped(self, pid: int, /) -> None:
        """A child died that is no job's."""


class Cold:
    """No warm starts."""

    def prepare(self, uid: int, gid: int) -> None:
        pass

    def take(self, _name: str, _uid: int, _gid: int) -> Standby | None:
        return None

    def order(self, _request: Request) -> bytes:
        return b""

    def tasks(self) -> int:
        return 0

    def cpu_s(self) -> float:
        return 0.0

    def dismiss(self) -> None:
        pass

    def reaped(self, pid: int) -> None:
        pass


class _Keeper:
    """Keeps the standbys; how they are started, told and counted is the subclass's part."""

    def __init__(self, loop: Loop, names: tuple[str, ...] = (PROGRAM,)) -> None:
        self._loop, self._names = loop, names
        self._standbys: dict[str, Standby] = {}

    def prepare(self, uid: int, gid: int) -> None:
        for name in self._names:
            standby = self._standbys.get(name)
            if standby is not None:
                if standby.fits(uid, gid) and time.monotonic() - standby.born < _MAX_AGE_S:
                    continue
                self._standbys.pop(name).discard()
            begun = self._begin(name, uid, gid)
            if begun is not None:
                self._standbys[name] = begun

    def take(self, name: str, uid: int, gid: int) -> Standby | None:
        standby = self._standbys.pop(name, None)
        if standby is not None and not standby.fits(uid, gid):
            standby.discard()
            return None
        return standby

    def order(self, request: Request) -> bytes:
        raise NotImplementedError

    def tasks(self) -> int:
        raise NotImplementedError

    def cpu_s(self) -> float:
        return sum(cpu_s(standby.pid) for standby in self._standbys.values() if standby.pid)

    def _begin(self, name: str, uid: int, gid: int) -> Standby | None:
        raise NotImplementedError

    def dismiss(self) -> None:
        while self._standbys:
            self._standbys.popitem()[1].end()

    def reaped(self, pid: int) -> None:
        for name, standby in list(self._standbys.items()):
            if standby.pid == pid:
                self._standbys.pop(name).reaped()


class _Starter(_Keeper):
    """Each standby is started as what it will be, but as root, and waits by itself."""

    in_group = False
    """Whether it waits in its job's group already; else it takes that with the user."""

    def __init__(self, loop: Loop, commands: Mapping[str, Command]) -> None:
        super().__init__(loop, tuple(commands))
        self._commands = commands

    def tasks(self) -> int:
        return sum(threads(standby.pid) for standby in self._standbys.values())

    def _begin(self, name: str, uid: int, gid: int) -> Standby:
        group = gid if self.in_group else 0
        standby = Standby(self._loop, uid, gid, group)
        command = replace(self._commands[name], gid=group, control=standby.far_end.fileno())
        standby.launched(start(command, standby.stdio.job))
        return standby


# V8 starts four for itself, whose start and end each job would pay; the profile gives a runner one processor.
_FEW_THREADS = "--v8-pool-size=1"


class NodeWarmer(_Starter):
    """A Node process that waits in a preloaded file before its main module."""

    in_group = True

    def __init__(self, loop: Loop) -> None:
        # In the environment, where it can be taken out again: the command line is in the reports that Node.js writes.
        environment = {**layout.ENVIRONMENT, "NODE_OPTIONS": f"--require={layout.NODE_PRELOAD} {_FEW_THREADS}"}
        super().__init__(loop, {PROGRAM: Command(layout.NODE, ["node", "main.js"], environment)})

    def order(self, request: Request) -> bytes:
        return json.dumps({"uid": request.uid, "args": request.args}).encode()


class GoWarmer(_Starter):
    """A compiler that waits before it reads the source, and a linker before it reads what that makes of it."""

    def order(self, request: Request) -> bytes:
        return b"%d %d" % (request.uid, request.gid)


class PythonWarmer(_Keeper):
    """A zygote forks the standby. It is exec'd, sees no job, and is replaced now and then (its hash secret too)."""

    def __init__(self, loop: Loop) -> None:
        super().__init__(loop)
        self._zygote = 0
        self._socket: socket.socket | None = None
        self._born, self._forks = 0.0, 0

    def order(self, request: Request) -> bytes:
        return marshal.dumps((request.uid, request.gid, list(request.args), inspects(request)))

    def tasks(self) -> int:
        return 1 if self._zygote else 0

    def reaped(self, pid: int) -> None:
        if pid == self._zygote:
            self._zygote = 0
        super().reaped(pid)

    def _begin(self, _name: str, uid: int, gid: int) -> Standby | None:
        if not self._zygote or self._forks >= _MAX_FORKS or time.monotonic() - self._born > _MAX_AGE_S:
            self._renew(uid, gid)
        self._forks += 1
        standby = Standby(self._loop, uid, gid)
        assert self._socket is not None
        fds = [*standby.stdio.job, standby.far_end.fileno(), ruleset()]
        try:
            socket.send_fds(self._socket, [b"fork"], fds if fds[-1] >= 0 else fds[:-1])
        except OSError:
            standby.discard()
            return None
        standby.launched()
        return standby

    def _renew(self, uid: int, gid: int) -> None:
        self._end()
        self._socket, far_end = socket.socketpair()
        stdio = make_stdio(uid, gid)  # pipes, because the standbys' streams take their properties over
        environment = {name: value for name, value in layout.ENVIRONMENT.items() if name != "HOME"}
        command = Command(
            layout.PYTHON, ["python3", "main.py"], environment, control=far_end.fileno(), expendable=False
        )
        self._zygote = start(command, stdio.job)
        far_end.close()
        stdio.close_job_ends()
        os.close(stdio.stdin)
        os.close(stdio.stdout)
        _forward_to_log(self._loop, stdio.stderr)
        self._born, self._forks = time.monotonic(), 0

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._zygote:
            with contextlib.suppress(OSError):
                os.kill(self._zygote, signal.SIGKILL)
                os.waitpid(self._zygote, 0)
            self._zygote = 0


def _forward_to_log(loop: Loop, fd: int) -> None:
    """A zygote that fails says why in the container's log."""

    def forward() -> None:
        with contextlib.suppress(BlockingIOError):
            if chunk := os.read(fd, 4096):
                os.write(2, chunk)
            else:
                close(loop, fd)

    loop.on_readable(fd, forward)
