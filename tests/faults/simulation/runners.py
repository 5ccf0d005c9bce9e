"""Runners that take as long, and fail as often, as the plan says."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from actors.runners.port import Census, Job, Runner, RunnerError, RunReport
from tests.faults.simulation.plan import Plan, chance_of


@dataclass
class Runs:
    """What ran, ever: by job, the attempts; and how many of them failed by the runner's fault."""

    attempts: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    failures: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def output_of(source: bytes) -> bytes:
    """What the program `source` prints."""
    return b"ran " + source


@dataclass(eq=False)
class SimulatedRunner:
    """Implements actors.runners.port.Runner."""

    pool: "SimulatedRunners"
    name: str
    _cut: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, job: Job) -> RunReport:
        plan, runs = self.pool.plan, self.pool.runs
        runs.attempts[job.address].append(job.attempt)
        chance = chance_of(plan, "run", job.address, len(runs.attempts[job.address]))
        self._cut.clear()
        fails = chance.random() < plan.runner_fails
        long = chance.random() < plan.long_jobs
        try:
            async with asyncio.timeout(chance.uniform(8, 25) if long else chance.uniform(0.01, 0.8)):
                await self._cut.wait()
        except TimeoutError:
            pass
        finally:
            asyncio.get_running_loop().call_later(0.01, self.pool.freed, self)
        if self._cut.is_set():
            return _report("cancelled", b"partial")
        if fails:
            runs.failures[job.address] += 1
            if chance.random() < 0.2:
                raise ZeroDivisionError("a fault of ours")
            raise RunnerError("the container is gone")
        return _report("exited", output_of(job.source))

    def cancel(self) -> None:
        self._cut.set()


def _report(outcome: str, stdout: bytes) -> RunReport:
    code = 0 if outcome == "exited" else None
    return RunReport(
        outcome=outcome,  # type: ignore[arg-type]
        stage="run",
        stdout=stdout,
        stderr=b"",
        duration_ms=1.0,
        exit_code=code,
    )


class SimulatedRunners:
    """Implements actors.runners.port.Runners with `count` runners."""

    def __init__(self, plan: Plan, runs: Runs, count: int) -> None:
        self.plan = plan
        self.runs = runs
        self.count = count
        self._free = [SimulatedRunner(self, f"runner-{number}") for number in range(count)]
        self._wake: Callable[[], None] = lambda: None
        self._retired = False

    @property
    def free(self) -> int:
        return 0 if self._retired else len(self._free)

    def take(self) -> Runner | None:
        return self._free.pop(0) if self.free else None

    def put_back(self, runner: Runner) -> None:
        assert isinstance(runner, SimulatedRunner)
        self.freed(runner)

    def freed(self, runner: SimulatedRunner) -> None:
        assert runner not in self._free, "a runner was given back twice"
        self._free.append(runner)
        self._wake()

    def on_free(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def retire(self) -> None:
        self._retired = True

    def census(self) -> Census:
        return Census(self.count, self.count - len(self._free))
