"""One claimed job on its way to its ending: begun, run, judged, ended; or handed back for another attempt."""

from datetime import timedelta
from enum import Enum
from typing import Any, Protocol

import structlog

from actors import writing
from actors.backoff import Backoff
from actors.beginning import Beginning
from actors.bench import Bench
from actors.runners.port import Job, Runner, RunnerError, RunReport
from actors.showing import Showing
from actors.spans import AttemptTrace
from actors.verdict import final_status
from streams.facts import Cancelled, Ending, Finished, Lost, Started
from streams.ports import Claim, DeadLetter, LogUnavailableError, Refusal
from streams.position import Position
from streams.text import bytes_from_text


class Stage(Enum):
    """How far the job is: until it runs it can be dropped, while it runs it can be cut short, then only written."""

    STARTING = "starting"
    RUNNING = "running"
    ENDING = "ending"


class Observer(Protocol):
    """Whom an attempt tells what its executor must know."""

    def let_go(self, attempt: "Attempt") -> None:
        """The claim is about to be handed back, or turned out to be another's."""
        ...

    def stalled(self, attempt: "Attempt") -> None:
        """The log does not take the ending; the attempt keeps trying."""
        ...


class Attempt:
    """The attempt at one claimed job on one taken runner. `carry_out` may be cancelled: that kills the job."""

    def __init__(self, claim: Claim, runner: Runner, bench: Bench, observer: Observer) -> None:
        self.claim = claim
        self.id = str(claim.job)
        self.address = str(claim.job.address)
        self.stage = Stage.STARTING
        self._runner = runner
        self._runner_used = False
        self._bench = bench
        self._observer = observer
        self._cancel_requested = False
        self._showing: Showing | None = None
        self._trace = AttemptTrace(claim, bench, runner.name)
        # Bound when there is something to log, which is after the job: to bind it takes longer than to read the claim.
        self._logger: Any = structlog.get_logger(actor="executor", job=self.address, runner=runner.name)
        self._beginning = Beginning(claim, bench, runner.name, self._trace, self._logger)

    def cancel(self) -> None:
        """The client no longer wants the job."""
        self._cancel_requested = True
        if self.stage is Stage.RUNNING:
            self._runner.cancel()

    def watched(self) -> None:
        """Somebody begins to listen to what the job writes."""
        if self._showing is not None:
            self._showing.watched()

    def put_back_unused(self) -> None:
        """Free the runner if the job never got to it. Also to be called when `carry_out` was cancelled unstarted."""
        if not self._runner_used:
            self._runner_used = True
            self._bench.runners.put_back(self._runner)

    async def carry_out(self) -> None:
        """From claimed to ended, or handed back, or known to be another's."""
        with self._trace:
            await self._carry_out()

    async def _carry_out(self) -> None:
        try:
            begun = await self._beginning.next()
            outcome = await self._perform(begun) if isinstance(begun, Started) else begun
        finally:
            self.put_back_unused()
        if isinstance(outcome, Finished | Cancelled | Lost):
            await self._end(outcome)
        elif isinstance(begun, Started):
            await self._hand_back()
        else:
            self._observer.let_go(self)

    async def _perform(self, started: Started) -> Ending | None:
        """The ending that the job comes to; None: this attempt failed, and another may follow."""
        if self._cancel_requested:
            return writing.cancelled(self.claim, self._bench, self._trace.carrier, started)
        self.stage, self._runner_used = Stage.RUNNING, True
        showing = self._showing = self._show(started)
        showing.start()
        try:
            report = await self._runner.run(self._job(started, showing))
            if report.outcome == "internal_error":
                raise RunnerError(report.error or "the runner reports an internal error")
        except RunnerError as error:
            return self._failed(started, str(error))
        except Exception as error:  # a fault of ours costs this job an attempt, not the executor
            self._logger.exception("runner broke", attempt=started.attempt)
            return self._failed(started, f"internal error: {type(error).__name__}: {error}")
        finally:
            self.stage = Stage.ENDING
            showing.stop()
        self._trace.ran(report)
        return self._judged(started, report)

    def _judged(self, started: Started, report: RunReport) -> Ending | None:
        status = final_status(report)
        if status is not None:
            return writing.finished(self.claim, self._bench, started, status, report)
        if self._cancel_requested:
            return writing.cancelled(self.claim, self._bench, self._trace.carrier, started, report)
        return self._failed(started, report.error or "the runner cancelled the job by itself")

    def _failed(self, started: Started, reason: str) -> Ending | None:
        self._logger.warning("attempt failed", attempt=started.attempt, reason=reason)
        self._trace.failed(reason)
        if self._cancel_requested:
            return writing.cancelled(self.claim, self._bench, self._trace.carrier, started)
        if started.attempt >= self._bench.max_attempts:
            return writing.lost(self.claim, self._bench, self._trace.carrier, started.attempt, reason)
        return None

    def _show(self, started: Started) -> Showing:
        limits = started.limits
        longest = timedelta(milliseconds=(limits.wall_ms or 0) + (limits.compile_wall_ms or 0))
        return Showing(self.claim.job, started.attempt, self._bench.log, self._bench.clock, longest)

    def _job(self, started: Started, showing: Showing) -> Job:
        submission = self.claim.submission
        return Job(
            address=self.address,
            attempt=started.attempt,
            source=bytes_from_text(submission.code),
            stdin=bytes_from_text(submission.stdin),
            limits=started.limits,
            args=submission.args,
            files=tuple((file.path, bytes_from_text(file.content)) for file in submission.files),
            account=submission.account,
            listener=showing,
        )

    async def _end(self, ending: Ending) -> None:
        """Write the ending; as long as the log is away, the claim may still be ours, and the verdict is kept."""
        self.stage = Stage.ENDING
        dead_letter: DeadLetter | None = None
        if isinstance(ending, Lost):
            dead_letter = writing.dead_letter(self.claim, ending)
        answer = await self._written(ending, dead_letter)
        if isinstance(answer, Refusal):
            # After an answer that was lost on the way, this is how the log says that it took the ending before.
            self._logger.info("ending not taken", kind=type(ending).__name__, reason=answer.value)
        else:
            self._logger.info("ended", **writing.summary(ending))
            self._trace.ended(ending)

    async def _written(self, ending: Ending, dead_letter: DeadLetter | None) -> Position | Refusal:
        backoff = Backoff()
        while True:
            try:
                return await self._bench.log.end(self.claim, self._bench.consumer, ending, dead_letter)
            except LogUnavailableError as error:
                self._observer.stalled(self)
                self._logger.warning("log unavailable", step="end", reason=str(error))
                await backoff.pause()

    async def _hand_back(self) -> None:
        # Let go first: what is handed back may be claimed by this very executor before the answer is here.
        self._observer.let_go(self)
        await writing.hand_back([self.claim], self._bench, self._logger)
