"""Emptying every place that a job could write to, and proving it empty: no names, and nothing without a name either.

Done as the job's user, when none of its processes lives: nothing can change under our hands, and what the job owns the
job's user may delete. Relative to open directories and never through a symbolic link.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable

from .identity import acting_as
from .sockets import free_in_flight

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
        if not os.listdir(fd):
            return True
        _empty_tree(fd)
        return not os.listdir(fd)
    finally:
        os.close(fd)


def _empty_tree(top: int) -> None:
    """Iterative, with one open directory at a time: a job can nest deeper than any stack or descriptor table."""
    here = os.dup(top)
    entered: list[str] = []
    waiting = [_delete_entries(here)]
    try:
        while waiting:
            if waiting[-1]:
                entered.append(waiting[-1].pop())
                here = _move(here, entered[-1])
                waiting.append(_delete_entries(here))
            else:
                waiting.pop()
                if entered:
                    here = _move(here, "..")
                    os.rmdir(entered.pop(), dir_fd=here)
    finally:
        os.close(here)


def _move(here: int, name: str) -> int:
    there = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
    os.close(here)
    return there


def _delete_entries(here: int) -> list[str]:
    """Delete what is no directory, and empty directories; the others are returned, ready to be entered."""
    full = []
    for name in os.listdir(here):
        if not stat.S_ISDIR(os.stat(name, dir_fd=here, follow_symlinks=False).st_mode):
            os.unlink(name, dir_fd=here)
            continue
        try:
            os.rmdir(name, dir_fd=here)
        except OSError:
            os.chmod(name, 0o700, dir_fd=here)  # no link: looked at above, and nobody is left to change it
            full.append(name)
    return full
