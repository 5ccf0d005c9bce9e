"""A job's facts, from the streams or, when they were trimmed there, from the archive."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from http_edge.identity import Caller
from http_edge.problems import not_found
from streams.facts import AnyFact, Submission
from streams.jobid import JobId
from streams.ports import SubmissionLog
from streams.position import Position
from streams.replay.recorded import Recorded
from streams.state import JobState, fold, state_from_fields

Facts = Sequence[tuple[Position, AnyFact]]


class FactArchive(Protocol):
    """What outlives the streams."""

    async def facts(self, job: JobId) -> Sequence[Recorded]:
        """What it has about `job`, in order. Raises DatabaseUnavailableError."""
        ...


@dataclass(frozen=True)
class Record:
    """What is known of a job whose submission is."""

    job: JobId
    facts: Facts

    @cached_property
    def submission(self) -> Submission:
        return next(fact for _, fact in self.facts if isinstance(fact, Submission))

    @cached_property
    def state(self) -> JobState:
        """The fold of the facts."""
        return state_from_fields(fold(self.facts))


class Records:
    """Finds records: in the streams, which are exact, then in the archive, if there is one."""

    def __init__(self, log: SubmissionLog, archive: FactArchive | None) -> None:
        self._log = log
        self._archive = archive

    async def find(self, job: JobId) -> Record | None:
        """The record of `job`, whoever asks. Raises LogUnavailableError, DatabaseUnavailableError."""
        facts = await self._log.facts(job)
        if not _has_submission(facts) and self._archive is not None:
            archived = await self._archive.facts(job)
            facts = [(each.position, each.fact) for each in archived if each.fact is not None]
        return Record(job, facts) if _has_submission(facts) else None

    async def visible(self, job: JobId, caller: Caller) -> Record:
        """The record of `job`; another account's is answered as one that never was: raises Problem."""
        record = await self.find(job)
        if record is None or not caller.sees(record.submission.account):
            raise not_found()
        return record


def _has_submission(facts: Facts) -> bool:
    return any(isinstance(fact, Submission) for _, fact in facts)
