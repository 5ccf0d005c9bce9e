"""The hunter: kills every process of a job's user in one step, and is there before the job starts.

It is forked ahead of time, because a fork bomb leaves no room for another process. kill(-1) holds the kernel's task
list, so nothing can fork past it. In gVisor it does not, and whoever is killed makes room for another: there all are
stopped first, time after time, until they are as many as there may be and none runs that could fork. The hunter's real
and saved uid become nobody's, so that what it hunts cannot signal it first; it serves once, because with the job's
effective uid it could be given a lower priority.
"""

import contextlib
import os
import signal
import struct

from .processes import HUNTER, offer_to_die

_NOBODYS_UID = 0x7FFF_FFF0
_ORDER = struct.Struct("=II")
_DESCRIPTORS = 4096
_ONCE = (signal.SIGKILL,)
_AGAIN_AND_AGAIN = (*[signal.SIGSTOP] * 8, signal.SIGKILL) * 6
"""In one life of the hunter: among hundreds that run, the agent takes seconds to look what is left and to ask again."""


class Hunter:
    """One waiting child; `kill` uses it up and makes the next. `atomic`: whether kill(-1) is, in this kernel."""

    def __init__(self, *, atomic: bool = True) -> None:
        self._pid, self._pipe = 0, -1
        self._orders = _ONCE if atomic else _AGAIN_AND_AGAIN

    @property
    def tasks(self) -> int:
        return 1 if self._pid else 0

    def prepare(self) -> bool:
        """Fork one unless it waits already; False when there is no room for a process now."""
        if self._pid:
            return True
        order_read, order_write = os.pipe2(os.O_CLOEXEC)
        try:
            pid = os.fork()
        except OSError:
            os.close(order_read)
            os.close(order_write)
            return False
        if pid == 0:
            _wait_and_kill(order_read, self._orders)
        os.close(order_read)
        self._pid, self._pipe = pid, order_write
        return True

    def kill(self, uid: int, gid: int) -> bool:
        """SIGKILL all processes of `uid`; False when it has to be asked again a little later."""
        if not self.prepare():
            return False
        try:
            os.write(self._pipe, _ORDER.pack(uid, gid))
            _, status = os.waitpid(self._pid, 0)
        except (BrokenPipeError, ChildProcessError):
            status = -1  # it was killed while it waited, for memory
        self._forget()
        self.prepare()
        return status == 0

    def reaped(self, pid: int) -> None:
        """A child of the agent died: it must not be counted any more if it was the one that waits."""
        if pid == self._pid:
            self._forget()

    def _forget(self) -> None:
        os.close(self._pipe)
        self._pid, self._pipe = 0, -1


def _wait_and_kill(order_read: int, orders: tuple[signal.Signals, ...]) -> None:
    try:
        signal.set_wakeup_fd(-1)
        offer_to_die(HUNTER)
        os.dup2(order_read, 3)
        os.closerange(4, _DESCRIPTORS)  # no copy of the lease or of a job's streams may live on here
        uid, gid = _ORDER.unpack(os.read(3, _ORDER.size))
        os.setresgid(gid, gid, gid)
        os.setresuid(_NOBODYS_UID, uid, _NOBODYS_UID)
        with contextlib.suppress(ProcessLookupError):
            for order in orders:
                os.kill(-1, order)
        os._exit(0)
    finally:
        os._exit(1)
