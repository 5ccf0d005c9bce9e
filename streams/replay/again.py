"""Running a submission again, as a job of its own that says what it repeats."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec.structs import replace

from streams.facts import Origin, Submission
from streams.jobid import JobId
from streams.ports import SubmissionLog
from streams.state import JobState


class Nonces(Protocol):
    """Where the new job's secret half comes from."""

    def nonce(self) -> str: ...


def again(submission: Submission, origin: Origin, at: datetime, by: str, ids: Nonces) -> Submission:
    """The very submission, as a new one: same program, input, limits, lane and account.

    Its idempotency key stays with the first, or this one would not be taken for new.
    """
    return replace(submission, at=at, by=by, nonce=ids.nonce(), origin=origin, idempotency=None, trace=None)


async def endings(log: SubmissionLog, jobs: Sequence[JobId]) -> AsyncIterator[tuple[JobId, JobState]]:
    """Each of `jobs` once it has ended, in the order of the endings. Waits for ever: bound it."""
    waiting = {str(job): job for job in jobs}
    async with log.status_changes() as changes:
        async for change in changes:
            # At first, and after a reconnect, changes may have been missed: all are looked at.
            look = list(waiting) if change is None else [change.job_id] if change.job_id in waiting else []
            states = await asyncio.gather(*(log.read(waiting[job_id]) for job_id in look))
            for job_id, state in zip(look, states, strict=True):
                if state is not None and state.ending is not None:
                    yield waiting.pop(job_id), state
            if not waiting:
                return
