"""One job from its request to its result: files, compile stage, run stage."""

import os
import resource
from collections.abc import Callable
from dataclasses import dataclass, replace

from . import layout
from .execution import Baseline, Bounds, Ended, Execution, Place
from .frames import Header
from .identity import acting_as
from .languages import Compiled, Language
from .processes import Command, start
from .request import Request
from .standby import Standby
from .streams import make_stdio
from .warm import Warmer

_COALESCE_S = 0.02
_COMPILE_OUTPUT = 1 << 20

Send = Callable[..., None]


@dataclass
class CompileTotals:
    """The compile stage, summed over its commands."""

    duration_ms: float = 0.0
    cpu_ms: float = 0.0
    peak_bytes: int = 0

    def add(self, ended: Ended) -> None:
        self.duration_ms += ended.duration_ms
        self.cpu_ms += ended.cpu_ms
        self.peak_bytes = max(self.peak_bytes, ended.peak_bytes)


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
        self._early_stdin: list[tuple[bytes, bool]] = []
        self._cancelled: str | None = None
        self._reason = ""
        self._standby: Standby | None = None
        self._totals: CompileTotals | None = None
        self._compiled: Compiled | None = None
        self._held: Ended | None = None
        self._showing = False
        self._compilation = language.compile(request)

    @property
    def id(self) -> str:
        return self._request.job

    def begin(self) -> None:
        try:
            self._write_files()
            first = next(self._compilation)
        except StopIteration:
            self._run()
        except OSError as error:
            self._fail(f"the job's files cannot be written: {error}", "run")
        else:
            self._totals = CompileTotals()
            self._notify("compile")
            self._compile(first)

    def stdin(self, chunk: bytes, *, eof: bool) -> None:
        if self.execution is not None and self._totals_done():
            self.execution.stdin.feed(chunk, eof=eof)
        else:
            self._early_stdin.append((chunk, eof))

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

    def _compile(self, command: Command) -> None:
        assert self._totals is not None
        left_ms = self._request.limits.compile_wall_ms - self._totals.duration_ms
        bounds = Bounds(max(1.0, left_ms), _COMPILE_OUTPUT, memory_bytes=self._request.limits.memory_bytes)
        self._start_cold(command, bounds, b"", self._command_ended)

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
        elif self._request.hold:
            self._held = last
            self.execution = None
            self._send({"type": "compiled", "job": self.id})
        else:
            self._run()

    def resume(self) -> None:
        """The executor's word that the run stage may begin, after `compiled`."""
        if self._held is not None:
            self._held = None
            self._run()

    # run stage

    def _run(self) -> None:
        request = self._request
        self.execution = None
        self._standby = self._warmer.take(request.uid, request.gid)
        if self._standby is None:
            self._run_cold()
        else:
            self._standby.when_ready(self._run_warm)

    def _run_cold(self) -> None:
        command = replace(self._language.run(self._request), rlimits=self._rlimits())
        self._start_cold(command, self._run_bounds(), self._request.stdin, self._run_ended)
        self._run_started()

    def _run_warm(self, ready: bool) -> None:
        standby = self._standby
        assert standby is not None
        if self._cancelled:
            ready = False
        before = self._baseline()
        if not ready or not standby.hand_over(self._warmer.order(self._request), self._rlimits()):
            standby.discard()
            self._standby = None
            self._run_cold()
            return
        user = (self._request.uid, self._request.gid)
        bounds = self._run_bounds()
        self.execution = Execution(self._place, standby.pid, user, standby.stdio, bounds, before, self._run_ended)
        self._feed(self._request.stdin)
        self._run_started()

    def _run_started(self) -> None:
        self._notify("run")
        if self._request.live_after_ms is not None:
            self._place.loop.after(self._request.live_after_ms / 1000, self._begin_to_show)

    def _run_ended(self, ended: Ended) -> None:
        outcome = ended.outcome
        if self._standby is not None and not self._standby.became_job():
            ended = replace(ended, error="the waiting process ended before it became the job")
            outcome = "internal_error"
        self._finish(ended, outcome, "run")

    def _run_bounds(self) -> Bounds:
        limits = self._request.limits
        return Bounds(limits.wall_ms, limits.output_bytes, limits.cpu_ms, limits.memory_bytes)

    def _rlimits(self) -> dict[int, int]:
        limits = self._request.limits
        wanted = {
            resource.RLIMIT_FSIZE: limits.file_size_bytes,
            resource.RLIMIT_NOFILE: limits.open_files,
            resource.RLIMIT_NPROC: limits.processes,
        }
        return {kind: value for kind, value in wanted.items() if value is not None}

    # both stages

    def _baseline(self) -> Baseline:
        return Baseline.now(self._place.cgroup, with_memory=self._request.limits.memory_bytes is not None)

    def _start_cold(
        self, command: Command, bounds: Bounds, stdin: bytes | None, on_end: Callable[[Ended], None]
    ) -> None:
        stdio = make_stdio(command.uid, command.gid)
        failure_read, failure_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        before = self._baseline()
        pid = start(command, stdio.job, failure_write)
        os.close(failure_write)
        stdio.close_job_ends()

        def ended(result: Ended) -> None:
            failure = os.read(failure_read, 4096)
            os.close(failure_read)
            on_end(replace(result, error=failure.decode(errors="replace").strip()) if failure else result)

        user = (command.uid, command.gid)
        self.execution = Execution(self._place, pid, user, stdio, bounds, before, ended)
        self._feed(stdin)
        if self._cancelled:
            self.execution.cut("cancelled")

    def _feed(self, stdin: bytes | None) -> None:
        assert self.execution is not None
        if stdin is not None:
            self.execution.stdin.feed(stdin, eof=True)
            return
        for chunk, eof in self._early_stdin:
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
        header, body = self._result(ended, outcome, stage)
        self._send(header, *body)
        self._on_done()

    def _result(self, ended: Ended, outcome: str, stage: str) -> tuple[Header, tuple[bytes, ...]]:
        ran = stage == "run"
        compiled = self._compiled or Compiled(0, b"", b"")
        if not ran and self._compiled is None:
            compiled = Compiled(0, ended.stdout, ended.stderr)
        body = (ended.stdout if ran else b"", ended.stderr if ran else b"", compiled.stdout, compiled.stderr)
        names = ("stdout", "stderr", "compile_stdout", "compile_stderr")
        header: Header = {
            "type": "result",
            "job": self.id,
            "outcome": outcome,
            "stage": stage,
            "exit_code": ended.exit_code if ran and outcome == "exited" else None,
            "signal": ended.signal_name if outcome == "signaled" else None,
            "duration_ms": round(ended.duration_ms, 3) if ran else 0.0,
            "cpu_ms": round(ended.cpu_ms, 3) if ran else 0.0,
            "memory_peak_bytes": ended.peak_bytes if ran else 0,
            "memory_source": "rss",
            "compile": self._compile_report(),
            "truncated": dict(zip(("stdout", "stderr"), ended.truncated if ran else (False, False), strict=True)),
            "error": ended.error or self._reason or None,
            "parts": [[name, len(part)] for name, part in zip(names, body, strict=True)],
        }
        return header, body

    def _compile_report(self) -> Header | None:
        totals = self._totals
        if totals is None:
            return None
        return {
            "exit_code": None if self._compiled is None else self._compiled.exit_code,
            "duration_ms": round(totals.duration_ms, 3),
            "cpu_ms": round(totals.cpu_ms, 3),
            "memory_peak_bytes": totals.peak_bytes,
        }
