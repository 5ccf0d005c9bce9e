"""A runner leased over its agent's socket: the open connection is the lease."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from actors.agent.frames import Decoder, Header, ProtocolError, encode
from actors.builds import Builds
from actors.runners.agent_frames import greeting_of, job_frame, prepare_frame
from actors.runners.agent_reports import report_of
from actors.runners.agent_socket import NoAgentSocketError, connect
from actors.runners.building import Building, Order
from actors.runners.container import Container
from actors.runners.lease import Greeting, LeasedElsewhereError, RunnerUnusableError, Watcher
from actors.runners.port import Job, Listener, RunnerError, RunReport
from actors.runners.sizing import Engine, Size, Sizing, own_size, size_to_compile, size_to_run
from actors.runners.users import User, Users
from streams.facts import Limits

HELLO_DEADLINE = 2.0
PING_EVERY = 1.0
SILENCE = 5.0
"""Seconds without a word from the agent, though it was pinged, after which it counts as dead."""


class AgentRunner(asyncio.Protocol):
    """Implements actors.runners.lease.LeasedRunner."""

    greeting: Greeting
    _building: Building

    def __init__(
        self, container: Container, user: User, watcher: Watcher, engine: Engine | None, builds: Builds
    ) -> None:
        self._name = container.name
        self._container = container
        self._builds = builds
        self._engine = engine
        self._sizing: Sizing | None = None
        self._limits = Limits()
        self._started = self._cancelled = False
        self._between: asyncio.Task[None] | None = None
        self._fits: set[asyncio.Task[None]] = set()
        self._closing: str | None = None
        self._user = user
        self._watcher = watcher
        self._loop = asyncio.get_running_loop()
        self._decoder = Decoder()
        self._transport: asyncio.Transport | None = None
        self._hello: asyncio.Future[Greeting] = self._loop.create_future()
        self._result: asyncio.Future[RunReport] | None = None
        self._job = ""
        self._listener: Listener | None = None
        self._heard = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._over: str | None = None
        self._handlers: dict[str, Callable[[Header, bytes], None]] = {
            "hello": self._on_hello,
            "refused": self._on_refused,
            "output": self._on_output,
            "result": self._on_result,
            "built": self._on_built,
            "ready": lambda _header, _body: self._watcher.ready(),
            "compiled": self._on_compiled,
            "unclean": lambda header, _body: self._end(f"not clean after a job: {header.get('reason')}"),
        }

    @property
    def name(self) -> str:
        return self._name

    async def greeted(self) -> None:
        """Wait for the lease. Raises LeasedElsewhereError, RunnerUnusableError."""
        try:
            async with asyncio.timeout(HELLO_DEADLINE):
                self.greeting = await self._hello
        except TimeoutError:
            raise RunnerUnusableError(f"its agent said nothing for {HELLO_DEADLINE:g} s") from None
        self._building = Building(self._builds, self._container, self.greeting)
        if self._engine is not None and self.greeting.size is not None:
            self._sizing = Sizing(self._container.id, self._engine, self.greeting.size)
        if self._transport is not None and self.greeting.prepared_for not in (None, self._user[0]):
            self._transport.write(prepare_frame(self._user))
        self._tick()

    async def run(self, job: Job) -> RunReport:
        self._check_usable()
        result: asyncio.Future[RunReport] = self._loop.create_future()
        self._result = result
        self._job, self._limits, self._listener = job.address, job.limits, job.listener
        self._started = self._cancelled = False
        report: RunReport | None = None
        try:
            await self._start(job)
            report = await result
        except asyncio.CancelledError:
            self.cancel()
            raise
        finally:
            self._building.over(report)
            self._result = self._listener = None
            if result.done() and not result.cancelled():
                result.exception()  # seen, though a start that failed told of it before
        return report

    def cancel(self) -> None:
        self._cancelled = True
        if self._fits and not self._started:
            self._end_when_settled("its job was cancelled before it began")
        elif self._transport is not None and self._job and self._started:
            self._transport.write(encode({"type": "cancel", "job": self._job}))

    def _check_usable(self) -> asyncio.Transport:
        over = self._over or self._closing
        if over is not None or self._transport is None:
            raise RunnerError(f"runner {self._name}: {over}")
        return self._transport

    async def _start(self, job: Job) -> None:
        sizing = self._sizing
        own = own_size(self.greeting.language)
        first = last = size_to_run(job.limits, own)
        order = self._building.order(job)
        if self.greeting.compiles and order.built is None:
            first = size_to_compile(job.limits, own)
        sized = sizing is not None
        try:
            frame = self._frame(job, order, sized=sized, hold=sized and first != last)
            if sizing is not None and sizing.differs(first):
                await self._resized(sizing, first)
        except BaseException as error:
            # Of what size it is now, nobody knows; and without a job it would never say that it is ready again.
            self._end_when_settled(str(error) or "its job was given up before it began")
            raise
        self._check_usable().write(frame)
        self._started = True
        if self._cancelled:
            self.cancel()

    def _frame(self, job: Job, order: Order, *, sized: bool, hold: bool) -> bytes:
        try:
            return job_frame(job, self._user, sized=sized, hold=hold, order=order)
        except ProtocolError as error:
            raise RunnerError(f"runner {self._name} cannot be told of the job: {error}") from error

    async def _resized(self, sizing: Sizing, size: Size | None) -> None:
        """The container has the size; an engine that is away may take its time, which the lease's end cuts short."""
        over, fitting = self._result, self._fit(sizing, size)
        waited_for: set[asyncio.Future[Any]] = {fitting} if over is None else {fitting, over}
        try:
            await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
            if over is not None and over.done():
                over.result()
            await fitting
        finally:
            fitting.cancel()

    def _fit(self, sizing: Sizing, size: Size | None) -> asyncio.Task[None]:
        fitting = self._loop.create_task(sizing.fit(size), name="agent-fit")
        self._fits.add(fitting)
        fitting.add_done_callback(self._settled)
        return fitting

    def _settled(self, fitting: asyncio.Task[None]) -> None:
        self._fits.discard(fitting)
        if not fitting.cancelled():
            fitting.exception()  # seen, though nobody may be left to wait for it
        if self._closing is not None and not self._fits:
            self._end(self._closing)

    def _on_compiled(self, header: Header, _body: bytes) -> None:
        if header.get("job") == self._job:
            self._between = self._loop.create_task(self._resume(self._job), name="agent-resume")

    async def _resume(self, job: str) -> None:
        """Between the stages: from the compiler's memory to the program's, beside which no compiler waits any more."""
        try:
            if self._sizing is not None:
                await self._fit(self._sizing, size_to_run(self._limits))
        except RunnerError as error:
            self._end(str(error))
            return
        if self._transport is not None and self._over is None:
            self._transport.write(encode({"type": "run", "job": job}))

    def release(self) -> None:
        self._end_when_settled("its lease was given up")

    async def released(self) -> None:
        """Closing the connection was all, but for what keeps that waiting."""
        if self._fits:
            await asyncio.wait(tuple(self._fits))

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        try:
            for header, body in self._decoder.feed(data):
                handler = self._handlers.get(header["type"])
                if handler is not None:
                    handler(header, body)
        except ProtocolError as error:
            self._end(f"its agent broke the protocol: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._end("its agent closed the connection" if exc is None else f"the connection to its agent broke: {exc}")

    # -- what the agent says

    def _on_hello(self, header: Header, _body: bytes) -> None:
        if not self._hello.done():
            self._hello.set_result(greeting_of(header))

    def _on_refused(self, header: Header, _body: bytes) -> None:
        reason = str(header.get("reason"))
        if not self._hello.done() and reason == "leased":
            self._hello.set_exception(LeasedElsewhereError(reason))
        self._end(f"its agent refused: {reason}")

    def _on_output(self, header: Header, body: bytes) -> None:
        name = header.get("stream")
        if name not in ("stdout", "stderr") or header.get("job") != self._job:
            raise ProtocolError(f"output {name!r} of job {header.get('job')!r} while {self._job!r} runs")
        if self._listener is not None:
            self._listener.wrote(name, body)

    def _on_result(self, header: Header, body: bytes) -> None:
        if header.get("job") != self._job:
            raise ProtocolError(f"a result of job {header.get('job')!r} while {self._job!r} runs")
        self._job = ""
        if self._result is not None and not self._result.done():
            self._result.set_result(report_of(header, body, self._limits))

    def _on_built(self, _header: Header, body: bytes) -> None:
        if not self._building.left(body):
            raise ProtocolError(f"a build of {len(body)} bytes that nobody asked for")

    def _tick(self) -> None:
        if self._over is not None or self._transport is None:
            return
        if self._loop.time() - self._heard > SILENCE:
            self._end(f"its agent has not answered for {SILENCE:g} s")
            return
        self._transport.write(encode({"type": "ping"}))
        self._timer = self._loop.call_later(PING_EVERY, self._tick)

    def _end_when_settled(self, reason: str) -> None:
        """The job is over at once, the lease when the engine is done with what it was asked: else the container might
        be changed while it has the job of who leases it next.
        """
        if not self._fits:
            self._end(reason)
            return
        self._closing = self._closing or reason
        self._fail(reason)
        for fitting in self._fits:
            fitting.cancel()

    def _fail(self, reason: str) -> None:
        if self._result is not None and not self._result.done():
            self._result.set_exception(RunnerError(f"runner {self._name}: {reason}"))

    def _end(self, reason: str) -> None:
        if self._over is not None:
            return
        self._over = reason
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            # Not close(): a wedged agent would keep what is unsent, and the connection with it, for ever.
            self._transport.abort()
        if not self._hello.done():
            self._hello.set_exception(RunnerUnusableError(reason))
        self._fail(reason)
        self._watcher.gone(reason)


class AgentLessor:
    """Leases runners over their agents' sockets.

    `engine` gives their containers the size of each job; `builds` is what their jobs need not compile again.
    """

    def __init__(self, users: Users, engine: Engine | None = None, builds: Builds | None = None) -> None:
        self._users = users
        self._engine = engine
        self._builds = Builds(0) if builds is None else builds

    async def lease(self, container: Container, watcher: Watcher) -> AgentRunner:
        """Implements actors.runners.lease.Lessor."""
        directory = container.socket_directory
        if directory is None:
            raise RunnerUnusableError("it mounts no socket directory")
        try:
            user = self._users.of(container.id)
            runner = await connect(directory, lambda: AgentRunner(container, user, watcher, self._engine, self._builds))
        except NoAgentSocketError as error:
            raise RunnerUnusableError(f"its agent has no socket: {error}") from error
        except OSError as error:
            raise RunnerUnusableError(f"its agent cannot be reached: {error}") from error
        try:
            await runner.greeted()
        except BaseException:
            runner.release()
            raise
        return runner
