"""Opening an agent's socket without following what a runner may have put in its place."""

import asyncio
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

SOCKET_NAME = "agent.sock"
_NAME = re.compile(r"agent\.sock(\.[0-9]+)?")
ProtocolT = TypeVar("ProtocolT", bound=asyncio.BaseProtocol)


class NoAgentSocketError(Exception):
    """There is no socket of an agent (yet). The message names the path."""


def has_socket(directory: Path) -> bool:
    """Whether an agent has ever bound its socket in `directory`."""
    return _newest(directory) is not None


def _newest(directory: Path) -> Path | None:
    """The socket of the agent's present life: where its runtime lets it remove none (gVisor), there are older ones."""
    try:
        with os.scandir(directory) as entries:
            known = [
                (entry.stat(follow_symlinks=False), entry.name) for entry in entries if _NAME.fullmatch(entry.name)
            ]
        found = [(status.st_mtime_ns, name) for status, name in known if stat.S_ISSOCK(status.st_mode)]
    except OSError:
        return None
    return directory / max(found)[1] if found else None


async def connect(directory: Path, factory: Callable[[], ProtocolT]) -> ProtocolT:
    """A connection to the agent whose runner mounts `directory`. Raises NoAgentSocketError, OSError."""
    path = _newest(directory) or directory / SOCKET_NAME
    try:
        # The inode itself, looked at and then connected to by its descriptor: no symlink is ever followed, nothing
        # can be swapped in between, and the path may be longer than the 107 bytes of a socket address.
        inode = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise NoAgentSocketError(f"{path}: {error.strerror}") from error
    try:
        if not stat.S_ISSOCK(os.fstat(inode).st_mode):
            raise NoAgentSocketError(f"{path} is no socket")
        _, protocol = await asyncio.get_running_loop().create_unix_connection(factory, f"/proc/self/fd/{inode}")
        return protocol
    finally:
        os.close(inode)
