"""What an executor holds: claimed jobs, each with its attempt on a runner and the task that carries it out."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog

from actors import writing
from actors.attempt import Attempt, Stage
from actors.bench import Bench
from streams.ports import Claim

MEMORY = 0.1
"""How much the last job counts in the average of how long jobs take."""


class Holdings:
    """Implements actors.attempt.Observer. `wake` is called whenever a job is no longer held."""

    def __init__(self, bench: Bench, wake: Callable[[], None]) -> None:
        self._bench = bench
        self._wake = wake
        self._held: dict[str, Attempt] = {}
        self._stalled: set[str] = set()
        self._tasks: dict[asyncio.Task[None], Attempt | None] = {}
        self._job_seconds: float | None = None
        self._logger: Any = structlog.get_logger().bind(actor="executor", consumer=bench.consumer)

    def __len__(self) -> int:
        return len(self._held)

    def get(self, job: str) -> Attempt | None:
        """The attempt at `job`, if that is held."""
        return self._held.get(job)

    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(self._held.values())

    @property
    def room(self) -> int:
        """For how many more jobs there are runners."""
        # Endings that the log does not take yet count as busy, or they would pile up without bound.
        return self._bench.runners.free - len(self._stalled)

    @property
    def job_ms(self) -> float | None:
        """How long a job took lately from its claim to its ending, on average; None before the first."""
        return None if self._job_seconds is None else round(self._job_seconds * 1000, 1)

    def start(self, claim: Claim) -> bool:
        """Begin an attempt at the job; whether there was a runner for it."""
        runner = self._bench.runners.take()
        if runner is None:
            return False
        attempt = Attempt(claim, runner, self._bench, self)
        self._held[attempt.id] = attempt
        self.spawn(self._carry_out(attempt), attempt)
        return True

    def spawn(self, work: Coroutine[Any, Any, None], attempt: Attempt | None = None) -> None:
        """Do `work`, which a stop waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = attempt
        task.add_done_callback(self._ended)

    def drop(self, attempt: Attempt) -> None:
        """The claim is another's. An attempt that writes its ending is told so by the log itself."""
        if self._held.get(attempt.id) is not attempt or attempt.stage is Stage.ENDING:
            return
        self._logger.warning("claim lost", job=attempt.address)
        for task, carried in self._tasks.items():
            if carried is attempt:
                task.cancel()

    async def finish_within(self, deadline: timedelta) -> None:
        """Wait for all that is under way."""
        self._logger.info("draining", jobs=len(self._held))
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=deadline.total_seconds())

    async def abandon(self) -> None:
        """Kill what still runs and hand it back, so that another executor has it at once."""
        abandoned = [attempt.claim for attempt in self._held.values()]
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if not abandoned:
            return
        self._logger.warning("handing back", jobs=[str(claim.job.address) for claim in abandoned])
        await asyncio.shield(writing.hand_back(abandoned, self._bench, self._logger))

    async def _carry_out(self, attempt: Attempt) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await attempt.carry_out()
            self._count_seconds(loop.time() - began)
        except Exception:  # a fault of ours must not take other jobs down; this one's claim will be overdue
            self._logger.exception("attempt broke", job=attempt.address)

    def _count_seconds(self, seconds: float) -> None:
        known = seconds if self._job_seconds is None else self._job_seconds
        self._job_seconds = known + MEMORY * (seconds - known)

    def _ended(self, task: asyncio.Task[None]) -> None:
        attempt = self._tasks.pop(task, None)
        if attempt is not None:  # here, because a task that is cancelled before its first step runs no `finally`
            attempt.put_back_unused()
            self.let_go(attempt)
        if not task.cancelled() and task.exception() is not None:
            self._logger.error("task broke", error=repr(task.exception()))

    # -- what attempts say (actors.attempt.Observer)

    def let_go(self, attempt: Attempt) -> None:
        if self._held.get(attempt.id) is attempt:
            del self._held[attempt.id]
            self._stalled.discard(attempt.id)
            self._wake()

    def stalled(self, attempt: Attempt) -> None:
        if self._held.get(attempt.id) is attempt:
            self._stalled.add(attempt.id)
