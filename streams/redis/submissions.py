"""The edge's side of the log in Redis."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from redis.exceptions import ResponseError

from streams import keys
from streams.codec import MalformedFactError, decode, encode, entry_fields
from streams.duration import in_milliseconds
from streams.facts import VERSION, AnyFact, CancelRequested, Submission
from streams.jobid import Address, JobId
from streams.ports import StatusChange
from streams.position import Position
from streams.queueing import ahead_in_lane, place_in_queue
from streams.quotas import Allowance, Standing
from streams.redis.context import Part, pairs
from streams.redis.counted import submit_within
from streams.redis.facts_of_job import facts_of_job
from streams.redis.idempotency import stands_for
from streams.redis.subscription import subscription
from streams.redis.told import status_change
from streams.state import JobState, fold, state_from_fields, without_submission

_FIELDS = ("submission", "status", "started", "cancel_requested", "ending")


class Submissions(Part):
    """Implements streams.ports.SubmissionLog."""

    async def submit(self, submission: Submission, partition: int) -> JobId:
        stream = keys.submissions(partition, submission.language, submission.lane)
        if submission.idempotency is not None:
            return await self._submit_once(submission, partition, stream)
        fields = entry_fields(submission)
        position = await self._context.wire.call("XADD", stream, "*", "v", fields[b"v"], "fact", fields[b"fact"])
        address = Address(partition, submission.language, submission.lane, Position.parse(position))
        return JobId(address, submission.nonce)

    async def _submit_once(self, submission: Submission, partition: int, stream: str) -> JobId:
        assert submission.idempotency is not None  # noqa: S101 - narrows the type; the only caller has checked
        once = submission.idempotency
        body, position, nonce, kind, number = await self._context.run(
            "submit_once",
            (keys.idempotency(partition, once.key), stream),
            (
                once.body,
                submission.nonce,
                in_milliseconds(self._context.settings.idempotency_ttl),
                submission.lane.kind,
                submission.lane.number,
                VERSION,
                encode(submission),
            ),
        )
        return stands_for(submission, partition, body, position, nonce, kind, number)

    async def submitted_before(self, submission: Submission, partition: int) -> JobId | None:
        if submission.idempotency is None:
            return None
        name = keys.idempotency(partition, submission.idempotency.key)
        held = await self._context.wire.call("HMGET", name, "body", "position", "nonce", "kind", "number")
        return None if held[0] is None else stands_for(submission, partition, *held)

    async def submit_within(
        self, submission: Submission, partition: int, allowance: Allowance
    ) -> tuple[JobId, Standing | None]:
        return await submit_within(self._context, submission, partition, allowance)

    async def read(self, job: JobId) -> JobState | None:
        if job.address.partition not in self._context.partitions():
            return None
        values = await self._context.wire.call("HMGET", keys.hash_of(job), *_FIELDS)
        if values[0] is None:
            return await self._read_waiting(job)
        return state_from_fields(_present(values))

    async def _read_waiting(self, job: JobId) -> JobState | None:
        """The state of a job whose hash has no submission: it waits in the stream, or is nowhere."""
        answer = await self._context.run(
            "read_waiting",
            (keys.hash_of(job), keys.stream_of(job.address)),
            (keys.PROJECTOR, keys.EXECUTORS, str(job.address.position), *_FIELDS),
        )
        fields = _present(answer[0])
        if "submission" in fields:
            return state_from_fields(fields)
        submission = _submission_of(job, answer[1]) if len(answer) > 1 else None
        if submission is not None:
            return state_from_fields({**fold([(job.address.position, submission)]), **fields})
        return without_submission(job, fields)

    async def read_submission(self, job: JobId) -> Submission | None:
        at = str(job.address.position)
        entries = await self._context.wire.call("XRANGE", keys.stream_of(job.address), at, at)
        return _submission_of(job, entries[0][1]) if entries else None

    async def facts(self, job: JobId) -> Sequence[tuple[Position, AnyFact]]:
        if job.address.partition not in self._context.partitions():
            return ()
        submission = await self.read_submission(job)
        events = await facts_of_job(self._context, job)
        if not events and await self.read(job) is None:
            return ()  # it has ended, and its hash was forgotten before its submission: else it would seem to wait
        return events if submission is None else [(job.address.position, submission), *events]

    async def request_cancel(self, job: JobId, request: CancelRequested) -> bool:
        partition = job.address.partition
        appended = await self._context.run(
            "request_cancel",
            (keys.hash_of(job), keys.events(partition), keys.cancellations(partition)),
            (str(job), keys.cancel_channel(partition), VERSION, encode(request)),
        )
        return bool(appended)

    def status_changes(self) -> AbstractAsyncContextManager[AsyncIterator[StatusChange | None]]:
        channels = [keys.status_channel(partition) for partition in self._context.partitions()]
        return subscription(self._context.redis, channels, status_change)

    async def place_in_queue(self, job: JobId) -> int:
        address = job.address
        own_stream = keys.stream_of(address)
        answer = await self._context.run("waiting_around", (own_stream,), (keys.EXECUTORS, str(address.position)))
        if not answer:
            return 0
        waiting, first, last = int(answer[0]), Position.parse(answer[1]), Position.parse(answer[2])
        lanes = {
            keys.submissions(partition, address.language, lane): lane
            for partition in self._context.partitions()
            for lane in self._context.lanes()
        }
        del lanes[own_stream]
        counts = await asyncio.gather(*(self._waiting(stream) for stream in lanes))
        own = ahead_in_lane(address.position, waiting, first, last)
        return place_in_queue(own, address.lane, list(zip(lanes.values(), counts, strict=True)))

    async def backlog(self, language: str) -> int:
        streams = (
            keys.submissions(partition, language, lane)
            for partition in self._context.partitions()
            for lane in self._context.lanes()
        )
        return sum(await asyncio.gather(*(self._waiting(stream) for stream in streams)))

    async def _waiting(self, stream: str) -> int:
        try:
            groups = await self._context.wire.call("XINFO", "GROUPS", stream)
        except ResponseError:  # no such stream: nothing was ever submitted
            return 0
        for group in groups:
            fields = group if isinstance(group, dict) else pairs(group)
            if fields[b"name"] == keys.EXECUTORS.encode() and fields[b"lag"] is not None:
                return int(fields[b"lag"])
        return int(await self._context.wire.call("XLEN", stream))


def _present(values: Sequence[bytes | None]) -> dict[str, bytes]:
    return {name: value for name, value in zip(_FIELDS, values, strict=True) if value is not None}


def _submission_of(job: JobId, flat: Any) -> Submission | None:
    """The submission in an entry, if it is the one that the id was given for."""
    try:
        fact = decode(pairs(flat))
    except MalformedFactError:  # the executor that meets it ends the job as lost
        return None
    return fact if isinstance(fact, Submission) and fact.nonce == job.nonce else None
