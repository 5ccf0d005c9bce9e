"""What edge and actors need of a log. Redis keeps the real one (`streams.redis`), `streams.memory` one for tests and
the simulation; one conformance suite runs over both.

What is made for each job or entry is a msgspec struct: a frozen dataclass takes eight times as long to make.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Literal, Protocol

import msgspec

from streams.facts import AnyFact, CancelRequested, Ending, Lost, Started, Status, Submission
from streams.jobid import Address, JobId
from streams.position import Position
from streams.quotas import Allowance, Standing
from streams.state import JobState, Slot


class Clock(Protocol):
    """Wall time. Durations and deadlines are the event loop's, so that a simulation can own both."""

    def now(self) -> datetime:
        """The time, in UTC."""
        ...


class Ids(Protocol):
    """Where unguessable numbers come from."""

    def nonce(self) -> str:
        """64 random bits as 16 hex digits."""
        ...


class UnavailableError(Exception):
    """Something that we need cannot be reached or cannot serve now. The message is for operator and client."""


class LogUnavailableError(UnavailableError):
    """The log cannot be reached or refuses writes. The message is for operator and client; try again later."""


@dataclass(frozen=True, slots=True)
class Topology:
    """How many partitions and lanes (per class) the streams have; the same for every process."""

    partitions: int
    lanes: int


# -- the edge ---------------------------------------------------------------------------------------------------------


class IdempotencyConflictError(Exception):
    """The idempotency key was used before, for another request."""


class StatusChange(msgspec.Struct, frozen=True):
    """What a step that changes a job's status tells those who wait.

    The step that ends a job says its hash's fields besides, unless they are large: who waits need not read them.
    """

    job_id: str
    status: Status
    fields: Mapping[str, bytes] | None = None


class SubmissionLog(Protocol):
    """The edge's side: append submissions, read what became of them."""

    async def submit(self, submission: Submission, partition: int) -> JobId:
        """Append `submission`; once this returns it is in the stream (and on disk, as Redis is configured).

        With `submission.idempotency` set, a repetition within IDEMPOTENCY_TTL returns the first one's id and appends
        nothing. Raises IdempotencyConflictError, LogUnavailableError.
        """
        ...

    async def submitted_before(self, submission: Submission, partition: int) -> JobId | None:
        """The job that `submission.idempotency` stands for already, if any; appends nothing.

        Raises IdempotencyConflictError, LogUnavailableError.
        """
        ...

    async def submit_within(
        self, submission: Submission, partition: int, allowance: Allowance
    ) -> tuple[JobId, Standing | None]:
        """As `submit`, if the owner's quota leaves room, and counted; with what they have used then.

        A repetition is neither judged nor counted, and comes without a standing. An interactive submission of an owner
        with MOST_INTERACTIVE jobs in flight goes into a batch lane. Which one that is for an owner is chosen when
        nothing of theirs is in flight: the emptiest, from that of the submission on. Counting needs an owner's
        submissions to be in one partition. Raises QuotaExceededError, IdempotencyConflictError, LogUnavailableError.
        """
        ...

    async def read(self, job: JobId) -> JobState | None:
        """The job's state; `queued` straight from the stream while no projector has seen it, or while it waits for
        longer than states are kept. None: no such job, or one that is forgotten.
        """
        ...

    async def read_submission(self, job: JobId) -> Submission | None:
        """The submission itself, while the stream has it."""
        ...

    async def facts(self, job: JobId) -> Sequence[tuple[Position, AnyFact]]:
        """What has been projected about `job`, in order, with the submission while the stream has it. Nothing of a job
        that has ended and is forgotten, though its submission may still be there.
        """
        ...

    async def request_cancel(self, job: JobId, request: CancelRequested) -> bool:
        """Append `request` unless the job has ended; whether it was appended."""
        ...

    def status_changes(self) -> AbstractAsyncContextManager[AsyncIterator[StatusChange | None]]:
        """Changes as they are made. None says: some may have been missed (a reconnect), read again."""
        ...

    async def backlog(self, language: str) -> int:
        """How many submissions of `language` no executor has claimed yet, about."""
        ...

    async def place_in_queue(self, job: JobId) -> int:
        """About how many submissions are claimed until `job` is, itself included; 0 once an executor has claimed it.

        Exact for up to three that wait in one lane; how exact beyond that, streams.queueing.ahead_in_lane says.
        """
        ...


# -- executors --------------------------------------------------------------------------------------------------------


class Claim(msgspec.Struct, frozen=True):
    """A submission that a consumer holds."""

    job: JobId
    submission: Submission


