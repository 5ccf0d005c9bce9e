"""Submissions that are counted for their owner, in Redis: the one step that judges, appends and counts."""

from collections.abc import Sequence
from typing import Any

import msgspec

from streams import keys
from streams.codec import encode
from streams.duration import in_milliseconds
from streams.facts import VERSION, Lane, Submission
from streams.jobid import Address, JobId
from streams.position import Position
from streams.quotas import MOST_INTERACTIVE, Allowance, Quota, QuotaExceededError, Standing, exceeded
from streams.redis.context import Context
from streams.redis.idempotency import stands_for
from streams.redis.link import Argument

_NO_LIMIT = -1


async def submit_within(
    context: Context, submission: Submission, partition: int, allowance: Allowance
) -> tuple[JobId, Standing | None]:
    """Implements streams.ports.SubmissionLog.submit_within."""
    once, lane = submission.idempotency, submission.lane
    outcome, *answer = await context.run(
        "submit_within",
        (
            keys.quota(partition, allowance.owner),
            keys.in_flight(partition, allowance.owner),
            keys.batch_lanes(partition, allowance.owner),
            keys.counted(partition, submission.nonce),
            keys.idempotency(partition, "" if once is None else once.key),
            keys.submissions(partition, submission.language, lane),
        ),
        (
            allowance.owner,
            submission.nonce,
            context.job_ttl_ms,
            *_limits(allowance.quota),
            MOST_INTERACTIVE,
            lane.kind,
            lane.number,
            context.settings.topology.lanes,
            submission.language,
            keys.submissions(partition, submission.language, Lane("batch", 0)).removesuffix("0"),
            keys.EXECUTORS,
            VERSION,
            *_around_lane(submission),
            "" if once is None else once.body,
            in_milliseconds(context.settings.idempotency_ttl),
        ),
    )
    if outcome == b"repeated":
        return stands_for(submission, partition, *answer), None
    standing = _standing(answer)
    if outcome == b"refused":
        raise QuotaExceededError(exceeded(allowance.quota, standing), standing)
    return _job(submission, partition, *answer[5:]), standing


def _limits(quota: Quota) -> tuple[int, int, int]:
    cpu = quota.cpu_seconds_per_day
    return (
        _NO_LIMIT if quota.requests_per_minute is None else quota.requests_per_minute,
        _NO_LIMIT if quota.concurrent_jobs is None else quota.concurrent_jobs,
        _NO_LIMIT if cpu is None else cpu * 1_000_000,
    )


def _around_lane(submission: Submission) -> tuple[Argument, ...]:
    """The fact before its lane, the lane, and the rest: only the script can know which lane it will be.

    Quotes within a text are escaped, so nothing but the lane looks like it.
    """
    lane = b'"lane":' + msgspec.json.encode(submission.lane)
    before, found, after = encode(submission).partition(lane)
    assert found  # noqa: S101 - a submission without its lane would be lost; better none at all
    return before, lane, after


def _job(submission: Submission, partition: int, position: bytes, kind: bytes, number: bytes) -> JobId:
    lane = Lane("batch" if kind == b"batch" else "interactive", int(number))
    return JobId(Address(partition, submission.language, lane, Position.parse(position)), submission.nonce)


def _standing(answer: Sequence[Any]) -> Standing:
    requests, minute_ms, jobs, cpu, day_ms = (int(value) for value in answer[:5])
    return Standing(requests, minute_ms, jobs, cpu / 1000, day_ms)
