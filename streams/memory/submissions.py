"""The edge's side of the log in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from msgspec.structs import replace

from streams import keys
from streams.codec import MalformedFactError, decode
from streams.duration import in_milliseconds
from streams.facts import AnyFact, CancelRequested, Lane, Submission
from streams.jobid import Address, JobId
from streams.lanes import all_lanes, rotated
from streams.memory.contents import MemoryPart, listening
from streams.ports import (
    IdempotencyConflictError,
    StatusChange,
)
from streams.position import Position
from streams.queueing import place_in_queue
from streams.quotas import MOST_INTERACTIVE, Allowance, QuotaExceededError, Standing, exceeded
from streams.state import JobState, fold, state_from_fields, without_submission


class Submissions(MemoryPart):
    """Implements streams.ports.SubmissionLog."""

    async def submit(self, submission: Submission, partition: int) -> JobId:
        known = await self.submitted_before(submission, partition)
        return known or await self._append_submission(submission, partition)

    async def submit_within(
        self, submission: Submission, partition: int, allowance: Allowance
    ) -> tuple[JobId, Standing | None]:
        known = await self.submitted_before(submission, partition)
        if known is not None:
            return known, None
        owner, now, longest = allowance.owner, self._milliseconds(), in_milliseconds(self._settings.job_ttl)
        used = self.contents.used[owner]
        standing = used.standing(now, longest)
        limits = exceeded(allowance.quota, standing)
        if limits:
            raise QuotaExceededError(limits, standing)
        if submission.lane.kind == "batch" or standing.jobs >= MOST_INTERACTIVE:
            if standing.jobs == 0:
                used.batch.clear()
            if submission.language not in used.batch:
                used.batch[submission.language] = self._emptiest_batch_lane(submission, partition)
            submission = replace(submission, lane=Lane("batch", used.batch[submission.language]))
        used.add(submission.nonce, now)
        self.contents.counted[submission.nonce] = owner
        standing = used.standing(now, longest)  # before anybody else has a turn
        return await self._append_submission(submission, partition), standing

    def _emptiest_batch_lane(self, submission: Submission, partition: int) -> int:
        count = self._settings.topology.lanes

        def waiting(number: int) -> int:
            stream = keys.submissions(partition, submission.language, Lane("batch", number))
            return len(self.contents.streams[stream].waiting(keys.EXECUTORS))

        return min(rotated(range(count), submission.lane.number), key=waiting)

    async def _append_submission(self, submission: Submission, partition: int) -> JobId:
        once = submission.idempotency
        stream = keys.submissions(partition, submission.language, submission.lane)
        position = self._append(stream, submission)
        job = JobId(Address(partition, submission.language, submission.lane, position), submission.nonce)
        once = submission.idempotency
        if once is not None:
            expires = self._clock.now() + self._settings.idempotency_ttl
            self.contents.idempotency[keys.idempotency(partition, once.key)] = (once.body, job, expires)
        await self._tell_readers()
        return job

    async def submitted_before(self, submission: Submission, partition: int) -> JobId | None:
        once = submission.idempotency
        held = None if once is None else self.contents.idempotency.get(keys.idempotency(partition, once.key))
        if once is None or held is None or self._clock.now() >= held[2]:
            return None
        if held[0] != once.body:
            raise IdempotencyConflictError
        return held[1]

    async def read(self, job: JobId) -> JobState | None:
        fields = self.contents.hashes.get(keys.hash_of(job), {})
        if "submission" in fields:
            return state_from_fields(fields)
        submission = await self.read_submission(job)
        if submission is None:
            return without_submission(job, fields)
        stream, position = self.contents.streams[keys.stream_of(job.address)], job.address.position
        if stream.is_done(keys.PROJECTOR, position) and stream.is_done(keys.EXECUTORS, position):
            return None
        return state_from_fields({**fold([(position, submission)]), **fields})

    async def read_submission(self, job: JobId) -> Submission | None:
        fields = self.contents.streams[keys.stream_of(job.address)].entries.get(job.address.position)
        try:
            fact = None if fields is None else decode(fields)
        except MalformedFactError:  # the executor that meets it ends the job as lost
            return None
        return fact if isinstance(fact, Submission) and fact.nonce == job.nonce else None

    async def facts(self, job: JobId) -> Sequence[tuple[Position, AnyFact]]:
        if not self.contents.hashes.get(keys.hash_of(job)) and await self.read(job) is None:
            return ()
        submission = await self.read_submission(job)
        found: list[tuple[Position, AnyFact]] = [] if submission is None else [(job.address.position, submission)]
        stream = self.contents.streams[keys.events(job.address.partition)]
        for position, fields in stream.entries.items():
            if stream.is_done(keys.PROJECTOR, position):
                fact = decode(fields)
                found += [(position, fact)] if getattr(fact, "job", None) == str(job) else []
        return found

    async def request_cancel(self, job: JobId, request: CancelRequested) -> bool:
        fields = self.contents.hashes[keys.hash_of(job)]
        if "ended" in fields:
            return False
        if "cancel_requested" not in fields:
            position = self._append(keys.events(job.address.partition), request)
            fields.update(fold([(position, request)]))
            self.contents.cancellations.add(str(job))
            for listener in self._cancel_listeners:
                listener.put_nowait(str(job))
            await self._tell_readers()
        return True

    @asynccontextmanager
    async def status_changes(self) -> AsyncIterator[AsyncIterator[StatusChange | None]]:
        listener: asyncio.Queue[StatusChange | None] = asyncio.Queue()
        with listening(listener, self._status_listeners) as messages:
            yield messages

    async def place_in_queue(self, job: JobId) -> int:
        address = job.address
        own = self.contents.streams[keys.stream_of(address)].waiting(keys.EXECUTORS)
        if address.position not in own:
            return 0
        others = [
            (lane.lane, len(self.contents.streams[keys.stream_of(lane)].waiting(keys.EXECUTORS)))
            for lane in self._lane_starts(address.language, all_lanes(self._settings.topology.lanes))
            if keys.stream_of(lane) != keys.stream_of(address)
        ]
        return place_in_queue(own.index(address.position) + 1, address.lane, others)

    async def backlog(self, language: str) -> int:
        return sum(
            len(self.contents.streams[stream].waiting(keys.EXECUTORS))
            for stream in map(keys.stream_of, self._lane_starts(language, all_lanes(self._settings.topology.lanes)))
        )
