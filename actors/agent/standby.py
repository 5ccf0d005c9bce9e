"""A process that waits, already started, for the job that it will become.

It runs as root until hand-over, so no job can reach it, and is used for one job only.
"""

import contextlib
import os
import resource
import signal
import socket
import time
from collections.abc import Callable, Mapping
from enum import Enum

from .loop import Loop
from .streams import Stdio, make_stdio

PATIENCE_S = 1.0


class State(Enum):
    STARTING = "starting"
    READY = "ready"
    GONE = "gone"


class Standby:
    """One waiting process: its streams, and the socket over which it learns who it is."""

    def __init__(self, loop: Loop, uid: int, gid: int, waits_in: int = 0) -> None:
        """`waits_in`: the group that it is started with; the user is root."""
        self._loop, self._waits_in = loop, waits_in
        self.uid, self.gid = uid, gid
        self.pid = 0
        self.state = State.STARTING
        self.born = time.monotonic()
        self.stdio: Stdio = make_stdio(uid, gid)
        self._control, self.far_end = socket.socketpair()
        self._waiter: Callable[[bool], None] | None = None
        loop.on_readable(self._control.fileno(), self._on_control)

    def fits(self, uid: int, gid: int) -> bool:
        return self.state is not State.GONE and (self.uid, self.gid) == (uid, gid)

    def launched(self, pid: int = 0) -> None:
        """The process, whose pid may not be known yet, has its ends of streams and socket: drop ours of them."""
        self.pid = pid
        self.far_end.close()
        self.stdio.close_job_ends()

    def when_ready(self, waiter: Callable[[bool], None]) -> None:
        """Call `waiter(ready)` once: now, when the process reports, or when patience ends."""
        if self.state is not State.STARTING:
            waiter(self.state is State.READY)
            return
        self._waiter = waiter
        self._loop.after(PATIENCE_S, self._tell)

    def hand_over(self, order: bytes, rlimits: Mapping[int, int]) -> bool:
        """Make it the job that `order` names; False when it is not there any more."""
        try:
            self._limit(rlimits)
            self._control.sendall(len(order).to_bytes(4, "big") + order)
        except OSError:
            return False
        self._loop.forget(self._control.fileno())
        return True

    def became_job(self) -> bool:
        """Whether the process reported that it dropped its privileges before anything of the job ran."""
        self._control.setblocking(False)
        with self._control, contextlib.suppress(OSError):
            return self._control.recv(16) == b"J"
        return False

    def reaped(self) -> None:
        """The process is dead, and its number may be another's."""
        self.pid = 0
        self.discard()

    def end(self) -> None:
        """Discard it, and return when it is gone: a moment, as it does nothing but wait."""
        pid = self.pid
        self.discard()
        if pid:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def discard(self) -> None:
        """Close what is ours, and end the process; one of unknown pid ends by itself when it sees its socket closed."""
        self.state = State.GONE
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self._loop.forget(self._control.fileno())
        self._control.close()
        self.far_end.close()
        self.stdio.close()

    def _limit(self, rlimits: Mapping[int, int]) -> None:
        """The kernel lets us only where our real group is that of the process, as we lack CAP_SYS_RESOURCE."""
        if not rlimits:
            return
        ours = os.getgid()
        os.setresgid(self._waits_in, -1, -1)
        try:
            for kind, value in rlimits.items():
                resource.prlimit(self.pid, kind, (value, value))
        finally:
            os.setresgid(ours, -1, -1)

    def _on_control(self) -> None:
        self.state = State.GONE
        with contextlib.suppress(OSError, ValueError):
            self.pid = int(self._control.recv(32))
            self.state = State.READY
        self._loop.forget(self._control.fileno())
        self._tell()

    def _tell(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter:
            waiter(self.state is State.READY)
