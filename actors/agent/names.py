"""The job's user has a name, whatever its number: programs ask for it (`getpwuid`, `os.userInfo()`).

The root of a runner is read-only, so /etc/passwd of the image is a link to where the agent can write: a memory file
system of its own, `/dev`. A container without an agent has no names for its users.
"""

import contextlib
import os

_BASE, _SHOWN = "/opt/agent/passwd", "/dev/passwd"
_NAME = "job"


class Names:
    """Keeps the list of users that jobs see."""

    def __init__(self, base: str = _BASE, shown: str = _SHOWN, home: str = "/tmp") -> None:
        self._base, self._shown, self._home = base, shown, home
        self._uid = 0

    def call(self, uid: int, gid: int) -> None:
        """Give the user a name, unless it has it. Without one a job still runs."""
        if uid == self._uid:
            return
        with contextlib.suppress(OSError), open(self._base, encoding="utf-8") as base:
            self._show(_with_user(base.read(), uid, gid, self._home))
            self._uid = uid

    def _show(self, text: str) -> None:
        """In one step: a job that reads meanwhile sees the old list or the new one."""
        fresh = f"{self._shown}.new"
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(fresh, 0o644)
        os.rename(fresh, self._shown)


def _with_user(text: str, uid: int, gid: int, home: str) -> str:
    known = {line.split(":")[2] for line in text.splitlines() if line.count(":") > 2}
    return text if str(uid) in known else f"{text}{_NAME}:x:{uid}:{gid}:{_NAME}:{home}:/bin/sh\n"
