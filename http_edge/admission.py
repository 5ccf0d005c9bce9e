"""Admission: a submission is appended unless its queue is full or its owner has used what they may."""

import asyncio
from collections.abc import Mapping

import msgspec

from http_edge.archive_guard import ArchiveGuard
from http_edge.backlog import Backlog
from http_edge.languages import Languages
from http_edge.parsing import unknown_language
from http_edge.plans import Plan
from http_edge.problems import Problem
from http_edge.ratelimit import headers, quota_exceeded
from streams.facts import Submission
from streams.jobid import JobId
from streams.ports import IdempotencyConflictError, SubmissionLog
from streams.quotas import Allowance, QuotaExceededError, Standing


class Asked(msgspec.Struct, frozen=True):
    """A submission, the partition for it, and what its owner may use; without an allowance nothing is counted.

    `elsewhere`: other partitions in which the request that it repeats may lie.
    """

    submission: Submission
    partition: int
    plan: Plan
    allowance: Allowance | None
    elsewhere: tuple[int, ...] = ()


class Admission:
    """Appends what may be appended."""

    def __init__(self, log: SubmissionLog, languages: Languages, backlog: Backlog, archive: ArchiveGuard) -> None:
        self._log = log
        self._languages = languages
        self._backlog = backlog
        self._archive = archive

    async def admit(self, asked: Asked) -> tuple[JobId, Mapping[str, str]]:
        """The job, of this request or of the one that it repeats, and header fields about its owner's quota.

        Raises Problem: 400 when nobody runs the language, 409 for another request's key, 429 when the queue is full or
        a quota used up, 503 when the archive is too far behind.
        """
        try:
            return await self._admit(asked)
        except IdempotencyConflictError as error:
            raise Problem(409, "This Idempotency-Key was used before, for another request.") from error

    async def _admit(self, asked: Asked) -> tuple[JobId, Mapping[str, str]]:
        submission, partition = asked.submission, asked.partition
        if asked.elsewhere:
            found = await asyncio.gather(*(self._log.submitted_before(submission, each) for each in asked.elsewhere))
            if (known := next(filter(None, found), None)) is not None:
                return known, {}
        try:
            self._check_language(submission.language)
            self._archive.check()
            await self._backlog.enter(submission.language)
        except Problem:
            # What was promised before nothing new could be taken is promised still.
            known = await self._log.submitted_before(submission, partition)
            if known is None:
                raise
            return known, {}
        try:
            job, standing = await self._append(submission, partition, asked.allowance)
        except QuotaExceededError as error:
            self._backlog.leave(submission.language)
            raise quota_exceeded(asked.plan, error) from error
        if job.nonce != submission.nonce:  # it was there before
            self._backlog.leave(submission.language)
        return job, {} if standing is None else headers(asked.plan, standing)

    async def _append(
        self, submission: Submission, partition: int, allowance: Allowance | None
    ) -> tuple[JobId, Standing | None]:
        if allowance is None:
            return await self._log.submit(submission, partition), None
        return await self._log.submit_within(submission, partition, allowance)

    def _check_language(self, name: str) -> None:
        if self._languages.resolve(name) is None:
            raise unknown_language(name, self._languages.known)
