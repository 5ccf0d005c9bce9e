"""One process of a job from its start to the proof that its whole tree is gone: streams, limits, measures."""

import os
import resource
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .cgroup import Cgroup
from .hunter import Hunter
from .loop import Loop, Timer
from .processes import any_listed
from .sockets import free_in_flight
from .streams import Capture, Feeder, Stdio, Written

_SWEEP_S = 0.005
_SWEEP_PATIENCE_S = 10.0
_STREAMS_PATIENCE_S = 5.0
_MEMORY_LOOK_S = 0.01
_UNCOUNTED_LOOK_S = 0.05
_LOCKS_LOOK_S = 1.0  # a look costs milliseconds
_SLOW_MEMORY_LOOK_S = 0.05  # where a look means reading all of /proc


@dataclass(frozen=True)
class Bounds:
    """What ends one execution early; None: nothing. Milliseconds and bytes."""

    wall_ms: float
    output_bytes: int
    cpu_ms: float | None = None
    memory_bytes: int | None = None


@dataclass(frozen=True)
class Ended:
    """How an execution ended, with all that it wrote. `cut` names the limit (or `cancelled`) that ended it."""

    status: int
    cut: str | None
    out_of_memory: bool
    duration_ms: float
    cpu_ms: float
    peak_bytes: int
    stdout: Written
    stderr: Written
    truncated: tuple[bool, bool]
    error: str | None

    @property
    def exit_code(self) -> int | None:
        return os.WEXITSTATUS(self.status) if os.WIFEXITED(self.status) else None

    @property
    def signal_name(self) -> str | None:
        if not os.WIFSIGNALED(self.status):
            return None
        number = os.WTERMSIG(self.status)
        try:
            return signal.Signals(number).name
        except ValueError:
            return f"SIG{number}"

    @property
    def outcome(self) -> str:
        if self.error:
            return "internal_error"
        if self.cut:
            return self.cut
        if self.out_of_memory and self.exit_code != 0:
            return "memory_limit"
        return "exited" if self.signal_name is None else "signaled"


class Waiting(Protocol):
    """What waits beside a job for the next one."""

    def tasks(self) -> int:
        """Its threads."""

    def cpu_s(self) -> float:
        """The CPU time that it has used: some may not have its start behind it when a job comes."""


@dataclass(frozen=True)
class Place:
    """Where executions happen: the loop, the container's counters, the hunter, and what waits for the next job."""

    loop: Loop
    cgroup: Cgroup
    hunter: Hunter
    waiting: Waiting

    def own_tasks(self) -> int:
        return 1 + self.hunter.tasks + self.waiting.tasks()

    def own_cpu_s(self) -> float:
        return time.process_time() + self.waiting.cpu_s()


