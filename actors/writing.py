"""The facts that an executor writes, made from what it knows."""

from collections.abc import Sequence
from typing import Any, Protocol

from actors.runners.port import RunReport
from actors.verdict import result
from streams import keys
from streams.codec import entry_fields
from streams.facts import Cancelled, Ending, FinalStatus, Finished, Limits, Lost, Started
from streams.ports import Claim, Clock, DeadLetter, LogUnavailableError, WorkLog


class Writer(Protocol):
    """Who writes, where, and when."""

    @property
    def log(self) -> WorkLog: ...

    @property
    def clock(self) -> Clock: ...

    @property
    def consumer(self) -> str: ...


def started(
    claim: Claim, writer: Writer, attempt: int, runner: str, limits: Limits, trace: dict[str, str] | None = None
) -> Started:
    """`trace` is the attempt's own span, where one is made."""
    return Started(
        at=writer.clock.now(),
        by=writer.consumer,
        job=str(claim.job),
        attempt=attempt,
        runner=runner,
        limits=limits,
        trace=trace or claim.submission.trace,
    )


def finished(claim: Claim, writer: Writer, begun: Started, status: FinalStatus, report: RunReport) -> Finished:
    return Finished(
        at=writer.clock.now(),
        by=writer.consumer,
        job=str(claim.job),
        attempt=begun.attempt,
        runner=begun.runner,
        status=status,
        result=result(report),
        trace=begun.trace,
    )


def cancelled(
    claim: Claim,
    writer: Writer,
    trace: dict[str, str] | None,
    begun: Started | None = None,
    report: RunReport | None = None,
) -> Cancelled:
    """`trace` is that of who ends the job, where one is made."""
    return Cancelled(
        at=writer.clock.now(),
        by=writer.consumer,
        job=str(claim.job),
        attempt=0 if begun is None else begun.attempt,
        runner=None if begun is None else begun.runner,
        result=None if report is None else result(report),
        trace=trace or claim.submission.trace,
    )


def lost(claim: Claim, writer: Writer, trace: dict[str, str] | None, attempts: int, reason: str) -> Lost:
    """`trace` as in `cancelled`."""
    said = f"given up after {attempts} attempt{'' if attempts == 1 else 's'}: {reason}"
    return Lost(
        at=writer.clock.now(),
        by=writer.consumer,
        job=str(claim.job),
        attempts=attempts,
        reason=said,
        trace=trace or claim.submission.trace,
    )


def dead_letter(claim: Claim, ending: Lost) -> DeadLetter:
    """All that is needed to look at the job and to run it again."""
    address = claim.job.address
    return DeadLetter(
        at=ending.at,
        reason=ending.reason,
        stream=keys.stream_of(address),
        position=str(address.position),
        job=str(claim.job),
        attempts=ending.attempts,
        fields={name.decode(): value.decode() for name, value in entry_fields(claim.submission).items()},
    )


async def hand_back(claims: Sequence[Claim], writer: Writer, logger: Any) -> None:
    """Let any executor have these at once. Tried once: when only the answer was lost, this very executor may have
    claimed one of them again, and would lose it to a second try. What was not handed back is taken over when overdue.
    """
    try:
        await writer.log.hand_back(claims, writer.consumer)
    except LogUnavailableError as error:
        jobs = [str(claim.job.address) for claim in claims]
        logger.warning("not handed back", jobs=jobs, reason=str(error), action="others take them when overdue")


def summary(ending: Ending) -> dict[str, Any]:
    """What the executor's log says of an ending: never code, input or output."""
    match ending:
        case Finished():
            spent = {"duration_ms": ending.result.duration_ms, "cpu_ms": ending.result.cpu_ms}
            return {"status": ending.status, "attempt": ending.attempt, **spent}
        case Cancelled():
            return {"status": "cancelled", "attempt": ending.attempt}
        case Lost():
            return {"status": "internal_error", "attempts": ending.attempts, "reason": ending.reason}
