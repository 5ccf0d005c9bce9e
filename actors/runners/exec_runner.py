"""A runner without an agent: `docker exec` for each job, as a user of its own, killed by that user's id.

It keeps the wall clock, the output cap and, by its container's cgroup, memory and processes. It cannot keep limits on
CPU time, file sizes or open files of one job, so it refuses jobs that have one, of their run or of their compiler; but
for the service's own default, a compiler's CPU time: there its wall clock alone is kept. And it cannot tell
`exit 139` from a segmentation fault, or either from too much memory, as no shell can. It starts with a cold interpreter
and takes several `docker exec` a job: slow, but anywhere.
"""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal

from actors.languages import Language
from actors.limits import COMPILING_CPU
from actors.runners import exec_scripts
from actors.runners.container import Container
from actors.runners.exec_leases import Leases
from actors.runners.exec_shell import ExecShell
from actors.runners.exec_stage import StageEnd, compile_report, not_compiled, outcome_of, run_report
from actors.runners.kept_lease import KeptLease
from actors.runners.lease import Greeting, Watcher
from actors.runners.port import CompileReport, Job, RunnerError, RunReport
from actors.runners.sizing import Engine, Size, Sizing, size_to_compile, size_to_run
from actors.runners.users import Users
from streams.duration import in_milliseconds
from streams.facts import Limits
from streams.ports import LogUnavailableError

_COMPILE_OUTPUT = 1 << 20
_CANNOT_KEEP = ("cpu_ms", "file_size_bytes", "open_files")
_CANNOT_KEEP_OF_A_COMPILER = tuple(f"compile_{name}" for name in _CANNOT_KEEP)
_BY_DEFAULT = {"compile_cpu_ms": in_milliseconds(COMPILING_CPU)}
"""What every job of a language that compiles has, unless the operator or the job says otherwise."""


@dataclass(frozen=True, slots=True)
class ExecTools:
    """The command line, the users and the language of jobs, and the leases."""

    docker: str
    users: Users
    language: Language
    leases: Leases
    engine: Engine | None = None


class ExecRunner:
    """Implements actors.runners.lease.LeasedRunner, under the lease that `token` holds."""

    def __init__(self, container: Container, token: str, tools: ExecTools, watcher: Watcher) -> None:
        self._name = container.name
        self._language = tools.language
        self._shell = ExecShell(tools.docker, tools.users.of(container.id), container.name, container.id)
        self._lease = KeptLease(tools.leases, container.id, token, self._end)
        self._watcher = watcher
        self._sizing = None if tools.engine is None else Sizing(container.id, tools.engine)
        self._over: str | None = None
        self._cut = asyncio.Event()
        self._cut_as: Literal["cancelled", "lost"] = "cancelled"
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        return self._name

    @property
    def greeting(self) -> Greeting:
        return Greeting(self._language.name, {}, self._language.aliases)

    async def check(self) -> None:
        """Prove that the container is clean, and has what this way of running needs. Raises RunnerError."""
        if left := await self._shell.housekeep(exec_scripts.CLEAN, "cleaning up before the first job"):
            raise RunnerError(f"it is not clean: {left.decode(errors='replace')[:200]}")

    async def run(self, job: Job) -> RunReport:
        self._cut.clear()
        try:
            self._check(job.limits)
            # The fence: nobody starts a job on the word of a lease that was lost unnoticed.
            if self._over is not None or not await self._still_ours():
                raise RunnerError(f"runner {self._name}: {self._over or 'its lease is lost'}")
            await self._prepare(job)
            report = await self._compile_and_run(job)
            if self._cut_as == "lost":
                raise RunnerError(f"runner {self._name}: {self._over}")
        finally:
            # Off the path of the answer, and also when this call was cancelled: then this is what kills the job.
            self._spawn(self._clean())
        return report

    def cancel(self) -> None:
        self._cut.set()

    def release(self) -> None:
        self._end("its lease was given up")
        self._spawn(self._lease.give_up())

    async def released(self) -> None:
        await self._lease.stopped()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- one job

    def _check(self, limits: Limits) -> None:
        names = _CANNOT_KEEP + (_CANNOT_KEEP_OF_A_COMPILER if self._language.compile else ())
        asked = [name for name in names if getattr(limits, name) not in (None, _BY_DEFAULT.get(name))]
        if asked:
            raise RunnerError(f"runner {self._name} has no agent and cannot keep the limits {', '.join(asked)}")

    async def _still_ours(self) -> bool:
        try:
            return await self._lease.confirm()
        except LogUnavailableError as error:
            raise RunnerError(f"runner {self._name}: its lease cannot be confirmed: {error}") from error

    async def _prepare(self, job: Job) -> None:
        await self._shell.housekeep(exec_scripts.CLEAN, "cleaning up before the job")
        await self._shell.housekeep(exec_scripts.MAKE_DIRECTORY, "making the job's directory")
        for path, content in ((self._language.source_name, job.source), *job.files):
            await self._shell.housekeep(exec_scripts.WRITE_FILE, f"writing {path!r}", content, path)

    async def _compile_and_run(self, job: Job) -> RunReport:
        compiled: CompileReport | None = None
        if self._language.compile:
            await self._fit(size_to_compile(job.limits))
            cap = job.limits.compile_output_bytes or _COMPILE_OUTPUT
            built = await self._stage(self._language.compile, b"", job.limits.compile_wall_ms, cap)
            compiled = compile_report(built)
            if compiled.exit_code != 0:
                return not_compiled(built, compiled)
        await self._fit(size_to_run(job.limits))
        argv = exec_scripts.run_argv(self._language, job.args)
        ran = await self._stage(argv, job.stdin, job.limits.wall_ms, job.limits.output_bytes or 0)
        return run_report(ran, compiled)

    async def _fit(self, size: Size | None) -> None:
        if self._sizing is not None:
            await self._sizing.fit(size)

    async def _stage(self, argv: tuple[str, ...], stdin: bytes, wall_ms: int | None, cap: int) -> StageEnd:
        loop = asyncio.get_running_loop()
        command = self._shell.command(argv, stdin, cap)
        began = time.monotonic()  # the loop's time may be cached for a millisecond
        running = loop.create_task(command.run())
        cut = loop.create_task(self._cut.wait())
        try:
            deadline = None if wall_ms is None else wall_ms / 1000
            await asyncio.wait((running, cut), timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
            duration = round((time.monotonic() - began) * 1000, 3)
            if running.done():
                return StageEnd(outcome_of(executed := await running, self._name), executed, duration)
            await self._kill()
            await asyncio.wait((running,), timeout=1.0)  # what it wrote before it was killed is still on its way
            return StageEnd("cancelled" if cut.done() else "timeout", command.so_far(), duration)
        finally:
            for task in (running, cut):
                task.cancel()
            await asyncio.gather(running, cut, return_exceptions=True)

    async def _kill(self) -> None:
        try:
            await self._shell.housekeep(exec_scripts.KILL, "killing the job")
        except RunnerError as error:
            self._end(str(error))
            raise

    # -- between jobs

    async def _clean(self) -> None:
        try:
            left = await self._shell.housekeep(exec_scripts.CLEAN, "cleaning up after the job")
        except RunnerError as error:
            self._end(str(error))
            return
        if left:
            self._end(f"not clean after a job: {left.decode(errors='replace')[:200]}")
        elif self._over is None:
            self._watcher.ready()

    def _end(self, reason: str) -> None:
        if self._over is None:
            self._over, self._cut_as = reason, "lost"
            self._lease.let_expire()
            self._cut.set()
            self._watcher.gone(reason)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
