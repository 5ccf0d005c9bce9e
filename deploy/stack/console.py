"""Progress on the terminal: one line per thing done, with the time since the start."""

import time
from collections.abc import Callable
from typing import TextIO


class Console:
    """Prints `[ 12.3s] subject   text` lines."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._start = clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start

    def say(self, subject: str, text: str) -> None:
        self.print(f"[{self.elapsed:6.1f}s] {subject:<9} {text}")

    def print(self, text: str = "") -> None:
        self._stream.write(text + "\n")
        self._stream.flush()