class BadEntry(msgspec.Struct, frozen=True):
    """A claimed entry that is no fact; `fields` as found."""

    stream: str
    address: Address | None  # where, when it lies in a submissions stream
    position: Position
    fields: Mapping[str, str]
    reason: str


class Refusal(Enum):
    """Why a claimed job may not start, or its ending is not taken."""

    NOT_OURS = "another consumer holds it"
    ENDED = "it has its ending"
    CANCELLED = "its cancelling was asked for"


class Attempts(msgspec.Struct, frozen=True):
    """A job may not start as the attempt it claimed to be: so many have started already.

    `mark` is the last one's (streams.state.attempt_mark): who asks again, because an answer was lost, knows its own.
    """

    started: int
    mark: str = ""


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of an entry that was given up: enough to look at it and to run it again."""

    at: datetime
    reason: str
    stream: str
    position: str
    job: str | None = None
    attempts: int = 0
    fields: dict[str, str] = {}


class WorkLog(Protocol):
    """An executor's side: claim, start, renew, end. All raise LogUnavailableError."""

    async def claim(self, language: str, consumer: str, count: int, wait: timedelta) -> Sequence[Claim | BadEntry]:
        """Up to `count` submissions over all lanes and partitions, waiting up to `wait` for the first.

        What other consumers handed back comes first. Raises UnknownVersionError for an entry of a newer release.
        Cancelling this loses nothing: what was about to be returned is handed back or claimed again later.
        """
        ...

    async def reclaim(self, language: str, consumer: str, count: int, idle: timedelta) -> Sequence[Claim | BadEntry]:
        """Up to `count` submissions whose consumer has not renewed its claim for `idle`."""
        ...

    async def begin(self, claim: Claim, consumer: str, started: Started) -> Position | Refusal | Attempts:
        """Append `started` if `consumer` holds the claim, `started.attempt` is the next one, and nothing ended it.

        The job's hash says it in the same step, and those who wait are told. An ended job is acknowledged on the way.
        Its position is after the submission's, so that who reads all streams in order meets that first.
        """
        ...

    async def renew(self, claims: Sequence[Claim], consumer: str) -> Sequence[Claim]:
        """Restart the idle time of those that `consumer` still holds; returns those that it does not."""
        ...

    async def hand_back(self, claims: Sequence[Claim], consumer: str) -> None:
        """Let any executor claim these at once."""
        ...

    async def end(
        self, claim: Claim, consumer: str, ending: Ending, dead_letter: DeadLetter | None = None
    ) -> Position | Refusal:
        """Append `ending` and acknowledge the submission in one step, if `consumer` holds it and nothing ended it.

        The job's hash says it in the same step, and those who wait are told.
        """
        ...

    async def bury(self, entry: BadEntry, dead_letter: DeadLetter, lost: Lost | None) -> None:
        """Acknowledge an entry that is no fact, keep it as a dead letter, and append `lost`, in one step, once."""
        ...

    async def release_late_reads(self, consumer: str, language: str) -> None:
        """Hand back what a cancelled claim may still bring. For an executor that stops."""
        ...

    def cancellations(self) -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Ids of jobs whose cancelling is asked for, as it happens. None: some may have been missed."""
        ...


# -- the projector ----------------------------------------------------------------------------------------------------


class Projectable(msgspec.Struct, frozen=True):
    """An entry of a submissions or events stream, read for projection, with what it says."""

    stream: str
    partition: int
    position: Position
    job_id: str
    slots: tuple[Slot, ...]
    cpu_ms: float | None = None  # that the job's ending reports; None: this is no ending
    trace: Mapping[str, str] | None = None  # that the job's verdict is part of


class ProjectionLog(Protocol):
    """The projector's side."""

    async def find_streams(self) -> None:
        """Look for languages that appeared, and make the groups that are missing, from the beginning."""
        ...

    async def read_facts(self, consumer: str, count: int, wait: timedelta) -> Sequence[Projectable | BadEntry]:
        """Up to `count` entries per stream that no projector has seen, waiting up to `wait` for the first."""
        ...

    async def reclaim_facts(self, consumer: str, count: int, idle: timedelta) -> Sequence[Projectable | BadEntry]:
        """Entries that a projector read and did not acknowledge for `idle`."""
        ...

    async def project(self, entries: Sequence[Projectable]) -> None:
        """Join the slots into the hashes, acknowledge the entries and tell the waiters, in one step per partition.

        Entries that are not pending any more are left alone. Of what the log said already where the fact was appended
        nothing changes; an ending that is not counted yet takes its job off, and adds its CPU time to its owner's day.
        """
        ...

    async def bury(self, entry: BadEntry, dead_letter: DeadLetter, lost: Lost | None) -> None:
        """As WorkLog.bury."""
        ...


