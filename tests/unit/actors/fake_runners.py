"""Runners in memory: what a job does is written in its source."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from actors.runners.port import Census, Job, Runner, RunnerError, RunReport


def exited(stdout: bytes = b"", code: int = 0) -> RunReport:
    return RunReport(outcome="exited", stage="run", stdout=stdout, stderr=b"", duration_ms=1.5, exit_code=code)


def cancelled(stdout: bytes = b"partial") -> RunReport:
    return RunReport(outcome="cancelled", stage="run", stdout=stdout, stderr=b"", duration_ms=1.5)


@dataclass(eq=False)
class FakeRunner:
    """Runs the sources `echo`, `sleep`, `tick`, `fade` (and seconds), `break`, `bug`, `internal`, `exit` (and code).

    `once` breaks after a second of the first attempt, and sleeps (so many seconds) in the others.
    """

    runners: "FakeRunners"
    name: str
    jobs: list[Job] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    _cut: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, job: Job) -> RunReport:
        self.jobs.append(job)
        self._cut.clear()
        try:
            return await self._act(job, *job.source.decode().split())
        except asyncio.CancelledError:
            self.killed.append(job.address)
            raise
        finally:
            self.runners.freed(self)

    def cancel(self) -> None:
        self._cut.set()

    async def _act(self, job: Job, verb: str, number: str = "0") -> RunReport:
        match verb:
            case "sleep":
                return await self._sleep(float(number))
            case "tick":
                return await self._tick(job, float(number))
            case "fade":
                await self._tick(job, float(number))
                raise RunnerError("the runner died in mid-job")
            case "once" if job.attempt > 1:
                return await self._sleep(float(number))
            case "once":
                await self._sleep(1.0)
                raise RunnerError("the runner died")
            case "break":
                raise RunnerError("the runner died")
            case "bug":
                raise ZeroDivisionError("a fault of ours")
            case "internal":
                return RunReport(outcome="internal_error", stage="run", stdout=b"", stderr=b"", duration_ms=0.0)
            case "exit":
                return exited(code=int(number))
            case _:
                return exited(job.stdin)

    async def _tick(self, job: Job, seconds: float) -> RunReport:
        """Prints a dot every tenth of a second, and tells who listens."""
        written = b""
        while len(written) < seconds * 10 and not self._cut.is_set():
            written += b"."
            if job.listener is not None:
                job.listener.wrote("stdout", b".")
            await asyncio.sleep(0.1)
        return cancelled(written) if self._cut.is_set() else exited(written)

    async def _sleep(self, seconds: float) -> RunReport:
        try:
            async with asyncio.timeout(seconds):
                await self._cut.wait()
        except TimeoutError:
            return exited(b"slept")
        return cancelled()


class FakeRunners:
    """Implements actors.runners.port.Runners with `count` runners."""

    def __init__(self, count: int) -> None:
        self.all = [FakeRunner(self, f"runner-{number}") for number in range(1, count + 1)]
        self._free: list[FakeRunner] = list(self.all)
        self._wake: Callable[[], None] = lambda: None
        self.retired = False

    def replace_by(self, *runners: FakeRunner) -> None:
        """Before anything runs: these instead."""
        self.all[:] = self._free[:] = runners

    @property
    def free(self) -> int:
        return len(self._free)

    def take(self) -> Runner | None:
        return self._free.pop(0) if self._free else None

    def put_back(self, runner: Runner) -> None:
        assert isinstance(runner, FakeRunner)
        self.freed(runner)

    def freed(self, runner: FakeRunner) -> None:
        assert runner not in self._free
        self._free.append(runner)
        self._wake()

    def on_free(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def retire(self) -> None:
        self.retired = True

    def census(self) -> Census:
        return Census(len(self.all), len(self.all) - len(self._free))

    @property
    def jobs(self) -> list[Job]:
        return [job for runner in self.all for job in runner.jobs]
