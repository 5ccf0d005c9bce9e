"""Brings the `started` of a claimed job's next attempt into the log, however often it takes."""

from typing import Any

from actors import writing
from actors.backoff import Backoff
from actors.bench import Bench
from actors.limits import resolve
from actors.spans import AttemptTrace
from streams.facts import Cancelled, Lost, Started
from streams.ports import Attempts, Claim, LogUnavailableError, Refusal
from streams.position import Position
from streams.state import attempt_mark

Begun = Started | Cancelled | Lost | None
"""The `started` that the log took, or the ending to write instead; None: the job is not ours to run."""


class Beginning:
    """Of one claim, on one runner."""

    def __init__(self, claim: Claim, bench: Bench, runner: str, trace: AttemptTrace, logger: Any) -> None:
        self._claim = claim
        self._bench = bench
        self._runner = runner
        self._trace = trace
        self._logger = logger
        self._limits = resolve(claim.submission.limits, bench.limits)

    def started(self, attempt: int) -> Started:
        """The fact that the attempt of that number has started."""
        carrier = self._trace.carrier
        return writing.started(self._claim, self._bench, attempt, self._runner, self._limits, carrier)

    async def next(self) -> Begun:
        """Begin the attempt that comes after those that the log knows of, if it may still be made."""
        number = 1
        while True:
            begun = await self.this(self.started(number))
            if not isinstance(begun, Attempts):
                return begun
            if begun.started >= self._bench.max_attempts:
                reason = "no attempt came to an end"
                return writing.lost(self._claim, self._bench, self._trace.carrier, begun.started, reason)
            number = begun.started + 1
            await self._trace.link_to_earlier()

    async def this(self, started: Started) -> Begun | Attempts:
        """Begin this attempt. `Attempts` when it is not the next one."""
        backoff, unsure = Backoff(), False
        while True:
            try:
                answer = await self._bench.log.begin(self._claim, self._bench.consumer, started)
            except LogUnavailableError as error:
                # It may have been written; then a later answer says so.
                unsure = True
                self._logger.warning("log unavailable", step="begin", reason=str(error))
                await backoff.pause()
                continue
            match answer:
                case Position():
                    self._logger.debug("started", attempt=started.attempt)
                    return started
                case Attempts(mark=mark) if unsure and mark == attempt_mark(started):
                    return started
                case Attempts():
                    return answer
                case Refusal.CANCELLED:
                    return writing.cancelled(self._claim, self._bench, self._trace.carrier)
                case Refusal():
                    self._logger.info("not begun", reason=answer.value)
                    return None
