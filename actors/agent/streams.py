"""The ends of a job's standard streams that the agent holds: feeding stdin, keeping what fits of stdout and stderr."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from .identity import acting_as
from .loop import Loop, close

_READ_SIZE = 64 * 1024

Written = bytes | bytearray
"""Output as it was collected. Not made bytes of: a job may have left no memory for a copy."""


@dataclass
class Stdio:
    """Three pipes: `job` are the ends for the job (0, 1, 2), the rest are the agent's."""

    job: tuple[int, int, int]
    stdin: int
    stdout: int
    stderr: int

    def close_job_ends(self) -> None:
        for fd in self.job:
            os.close(fd)
        self.job = (-1, -1, -1)

    def close(self) -> None:
        for fd in (*self.job, self.stdin, self.stdout, self.stderr):
            if fd >= 0:
                os.close(fd)


def make_stdio(uid: int, gid: int) -> Stdio:
    """Pipes that belong to the job's user, so that /dev/stdin and /dev/stdout can be opened by it."""
    with acting_as(uid, gid):
        stdin_read, stdin_write = os.pipe2(os.O_CLOEXEC)
        stdout_read, stdout_write = os.pipe2(os.O_CLOEXEC)
        stderr_read, stderr_write = os.pipe2(os.O_CLOEXEC)
    for fd in (stdin_write, stdout_read, stderr_read):
        os.set_blocking(fd, False)
    return Stdio((stdin_read, stdout_write, stderr_write), stdin_write, stdout_read, stderr_read)


class Feeder:
    """Writes stdin as the job reads it, and closes it after the last byte."""

    def __init__(self, loop: Loop, fd: int) -> None:
        self._loop, self._fd = loop, fd
        self._unsent = bytearray()
        self._eof = False

    def feed(self, chunk: bytes, *, eof: bool) -> None:
        if self._fd < 0:
            return
        self._unsent += chunk
        self._eof = self._eof or eof
        self._write()

    def close(self) -> None:
        if self._fd >= 0:
            close(self._loop, self._fd)
            self._fd = -1
            self._unsent.clear()

    def _write(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: os.write(self._fd, self._unsent)]
        except BlockingIOError:
            self._loop.on_writable(self._fd, self._write)
            return
        except OSError:  # the job closed its stdin: it does not want the rest
            self.close()
            return
        if self._eof:
            self.close()
        else:
            self._loop.forget_writable(self._fd)


class Capture:
    """Keeps the first `cap` bytes of an output stream and drains the rest, so that the program runs on."""

    def __init__(self, loop: Loop, fd: int, cap: int) -> None:
        self._loop, self._fd, self._cap = loop, fd, cap
        self.kept = bytearray()
        self.truncated = False
        self.shown = 0
        self.on_kept: Callable[[], None] = lambda: None
        loop.on_readable(fd, self._on_readable)

    def unseen(self) -> bytes:
        """What came since the last call, for live output."""
        fresh = bytes(self.kept[self.shown :])
        self.shown = len(self.kept)
        return fresh

    def drain(self) -> bool:
        """Read to the end; False when somebody still holds the stream open, which is no longer possible for a job."""
        while self._fd >= 0 and self._read():
            pass
        return self._fd < 0

    def close(self) -> None:
        if self._fd >= 0:
            close(self._loop, self._fd)
            self._fd = -1

    def _on_readable(self) -> None:
        self._read()

    def _read(self) -> bool:
        try:
            chunk = os.read(self._fd, _READ_SIZE)
        except BlockingIOError:
            return False
        if not chunk:
            self.close()
            return False
        room = self._cap - len(self.kept)
        if len(chunk) > room:
            self.truncated = True
        if room > 0:
            self.kept += chunk[:room]
            self.on_kept()
        return True
