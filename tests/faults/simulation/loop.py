"""An event loop in virtual time that makes no system call: the clock jumps to the next thing that can happen."""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
START = datetime(2026, 1, 2, tzinfo=UTC)
LONGEST = 3600.0
"""Virtual seconds after which a run counts as one that never ends."""


class DeadlockError(Exception):
    """Nothing is left that could ever happen, or an hour has passed."""


class _JumpingSelector(selectors.BaseSelector):
    """Has nothing to watch, and never waits: the time it would have waited has passed."""

    def __init__(self) -> None:
        self.now = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        raise NotImplementedError("the simulation opens no files")

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        raise NotImplementedError("the simulation opens no files")

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise DeadlockError("nothing is left that could ever happen")
        if timeout > 0:
            self.now += timeout
            if self.now > LONGEST:
                raise DeadlockError(f"{LONGEST:g} virtual seconds have passed")
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only when nothing else can happen."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def _make_self_pipe(self) -> None:
        """No thread and no signal wakes this loop."""

    def _close_self_pipe(self) -> None:
        """There is none."""

    def _write_to_self(self) -> None:
        """It is never asleep."""


class VirtualClock:
    """Implements streams.ports.Clock with the loop's time."""

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())


def run(main: Coroutine[Any, Any, T]) -> T:
    """The result of `main` in virtual time. Raises DeadlockError."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main)
    finally:
        _end_what_is_left(loop)
        loop.close()


def _end_what_is_left(loop: VirtualLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