# -- the archive ------------------------------------------------------------------------------------------------------


class StreamEntry(msgspec.Struct, frozen=True):
    """An entry of a submissions or events stream, as it lies there: a fact or not."""

    stream: str
    partition: int
    address: Address | None  # of a submission
    position: Position
    fields: Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class ArchiveLag:
    """How far the archive is behind: entries that it does not have, and the age of the oldest of them."""

    entries: int
    oldest: timedelta


class ArchiveLog(Protocol):
    """The archiver's side."""

    async def keep_archive(self) -> None:
        """Say that there is an archive, and make its groups where they are missing, from the beginning.

        From then on nothing is trimmed that the archive does not have.
        """
        ...

    async def end_archive(self) -> None:
        """Say that there is none any more: trimming waits for it no longer."""
        ...

    async def read_unarchived(self, consumer: str, count: int, wait: timedelta) -> Sequence[StreamEntry]:
        """Up to `count` entries per stream that no archiver has seen, waiting up to `wait` for the first."""
        ...

    async def reclaim_unarchived(self, consumer: str, count: int, idle: timedelta) -> Sequence[StreamEntry]:
        """Entries that an archiver read and did not acknowledge for `idle`."""
        ...

    async def archived(self, entries: Sequence[StreamEntry]) -> None:
        """Acknowledge: the archive has them, on disk."""
        ...

    async def archive_lag(self) -> ArchiveLag | None:
        """None: there is no archive."""
        ...


# -- upkeep and the registry ------------------------------------------------------------------------------------------


class UpkeepLog(Protocol):
    """The janitor's side."""

    async def trim(self, before: datetime) -> int:
        """Delete entries older than `before` that every group has acknowledged; how many."""
        ...

    async def drop_dead_letters(self, before: datetime, size: int) -> int:
        """Forget dead letters of entries older than `before`, and in each partition the oldest past `size` bytes; how
        many.
        """
        ...

    async def remove_idle_consumers(self, idle: timedelta) -> Sequence[str]:
        """Remove consumers that hold nothing and were not heard of for `idle`; their names."""
        ...

    async def mend_claims(self) -> int:
        """Let claims count from now that the log takes to be of the future, its clock having gone back; how many."""
        ...

    async def mend_counts(self) -> int:
        """Make right what the log counts of groups, which a restart or a failover may have forgotten; how many."""
        ...

    async def cancel_waiting(self, by: str, now: datetime) -> Sequence[str]:
        """End as cancelled the jobs whose cancelling was asked for and which no executor holds; their ids."""
        ...


ActorKind = Literal["executor", "projector", "janitor", "archiver"]


class RunnerUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a runner uses. CPU time counts from its start."""

    runner: str
    cpu_seconds: float
    memory_bytes: int
    processes: int


class ActorReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An actor's heartbeat: that it lives, and what it can do. Language fields are an executor's."""

    name: str
    kind: ActorKind
    host: str
    pid: int
    started_at: datetime
    state: str = "running"  # or why it stopped
    language: str | None = None
    aliases: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    runners: int = 0
    busy: int = 0
    quarantined: int = 0  # runners that are there and not used, because something is wrong with them
    uses: tuple[RunnerUse, ...] = ()  # of the runners that it has leased
    job_ms: float | None = None  # how long a job took lately from its claim to its ending, on average


class Registry(Protocol):
    """Who is there. Reports not renewed for `ttl` are gone."""

    async def report(self, report: ActorReport, ttl: timedelta) -> None: ...

    async def withdraw(self, name: str) -> None: ...

    async def actors(self) -> Sequence[ActorReport]: ...

    async def names(self) -> Mapping[str, str]:
        """What each name and alias that an executor ever reported stood for last, whether one runs it now or not."""
        ...


@dataclass(frozen=True, slots=True)
class StreamLag:
    """How far a group is behind in a stream."""

    stream: str
    waiting: int  # entries that no consumer has read
    pending: int  # entries read and not acknowledged


class Health(Protocol):
    """What readiness is judged by."""

    async def ping(self) -> None:
        """Raises LogUnavailableError."""
        ...

    async def projection_lag(self) -> Sequence[StreamLag]: ...

    async def announced_languages(self) -> Sequence[str]:
        """All languages that an executor ever announced, whether one runs them now or not."""
        ...
