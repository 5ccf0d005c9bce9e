"""One job from its request to its result: files, compile stage (or what an earlier one made), run stage."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from . import layout
from .cleanup import empty
from .execution import Baseline, Bounds, Ended, Execution, Place
from .identity import acting_as
from .languages import Compiled, Language
from .processes import Command, start
from .product import Product, product, put
from .request import Request
from .stage import CompileTotals, bounds, result, rlimits
from .standby import Standby
from .streams import Stdio, make_stdio
from .warm import Warmer

_COALESCE_S = 0.02
_ROOM = 4 << 20
"""Bytes that the agent may need between a job's end and its files' deletion, besides what the result takes."""
_COPIES = 2
"""Of a result's bytes: the frame, and what of it an executor is slow to take."""

Send = Callable[..., None]


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class _Launch:
    """A process of the job, however it is started."""

    command: Command
    within: Bounds
    stdin: bytes | None
    on_end: Callable[[Ended], None]
    on_start: Callable[[], None] = _nothing


class Job:
    """Runs one request; `send` gets its frames, `on_done` is called after the result was sent."""

    def __init__(
        self,
        place: Place,
        language: Language,
        warmer: Warmer,
        request: Request,
        send: Send,
        on_done: Callable[[], None],
    ) -> None:
        self._place, self._language, self._warmer, self._request = place, language, warmer, request
        self._send, self._on_done = send, on_done
        self.execution: Execution | None = None
        self.unended: str | None = None
        """What of the job could not be brought to its end: this runner must not take another one."""
        self._stdin: list[tuple[bytes, bool]] = []
        """What came after the request: for the run stage's process, and for the one that may have to replace that."""
        self._cancelled: str | None = None
        self._reason = ""
        self._totals: CompileTotals | None = None
        self._compiled: Compiled | None = None
        self._held: Ended | None = None
        self._product: Product | None = None
        self._outcome = ""
        self._showing = False
        self._told = ""
        self._compilation = language.compile(request)

    @property
    def id(self) -> str:
        return self._request.job

    def begin(self, built: bytes | None = None) -> None:
        """Start it; with `built`, which an earlier compile stage left, at the run stage."""
        try:
            self._write_files()
            first = None
            if built is None:
                first = next(self._compilation, None)
            else:
                self._use(built)
        except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
            self._fail(f"the job's files cannot be written: {error}", "run")
        else:
            if first is None:
                self._run()
                return
            self._totals = CompileTotals()
            self._notify("compile")
            self._compile(first)

    def stdin(self, chunk: bytes, *, eof: bool) -> None:
        self._stdin.append((chunk, eof))
        if self.execution is not None and self._totals_done():
            self.execution.stdin.feed(chunk, eof=eof)

    def cancel(self, reason: str = "") -> None:
        self._cancelled = self._cancelled or "cancelled"
        self._reason = self._reason or reason
        if self.execution is not None:
            self.execution.cut("cancelled")
        elif self._held is not None:
            held, self._held = self._held, None
            self._finish(held, "cancelled", "compile")

    def _totals_done(self) -> bool:
        return self._totals is None or self._compiled is not None

    def _notify(self, stage: str) -> None:
        if self._request.tell_stages and self._told != stage:
            self._told = stage
            self._send({"type": "started", "job": self.id, "stage": stage})

    def _write_files(self) -> None:
        request = self._request
        with acting_as(request.uid, request.gid):
            for name, content in {self._language.source_name: request.source, **request.files}.items():
                path = os.path.normpath(os.path.join(layout.WORK, name))
                if not path.startswith(layout.WORK + "/"):
                    raise OSError(f"file {name!r} is outside of the work directory")
                if "/" in name:
                    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
                fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
                with open(fd, "wb", buffering=0) as file:
                    file.write(content)

    # compile stage

    def _use(self, built: bytes) -> None:
        if self._language.product is None:
            raise ValueError("this language has no compile stage to leave out")
        put(self._language.product, built, self._request.uid, self._request.gid)
        self._totals, self._compiled = CompileTotals(cached=True), Compiled(0, b"", b"")

    def _compile(self, command: Command) -> None:
        assert self._totals is not None
        limits = self._request.compile_limits
        command = replace(command, rlimits=rlimits(limits))
        self._launch(_Launch(command, self._totals.rest_of(limits), b"", self._command_ended))

    def _command_ended(self, ended: Ended) -> None:
        assert self._totals is not None
        self._totals.add(ended)
        if ended.outcome != "exited":
            self._finish(ended, ended.outcome, "compile")
            return
        try:
            self._compile(self._compilation.send(ended))
        except StopIteration as stop:
            self._compiled = stop.value
            self._compilation_ended(ended)

    def _compilation_ended(self, last: Ended) -> None:
        assert self._compiled is not None
        if self._cancelled:
            self._finish(last, "cancelled", "compile")
        elif self._compiled.exit_code != 0:
            self._finish(last, "compile_error", "compile")
        else:
            self._warmer.dismiss()  # a tool that was not needed is not to be seen, nor counted, beside the program
            self._tidy()
            self._look_at_product()
            if self._request.hold:
                self._held = last
                self.execution = None
                self._send({"type": "compiled", "job": self.id})
            else:
                self._run()

    def _tidy(self) -> None:
        """The tools' own files are gone before the program looks: it finds the same as where nothing was compiled.

        What cannot be deleted is found in the cleaning after the job, too, which takes it for what it is.
        """
        empty((layout.HOME,), self._request.uid, self._request.gid)

    def _look_at_product(self) -> None:
        """Before the program runs: it could leave something else in the same place."""
        request, compiled = self._request, self._compiled
        silent = compiled is not None and not compiled.stdout and not compiled.stderr
        if request.keep > 0 and silent and self._language.product is not None:
            self._product = product(self._language.product, request.uid, request.gid, request.keep)

    def resume(self) -> None:
        """The executor's word that the run stage may begin, after `compiled`."""
        if self._held is not None:
            self._held = None
            self._run()

    # run stage

    def _run(self) -> None:
        limits = self._request.limits
        command = replace(self._language.run(self._request), rlimits=rlimits(limits))
        self._launch(_Launch(command, bounds(limits), self._request.stdin, self._run_ended, self._run_started))

    def _run_started(self) -> None:
        self._notify("run")
        if self._request.live_after_ms is not None:
            self._place.loop.after(self._request.live_after_ms / 1000, self._begin_to_show)

    def _run_ended(self, ended: Ended) -> None:
        self._finish(ended, ended.outcome, "run")

    # both stages

    def _launch(self, launch: _Launch) -> None:
        """Start it in the standby that it names, if that is there, else cold."""
        self.execution = None
        command = launch.command
        standby = None
        if command.standby is not None:
            standby = self._warmer.take(command.standby, command.uid, command.gid)
        if standby is None:
            self._launch_cold(launch)
        else:
            standby.when_ready(lambda ready: self._launch_warm(launch, standby, ready=ready))

    def _launch_warm(self, launch: _Launch, standby: Standby, *, ready: bool) -> None:
        if self._cancelled:
            ready = False
        before = self._baseline(launch.within)
        if not ready or not standby.hand_over(self._warmer.order(self._request), launch.command.rlimits):
            standby.discard()
            self._launch_cold(launch)
            return
        os.sched_yield()  # on a shared processor the program need not wait for what is left to do here

        def ended(how: Ended) -> None:
            if standby.became_job() or how.cut:  # what is cut early need not have come so far
                launch.on_end(how)
            elif how.signal_name == "SIGKILL" and not how.error:
                # By the kernel for its memory, or from outside: nothing of the job ran. One that ends by itself then
                # has a fault, which a cold start would only hide.
                self.execution = None
                self._launch_cold(launch)
            else:
                launch.on_end(replace(how, error="the waiting process ended before it became the job"))

        self._watch(launch, standby.pid, standby.stdio, before, ended)
        launch.on_start()

    def _launch_cold(self, launch: _Launch) -> None:
        command = launch.command
        stdio = make_stdio(command.uid, command.gid)
        failure_read, failure_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        before = self._baseline(launch.within)
        pid = start(command, stdio.job, failure_write)
        os.close(failure_write)
        stdio.close_job_ends()

        def ended(how: Ended) -> None:
            failure = os.read(failure_read, 4096)
            os.close(failure_read)
            launch.on_end(replace(how, error=failure.decode(errors="replace").strip()) if failure else how)

        execution = self._watch(launch, pid, stdio, before, ended)
        if self._cancelled:
            execution.cut("cancelled")
        launch.on_start()

    def _baseline(self, within: Bounds) -> Baseline:
        return Baseline.now(self._place, with_memory=within.memory_bytes is not None)

    def _watch(
        self, launch: _Launch, pid: int, stdio: Stdio, before: Baseline, on_end: Callable[[Ended], None]
    ) -> Execution:
        user = (launch.command.uid, launch.command.gid)
        self.execution = Execution(self._place, pid, user, stdio, launch.within, before, self._watching(on_end))
        self._feed(launch.stdin)
        return self.execution

    def _watching(self, on_end: Callable[[Ended], None]) -> Callable[[Ended], None]:
        """An execution's own error is that something of its tree survived; others are added to it later."""

        def ended(how: Ended) -> None:
            self.unended = self.unended or how.error
            on_end(how)

        return ended

    def _feed(self, stdin: bytes | None) -> None:
        assert self.execution is not None
        if stdin is not None:
            self.execution.stdin.feed(stdin, eof=True)
            return
        for chunk, eof in self._stdin:
            self.execution.stdin.feed(chunk, eof=eof)

    def _begin_to_show(self) -> None:
        if self.execution is not None:
            self.execution.stdout.on_kept = self.execution.stderr.on_kept = self._show_soon
            self._show_output()

    def _show_soon(self) -> None:
        """A program that is silent costs nothing, one that prints all the time a frame every 20 ms."""
        if not self._showing:
            self._showing = True
            self._place.loop.after(_COALESCE_S, self._show_output)

    def _show_output(self) -> None:
        self._showing = False
        execution = self.execution
        if execution is None:
            return
        for name, capture in (("stdout", execution.stdout), ("stderr", execution.stderr)):
            if chunk := capture.unseen():
                self._send({"type": "output", "job": self.id, "stage": "run", "stream": name}, chunk)

    def _fail(self, error: str, stage: str) -> None:
        self._finish(Ended(0, None, False, 0.0, 0.0, 0, b"", b"", (False, False), error), "internal_error", stage)

    def _finish(self, ended: Ended, outcome: str, stage: str) -> None:
        self.execution = None
        self._make_room(ended)
        ended = replace(ended, error=ended.error or self._reason or None)
        header, body = result(self.id, ended, outcome, self._totals, self._compiled, ran=stage == "run")
        self._send(header, *body)
        self._outcome = outcome
        self._on_done()

    def _make_room(self, ended: Ended) -> None:
        """Files stay when the last process is gone, and if they leave no memory for the result, the kernel takes it
        from the agent. Otherwise they are deleted when the result was sent, off the path of the answer; and where a
        process survived, which could put links in our way, not at all: that runner ends.
        """
        needed = _ROOM + _COPIES * (len(ended.stdout) + len(ended.stderr))
        if not self.unended and self._place.cgroup.memory_left() < needed:
            empty(layout.WRITABLE, self._request.uid, self._request.gid)

    def hand_on_product(self) -> None:
        """Off the path of the answer, and when nothing of the job lives: unless we do not know what does. Nor are its
        other files there any more, which may have left no memory to read it into.
        """
        if self._product is not None:
            built, self._product = self._product.take(), None
            if built is not None and self._outcome != "internal_error":
                self._send({"type": "built", "job": self.id}, built)
