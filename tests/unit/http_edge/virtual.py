"""Tests in virtual time: a sleep in them is exact and takes none."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

from tests.unit.actors.virtual_time import run

P = ParamSpec("P")


def in_virtual_time(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """`test` on an event loop whose clock jumps."""

    @wraps(test)
    def timeless(*args: P.args, **kwargs: P.kwargs) -> None:
        run(test(*args, **kwargs))

    return timeless
