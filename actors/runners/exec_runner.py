"""A runner without an agent: `docker exec` for each job, as a user of its own, killed by that user's id.

It keeps the wall clock, the output cap and, by its container's cgroup, memory and processes. It cannot keep limits on
CPU time, file sizes or open files of one job, so it refuses jobs that ask for one (nobody asks for them of a compile
stage: those are the service's own, and not kept here); and it cannot tell `exit 139` from a
segmentation fault, or either from too much memory, as no shell can. It starts with a cold interpreter and takes several
`docker exec` a job: slow, but anywhere.
"""

import asyncio
import signal
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

import structlog

from actors.languages import Language
from actors.runners import exec_scripts
from actors.runners.container import Container
from actors.runners.exec_command import Command, Executed
from actors.runners.exec_leases import Leases
from actors.runners.lease import Greeting, Watcher
from actors.runners.port import CompileReport, Job, Outcome, RunnerError, RunReport
from actors.runners.sizing import Engine, Size, Sizing, size_to_compile, size_to_run
from actors.runners.users import Users
from streams.facts import Limits, Stage
from streams.ports import LogUnavailableError

LEASE_TTL = timedelta(seconds=10)
RENEW_EVERY = 3.0
_HOUSEKEEPING_DEADLINE = 15.0
_COMPILE_OUTPUT = 1 << 20
_CANNOT_KEEP = ("cpu_ms", "file_size_bytes", "open_files")
_ENGINE_FAILED = range(125, 128)
_ENGINE_SAYS = (b"Error response from daemon", b"OCI runtime exec failed", b"Cannot connect to the Docker daemon")


@dataclass(frozen=True, slots=True)
class ExecTools:
    """The command line, the users and the language of jobs, and the leases."""

    docker: str
    users: Users
    language: Language
    leases: Leases
    engine: Engine | None = None


@dataclass(frozen=True, slots=True)
class _Stage:
    outcome: Outcome
    executed: Executed
    duration_ms: float


