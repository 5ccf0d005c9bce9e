"""Tests in virtual time: a sleep in them is exact and takes none."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from tests.unit.actors.virtual_time import run


def in_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """`test` on an event loop whose clock jumps."""

    @wraps(test)
    def timeless() -> None:
        run(test())

    return timeless
