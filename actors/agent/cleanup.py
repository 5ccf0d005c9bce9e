"""Emptying every place that a job could write to, and proving it empty: no names, and nothing without a name either.

Done as the job's user, when none of its processes lives: nothing can change under our hands, and what the job owns the
job's user may delete. Relative to open directories and never through a symbolic link.
"""

import errno
import os
import time
from collections.abc import Callable, Iterable

from .identity import acting_as
from .sockets import free_in_flight

_LEVELS = 8
"""Of directories that are entered one in another: more names than these are too long for one path."""
_FREEING_PATIENCE_S = 2.0
_FREEING_PAUSE_S = 0.002
_MEMORY_OF_OURS = 32 << 20
"""Bytes by which the agent and its warm starts may have grown."""


class Unused:
    """What file systems in memory use when they are empty: more is a deleted file that something still holds.

    `memory`: bytes in use in the whole sandbox, for a kernel (gVisor's) of which that can be known.
    """

    def __init__(
        self,
        places: Iterable[str],
        memory: Callable[[], int] = lambda: 0,
        mounts: str = "/proc/self/mountinfo",
    ) -> None:
        with open(mounts, encoding="utf-8", errors="surrogateescape") as lines:
            in_memory = {line.split()[4] for line in lines if " - tmpfs " in line}
        self._before = {place: _use(place) for place in places if place in in_memory}
        self._memory, self._memory_before = memory, memory()

    def held(self) -> list[str]:
        """The places (or memory) where something is held still, after the kernel had some time to free it."""
        patience = time.monotonic() + _FREEING_PATIENCE_S
        while (held := self._differ()) and time.monotonic() < patience:
            free_in_flight()
            time.sleep(_FREEING_PAUSE_S)  # the kernel frees in a thread of its own
        return held

    def _differ(self) -> list[str]:
        places = [place for place, before in self._before.items() if _use(place) != before]
        return places + ["memory"] * (self._memory() - self._memory_before > _MEMORY_OF_OURS)


def _use(place: str) -> tuple[int, int]:
    """Blocks and inodes."""
    now = os.statvfs(place)
    return now.f_blocks - now.f_bfree, now.f_files - now.f_ffree


def empty(places: Iterable[str], uid: int, gid: int) -> list[str]:
    """Delete all below `places`; returns the places that could not be emptied."""
    left = []
    with acting_as(uid, gid):
        for place in places:
            try:
                if not _empty_place(place):
                    left.append(place)
            except FileNotFoundError:
                continue  # this runner has no such place
            except OSError as error:
                left.append(f"{place} ({error})")
    return left


def _empty_place(place: str) -> bool:
    fd = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        if _is_empty(fd):
            return True
        _empty_tree(fd)
        return _is_empty(fd)
    finally:
        os.close(fd)


def _is_empty(here: int) -> bool:
    with os.scandir(here) as entries:
        return next(entries, None) is None


def _empty_tree(top: int) -> None:
    """With few open directories and no list of names: a job can nest deeper than any stack or descriptor table, and
    leave names that need more memory than it left.
    """
    here, depth = os.dup(top), 0
    try:
        while True:
            if deeper := _delete_entries(here):
                here, depth = _move(here, deeper), depth + deeper.count("/") + 1
            elif depth:
                here, depth = _move(here, ".."), depth - 1
            else:
                return
    finally:
        os.close(here)


def _move(here: int, path: str) -> int:
    there = _open(here, path)
    os.close(here)
    return there


def _open(here: int, path: str) -> int:
    """No part of `path` is a link: each was looked at, and nobody is left to change it."""
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)


def _delete_entries(here: int, levels: int = _LEVELS) -> str | None:
    """Delete what is in a directory, up to the first tree of more than `levels`: the path of the directory that must be
    emptied before this can go on.
    """
    with os.scandir(here) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.name, dir_fd=here)
            elif _is_full(here, entry.name):
                if not levels:
                    return entry.name
                if deeper := _delete_directory(here, entry.name, levels - 1):
                    return f"{entry.name}/{deeper}"
    return None


def _delete_directory(here: int, name: str, levels: int) -> str | None:
    inside = _open(here, name)
    try:
        deeper = _delete_entries(inside, levels)
    finally:
        os.close(inside)
    if not deeper:
        os.rmdir(name, dir_fd=here)
    return deeper


def _is_full(here: int, name: str) -> bool:
    """Whether a directory cannot be deleted as it is; then it can be entered."""
    try:
        os.rmdir(name, dir_fd=here)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        os.chmod(name, 0o700, dir_fd=here)
        return True
    return False