class ExecRunner:
    """Implements actors.runners.lease.LeasedRunner, under the lease that `token` holds."""

    def __init__(self, container: Container, token: str, tools: ExecTools, watcher: Watcher) -> None:
        self._name = container.name
        self._container = container.id
        self._token = token
        self._tools = tools
        self._user = tools.users.of(container.id)
        self._watcher = watcher
        self._sizing = None if tools.engine is None else Sizing(container.id, tools.engine)
        self._over: str | None = None
        self._cut = asyncio.Event()
        self._cut_as: Literal["cancelled", "lost"] = "cancelled"
        self._keeper = asyncio.get_running_loop().create_task(self._keep_lease(), name="exec-lease")
        self._tasks: set[asyncio.Task[None]] = set()
        self._logger: Any = structlog.get_logger().bind(actor="exec-runner", runner=container.name)

    @property
    def name(self) -> str:
        return self._name

    @property
    def greeting(self) -> Greeting:
        return Greeting(self._tools.language.name, {}, self._tools.language.aliases)

    async def check(self) -> None:
        """Prove that the container is clean, and has what this way of running needs. Raises RunnerError."""
        if left := await self._housekeep(exec_scripts.CLEAN, "cleaning up before the first job"):
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
        self._spawn(self._give_up_lease())

    async def released(self) -> None:
        keeper = self._keeper
        keeper.cancel()
        await asyncio.gather(keeper, *self._tasks, return_exceptions=True)

    # -- one job

    def _check(self, limits: Limits) -> None:
        asked = [name for name in _CANNOT_KEEP if getattr(limits, name) is not None]
        if asked:
            raise RunnerError(f"runner {self._name} has no agent and cannot keep the limits {', '.join(asked)}")

    async def _prepare(self, job: Job) -> None:
        await self._housekeep(exec_scripts.CLEAN, "cleaning up before the job")
        await self._housekeep(exec_scripts.MAKE_DIRECTORY, "making the job's directory")
        for path, content in ((self._tools.language.source_name, job.source), *job.files):
            await self._housekeep(exec_scripts.WRITE_FILE, f"writing {path!r}", content, path)

    async def _compile_and_run(self, job: Job) -> RunReport:
        compiled: CompileReport | None = None
        if self._tools.language.compile:
            await self._fit(size_to_compile(job.limits))
            cap = job.limits.compile_output_bytes or _COMPILE_OUTPUT
            built = await self._stage(self._tools.language.compile, b"", job.limits.compile_wall_ms, cap)
            code = built.executed.code if built.outcome == "exited" else None
            compiled = CompileReport(
                exit_code=code,
                stdout=built.executed.stdout,
                stderr=built.executed.stderr,
                duration_ms=built.duration_ms,
            )
            if code != 0:
                outcome: Outcome = "compile_error" if built.outcome in ("exited", "signaled") else built.outcome
                return RunReport(
                    outcome=outcome, stage="compile", stdout=b"", stderr=b"", duration_ms=0.0, compile=compiled
                )
        await self._fit(size_to_run(job.limits))
        argv = exec_scripts.run_argv(self._tools.language, job.args)
        ran = await self._stage(argv, job.stdin, job.limits.wall_ms, job.limits.output_bytes or 0)
        return _report(ran, "run", compiled)

    async def _fit(self, size: Size | None) -> None:
        if self._sizing is not None:
            await self._sizing.fit(size)

    async def _stage(self, argv: tuple[str, ...], stdin: bytes, wall_ms: int | None, cap: int) -> _Stage:
        loop = asyncio.get_running_loop()
        command = Command(self._argv(argv, exec_scripts.DIRECTORY), stdin, cap)
        began = time.monotonic()  # the loop's time may be cached for a millisecond
        running = loop.create_task(command.run())
        cut = loop.create_task(self._cut.wait())
        try:
            deadline = None if wall_ms is None else wall_ms / 1000
            await asyncio.wait((running, cut), timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
            duration = round((time.monotonic() - began) * 1000, 3)
            if running.done():
                return _Stage(self._outcome(executed := await running), executed, duration)
            await self._kill()
            await asyncio.wait((running,), timeout=1.0)  # what it wrote before it was killed is still on its way
            return _Stage("cancelled" if cut.done() else "timeout", command.so_far(), duration)
        finally:
            for task in (running, cut):
                task.cancel()
            await asyncio.gather(running, cut, return_exceptions=True)

    def _outcome(self, executed: Executed) -> Outcome:
        output = executed.stdout + executed.stderr  # the engine uses either
        if executed.code in _ENGINE_FAILED and any(said in output for said in _ENGINE_SAYS):
            raise RunnerError(f"runner {self._name}: {output.decode(errors='replace').strip()[:500]}")
        return "exited" if _signal_name(executed.code) is None else "signaled"

    # -- between jobs

    async def _kill(self) -> None:
        try:
            await self._housekeep(exec_scripts.KILL, "killing the job")
        except RunnerError as error:
            self._end(str(error))
            raise

    async def _clean(self) -> None:
        try:
            left = await self._housekeep(exec_scripts.CLEAN, "cleaning up after the job")
        except RunnerError as error:
            self._end(str(error))
            return
        if left:
            self._end(f"not clean after a job: {left.decode(errors='replace')[:200]}")
        elif self._over is None:
            self._watcher.ready()

    async def _housekeep(self, script: str, what: str, stdin: bytes = b"", *arguments: str) -> bytes:
        """What a script of ours prints. Raises RunnerError when it fails."""
        command = Command(self._argv(exec_scripts.shell(script, *arguments)), stdin, 64 * 1024)
        try:
            async with asyncio.timeout(_HOUSEKEEPING_DEADLINE):
                done = await command.run()
        except TimeoutError:
            raise RunnerError(f"runner {self._name}: {what} took over {_HOUSEKEEPING_DEADLINE:g} s") from None
        except OSError as error:
            raise RunnerError(f"SANDBOX_DOCKER_BIN={self._tools.docker!r} cannot be run: {error}") from error
        if done.code != 0:
            said = done.stderr.decode(errors="replace").strip()[:500]
            raise RunnerError(f"runner {self._name}: {what} failed with {done.code}: {said}")
        return done.stdout

    def _argv(self, argv: tuple[str, ...], directory: str = "/") -> tuple[str, ...]:
        return exec_scripts.command_line(self._tools.docker, self._user, self._container, argv, directory)

    # -- the lease

    async def _keep_lease(self) -> None:
        loop = asyncio.get_running_loop()
        held_until = loop.time() + LEASE_TTL.total_seconds()
        while self._over is None:
            await asyncio.sleep(RENEW_EVERY)
            try:
                if not await self._tools.leases.renew(self._container, self._token, LEASE_TTL):
                    self._end("its lease is lost")
                held_until = loop.time() + LEASE_TTL.total_seconds()
            except LogUnavailableError:
                if loop.time() + RENEW_EVERY > held_until:
                    self._end("its lease ran out while the log was away")

    async def _still_ours(self) -> bool:
        try:
            return await self._tools.leases.renew(self._container, self._token, LEASE_TTL)
        except LogUnavailableError as error:
            raise RunnerError(f"runner {self._name}: its lease cannot be confirmed: {error}") from error

    async def _give_up_lease(self) -> None:
        try:
            await self._tools.leases.release(self._container, self._token)
        except LogUnavailableError as error:
            self._logger.info("lease not given up", reason=str(error), action="it expires by itself")

    def _end(self, reason: str) -> None:
        if self._over is None:
            self._over, self._cut_as = reason, "lost"
            self._cut.set()
            self._watcher.gone(reason)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _report(ran: _Stage, stage: Stage, compiled: CompileReport | None) -> RunReport:
    exited = ran.outcome == "exited"
    return RunReport(
        outcome=ran.outcome,
        stage=stage,
        stdout=ran.executed.stdout,
        stderr=ran.executed.stderr,
        duration_ms=ran.duration_ms,
        exit_code=ran.executed.code if exited else None,
        signal=_signal_name(ran.executed.code) if ran.outcome == "signaled" else None,
        compile=compiled,
        truncated=ran.executed.truncated,
    )


def _signal_name(code: int) -> str | None:
    try:
        return signal.Signals(code - 128).name if code > 128 else None
    except ValueError:
        return None
