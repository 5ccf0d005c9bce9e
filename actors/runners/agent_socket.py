"""Opening an agent's socket without following what a runner, or another user of the host, may have put in its place."""

import asyncio
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

SOCKET_NAME = "agent.sock"
_NAME = re.compile(r"agent\.sock(\.[0-9]+)?")
_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
ProtocolT = TypeVar("ProtocolT", bound=asyncio.BaseProtocol)


class NoAgentSocketError(Exception):
    """There is no socket of an agent (yet), or somebody else could have made it. The message names the path."""


def has_socket(directory: Path) -> bool:
    """Whether an agent has ever bound its socket in `directory`."""
    try:
        with _opened(directory) as opened:
            return _newest(opened) is not None
    except OSError:
        return False


async def connect(directory: Path, factory: Callable[[], ProtocolT]) -> ProtocolT:
    """A connection to the agent whose runner mounts `directory`. Raises NoAgentSocketError, OSError."""
    try:
        # The inodes themselves, looked at and then used by their descriptors: no symlink is ever followed, nothing can
        # be swapped in between, and the path may be longer than the 107 bytes of a socket address.
        with _opened(directory) as opened:
            _check_ours(directory, opened)
            name = _newest(opened) or SOCKET_NAME
            inode = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=opened)
    except OSError as error:
        raise NoAgentSocketError(f"{directory / SOCKET_NAME}: {error.strerror}") from error
    try:
        if not stat.S_ISSOCK(os.fstat(inode).st_mode):
            raise NoAgentSocketError(f"{directory / name} is no socket")
        _, protocol = await asyncio.get_running_loop().create_unix_connection(factory, f"/proc/self/fd/{inode}")
        return protocol
    finally:
        os.close(inode)


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield opened
    finally:
        os.close(opened)


def _check_ours(directory: Path, opened: int) -> None:
    """Whoever could write there could pose as the runner: in /tmp, that is who came first after it was emptied."""
    here, above = os.fstat(opened), os.stat("..", dir_fd=opened)
    ours = (0, os.geteuid())
    if here.st_uid not in ours or here.st_mode & _BY_OTHERS:
        raise NoAgentSocketError(f"{directory} can be written by others")
    if above.st_uid not in ours or (above.st_mode & _BY_OTHERS and not above.st_mode & stat.S_ISVTX):
        raise NoAgentSocketError(f"{directory.parent} can be written by others")


def _newest(opened: int) -> str | None:
    """The socket of the agent's present life: where its runtime lets it remove none (gVisor), there are older ones."""
    with os.scandir(opened) as entries:
        known = [(entry.stat(follow_symlinks=False), entry.name) for entry in entries if _NAME.fullmatch(entry.name)]
    found = [(status.st_mtime_ns, name) for status, name in known if stat.S_ISSOCK(status.st_mode)]
    return max(found)[1] if found else None
