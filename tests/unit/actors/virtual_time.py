"""An event loop whose clock jumps instead of waiting: a test of ten seconds takes none."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
START = datetime(2026, 1, 2, tzinfo=UTC)
LIMIT = 3600.0


class _JumpingSelector(selectors.DefaultSelector):
    """Never waits: the time it would have waited has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "nothing is left that could ever happen"
            self.now += timeout
            assert self.now < LIMIT, "an hour of virtual time has passed"
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only when nothing else can happen."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


class VirtualClock:
    """Implements streams.ports.Clock with the loop's time."""

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())


def run(main: Coroutine[Any, Any, T]) -> T:
    """The result of `main` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


async def until(condition: Any, deadline: float = 60.0) -> None:
    """Wait until `condition()` holds; looks at it at every step of 10 virtual milliseconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + deadline
    while not condition():
        assert loop.time() < end, "it did not come to pass"
        await asyncio.sleep(0.01)
