"""Acting as a job's user for a moment, while none of its processes lives."""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def acting_as(uid: int, gid: int) -> Iterator[None]:
    """Files and pipes made inside belong to the job; root's capabilities are off meanwhile.

    The real and the saved uid stay 0, so no process of that uid could signal or trace the agent.
    """
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
