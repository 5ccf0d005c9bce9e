"""Landlock: a job writes nowhere but in its own places. What a process gave up, it and its children never get back.

This closes /proc, where a job could otherwise make the kernel take the agent for it when memory runs out.
"""

import _ctypes
import functools
import os
import struct

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same number on every architecture
_PATH_BENEATH = 1
_WRITE_FILE, _REFER = 1 << 1, 1 << 13  # REFER: renaming between directories, which every ruleset else forbids
_PLACES = ("/job", "/tmp", "/dev")
_SYSCALL = _ctypes.dlsym(_ctypes.dlopen(None, 0), "syscall")  # type: ignore[arg-type] # None: this very process


@functools.cache
def ruleset() -> int:
    """A descriptor for `restrict`, made once; -1 where the kernel has no Landlock (version 2, Linux 5.19)."""
    rights = struct.pack("=Q", _WRITE_FILE | _REFER)
    made: int = _ctypes.call_function(_SYSCALL, (_CREATE_RULESET, rights, len(rights), 0))
    if made < 0:
        return -1
    os.set_inheritable(made, False)
    for place in _PLACES:
        fd = os.open(place, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("=Qi", _WRITE_FILE | _REFER, fd)
        if _ctypes.call_function(_SYSCALL, (_ADD_RULE, made, _PATH_BENEATH, rule, 0)) < 0:
            raise OSError(f"Landlock refuses a rule for {place}")
        os.close(fd)
    return made


def restrict(made: int) -> None:
    """Hold this process and its children to a ruleset, for ever. Raises OSError."""
    if made >= 0 and _ctypes.call_function(_SYSCALL, (_RESTRICT_SELF, made, 0)) < 0:
        raise OSError("Landlock cannot be applied")
