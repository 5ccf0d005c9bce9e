"""The spans of an attempt: how long the job waited, the attempt itself, and in it what the runner compiled and ran."""

from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Protocol

from actors.runners.port import RunReport
from streams import keys
from streams.facts import Ending, Lost, status_after
from streams.jobid import JobId
from streams.ports import Claim, Clock, LogUnavailableError
from streams.state import JobState
from streams.tracing import Span, Tracing


class _Log(Protocol):
    async def read(self, job: JobId) -> JobState | None: ...


class _Bench(Protocol):
    @property
    def log(self) -> _Log: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def tracing(self) -> Tracing: ...


class AttemptTrace:
    """The attempt's span is entered and left as a context; nothing is made where tracing is off."""

    def __init__(self, claim: Claim, bench: _Bench, runner: str) -> None:
        self._claim = claim
        self._bench = bench
        self._runner = runner
        self._span: Span | None = None
        self._error: str | None = None

    def __enter__(self) -> None:
        if self._bench.tracing.on:
            self._span = self._begun()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        del traceback
        if self._span is not None:
            broke = None if kind is None else f"{kind.__name__}: {error}"
            self._span.end(broke or self._error)

    @property
    def carrier(self) -> dict[str, str] | None:
        """For the facts of this attempt."""
        return None if self._span is None else self._span.carrier

    def _begun(self) -> Span:
        tracing, job, submission = self._bench.tracing, self._claim.job, self._claim.submission
        waited = tracing.start("queue", "consumer", submission.trace, _at(job.address.position.ms))
        waited.describe({"messaging.system": "redis", "messaging.destination.name": keys.stream_of(job.address)})
        waited.end()
        span = tracing.start("attempt", "consumer", submission.trace)
        # Not its id, which lets whoever reads the trace read the job.
        span.describe({"codeportal.job": str(job.address), "codeportal.runner": self._runner})
        span.describe({"codeportal.language": submission.language})
        return span

    async def link_to_earlier(self) -> None:
        """Say which attempt was before this one, as far as that is projected."""
        if self._span is None:
            return
        try:
            state = await self._bench.log.read(self._claim.job)
        except LogUnavailableError:  # a link is not worth another try
            return
        if state is not None and state.started is not None:
            self._span.describe({"codeportal.attempt": state.started.attempt + 1})
            self._span.link(state.started.trace)

    def ran(self, report: RunReport) -> None:
        """What the runner measured, as spans that end now."""
        if self._span is None:
            return
        now, compiled = self._bench.clock.now(), report.compile
        began = now - timedelta(milliseconds=report.duration_ms if report.stage == "run" else 0)
        if compiled is not None and not compiled.cached:
            span = self._within("compile", began - timedelta(milliseconds=compiled.duration_ms))
            span.describe({"codeportal.exit_code": compiled.exit_code, "codeportal.cpu_ms": compiled.cpu_ms})
            span.end(at=began)
        if report.stage == "run":
            span = self._within("run", began)
            span.describe({"codeportal.outcome": report.outcome, "codeportal.exit_code": report.exit_code})
            span.describe({"codeportal.cpu_ms": report.cpu_ms, "codeportal.memory_bytes": report.memory_peak_bytes})
            span.end(at=now)

    def failed(self, reason: str) -> None:
        """The attempt came to no verdict, by our fault."""
        self._error = reason

    def ended(self, ending: Ending) -> None:
        """The job has its ending. What a program did wrong is no error of ours."""
        if self._span is not None:
            attempt = ending.attempts if isinstance(ending, Lost) else ending.attempt
            self._span.describe({"codeportal.status": status_after(ending), "codeportal.attempt": attempt})
        if isinstance(ending, Lost):
            self._error = ending.reason

    def _within(self, name: str, at: datetime) -> Span:
        return self._bench.tracing.start(name, "internal", self.carrier, at)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