class Execution:
    """Watches the process `pid` of user `uid`; `on_end` is called once, when nothing of it lives any more."""

    def __init__(
        self,
        place: Place,
        pid: int,
        user: tuple[int, int],
        stdio: Stdio,
        bounds: Bounds,
        before: "Baseline",
        on_end: Callable[[Ended], None],
    ) -> None:
        self._place, self._loop, self._pid, self._user, self._bounds = place, place.loop, pid, user, bounds
        self._before, self._on_end = before, on_end
        self.stdin = Feeder(self._loop, stdio.stdin)
        self.stdout = Capture(self._loop, stdio.stdout, bounds.output_bytes)
        self.stderr = Capture(self._loop, stdio.stderr, bounds.output_bytes)
        self._cut: str | None = None
        self._status: int | None = None
        self._stopped_at = self._swept_at = 0.0
        self._cpu_s, self._peak = 0.0, 0
        self._timers: list[Timer] = [self._loop.after(bounds.wall_ms / 1000, lambda: self.cut("timeout"))]
        if bounds.cpu_ms is not None:
            self._look_at_cpu()
        if bounds.memory_bytes is not None and bounds.memory_bytes < (place.cgroup.memory_limit() or 1 << 62):
            self._look_at_memory()
        self._timers.append(self._loop.after(_UNCOUNTED_LOOK_S, self._look_at_the_uncounted))
        self._timers.append(self._loop.after(_LOCKS_LOOK_S, self._look_at_locks))

    def cut(self, reason: str) -> None:
        """End it now; the first reason stays."""
        if self._status is None and self._cut is None:
            self._cut = reason
            self._place.hunter.kill(*self._user)
            os.kill(self._pid, signal.SIGKILL)

    def reaped(self, pid: int, status: int, usage: resource.struct_rusage) -> None:
        """A child died: the main process, or an orphan of the job."""
        self._cpu_s += usage.ru_utime + usage.ru_stime
        self._peak = max(self._peak, usage.ru_maxrss * 1024)
        if pid == self._pid:
            self._status = status
            self._stopped_at = time.monotonic()
            for timer in self._timers:
                timer.cancel()

    def sweep(self) -> None:
        """After children were reaped: once the main process is dead, kill what is left and end when nothing is."""
        if self._status is None or self._on_end is _ended:
            return
        if self._place.cgroup.tasks() == self._place.own_tasks():
            self._none_left()
        elif time.monotonic() - self._stopped_at > _SWEEP_PATIENCE_S:
            self._finish("processes of the job survived SIGKILL")
        elif time.monotonic() - self._swept_at > _SWEEP_S:
            self._kill_and_look()

    def _kill_and_look(self) -> None:
        """Only the cgroup's exact count is believed without a kill: a listing of /proc misses what forks meanwhile.

        The look is behind the sweep's throttle, too: thousands that die one by one would each cause a listing of all
        the others, and the loop, which has to answer the executor, would do nothing else.
        """
        gone = self._place.hunter.kill(*self._user) and not any_listed(self._user[0])
        self._swept_at = time.monotonic()  # counted from the end of what may have taken long
        if gone:
            self._none_left()
        else:
            self._loop.after(_SWEEP_S * 2, self.sweep)

    def _none_left(self) -> None:
        """No process lives; but a socket in flight to itself may hold the job's streams until the kernel looks."""
        held = [name for name, stream in (("stdout", self.stdout), ("stderr", self.stderr)) if not stream.drain()]
        if not held:
            self._finish(None)
        elif time.monotonic() - self._stopped_at > _STREAMS_PATIENCE_S:
            self._finish(f"somebody still holds the job's {' and '.join(held)}")
        else:
            free_in_flight()
            self._loop.after(_SWEEP_S * 2, self.sweep)

    def _finish(self, error: str | None) -> None:
        on_end, self._on_end = self._on_end, _ended
        self.stdin.close()
        self.stdout.drain()
        self.stderr.drain()
        self.stdout.close()
        self.stderr.close()
        on_end(self._ended(error))

    def _ended(self, error: str | None) -> Ended:
        assert self._status is not None
        return Ended(
            status=self._status,
            cut=self._cut,
            out_of_memory=self._before.oom_kills < (self._place.cgroup.oom_kills() or 0),
            duration_ms=(self._stopped_at - self._before.at) * 1000,
            cpu_ms=self._before.cpu_ms_since(self._place, self._cpu_s),
            peak_bytes=self._peak,
            stdout=self.stdout.kept,
            stderr=self.stderr.kept,
            truncated=(self.stdout.truncated, self.stderr.truncated),
            error=error,
        )

    def _look_at_cpu(self) -> None:
        assert self._bounds.cpu_ms is not None
        left_ms = self._bounds.cpu_ms - self._before.cpu_ms_since(self._place, 0.0)
        if left_ms <= 0:
            self.cut("cpu_limit")
        elif self._status is None:
            pause = max(0.002 if self._place.cgroup.version else 0.05, left_ms / 1000 / (os.cpu_count() or 1))
            self._timers.append(self._loop.after(pause, self._look_at_cpu))

    def _look_at_memory(self) -> None:
        """For a limit below the container's, which nobody has set on the cgroup from outside."""
        assert self._bounds.memory_bytes is not None
        if (self._place.cgroup.memory_used() or 0) - self._before.memory > self._bounds.memory_bytes:
            self.cut("memory_limit")
        elif self._status is None:
            pause = _MEMORY_LOOK_S if self._place.cgroup.version else _SLOW_MEMORY_LOOK_S
            self._timers.append(self._loop.after(pause, self._look_at_memory))

    def _look_at_the_uncounted(self) -> None:
        """What the cgroup does not count is the job's all the same."""
        cgroup = self._place.cgroup
        extra = cgroup.uncounted()
        if extra and extra + (cgroup.memory_used() or 0) > (cgroup.memory_limit() or 1 << 62):
            self.cut("memory_limit")
        elif self._status is None:
            self._timers.append(self._loop.after(_UNCOUNTED_LOOK_S, self._look_at_the_uncounted))

    def _look_at_locks(self) -> None:
        if self._place.cgroup.too_many_locks():
            self.cut("memory_limit")
        elif self._status is None:
            self._timers.append(self._loop.after(_LOCKS_LOOK_S, self._look_at_locks))


def _ended(_result: Ended) -> None:
    """Stands in for `on_end` once it was called."""


@dataclass(frozen=True)
class Baseline:
    """The container's counters before an execution started."""

    at: float
    cpu_ns: int | None
    own_cpu_s: float
    oom_kills: int
    memory: int

    @classmethod
    def now(cls, place: Place, *, with_memory: bool = False) -> "Baseline":
        cgroup = place.cgroup
        memory = (cgroup.memory_used() or 0) if with_memory else 0
        return cls(time.monotonic(), cgroup.cpu_ns(), place.own_cpu_s(), cgroup.oom_kills() or 0, memory)

    def cpu_ms_since(self, place: Place, reaped_s: float) -> float:
        """CPU time of the job: the container's less our own; without a cgroup, that of the dead."""
        now = place.cgroup.cpu_ns()
        if now is None or self.cpu_ns is None:
            return reaped_s * 1000
        return max(0.0, (now - self.cpu_ns) / 1e6 - (place.own_cpu_s() - self.own_cpu_s) * 1000)
