"""Where lines of the log go: to standard error, those of a moment together."""

import asyncio
import atexit
import threading
from typing import Any, TextIO

MOMENT_S = 0.05
"""How long a line that tells of nothing wrong may wait for others, in seconds. A process that is killed loses them."""


class LogWriter:
    """A logger for structlog: `info` and `debug` write soon, all others at once, with what waits before them.

    Who reads a container's standard error (Docker's shim, then the engine) wakes for every write. For one line a job
    that is half a millisecond of processor time, and just when the job's answer is on its way to its client.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._waiting: list[str] = []
        self._timed_by: asyncio.AbstractEventLoop | None = None
        # Re-entrant: what is collected while a line is written may have something to say, too.
        self._lock = threading.RLock()
        atexit.register(self.flush)

    def soon(self, line: str) -> None:
        """Write `line` within a moment; at once where no event loop runs that could do so."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.at_once(line)
            return
        with self._lock:
            self._waiting.append(line)
            timed, self._timed_by = self._timed_by is loop, loop
        if not timed:
            loop.call_later(MOMENT_S, self.flush)

    def at_once(self, line: str) -> None:
        """Write what waits, and `line`."""
        with self._lock:
            self._waiting.append(line)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            lines, self._waiting, self._timed_by = self._waiting, [], None
            if lines:
                self._file.write("\n".join(lines) + "\n")
                self._file.flush()

    debug = info = soon
    warning = warn = error = critical = exception = fatal = err = log = msg = failure = at_once


class LogWriterFactory:
    """One writer for all loggers of a process, so that their lines keep their order."""

    def __init__(self, file: TextIO) -> None:
        self._writer = LogWriter(file)

    def __call__(self, *_: Any) -> LogWriter:
        return self._writer
