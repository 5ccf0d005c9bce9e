"""Steps of a job's life over any log, as the suite needs them."""

from datetime import timedelta

from streams.facts import Status
from streams.jobid import JobId
from streams.memory import MemoryLog
from streams.ports import (
    ActorReport,
    BadEntry,
    Claim,
    DeadLetter,
    Projectable,
)
from streams.redis import RedisLog
from streams.state import JobState
from tests.unit.streams.facts_made import AT, submission

Log = RedisLog | MemoryLog
SHORT = timedelta(milliseconds=50)
LONG = timedelta(seconds=5)
NOW = timedelta(0)


def report(name: str, language: str | None = None) -> ActorReport:
    return ActorReport(name=name, kind="executor", host="h", pid=1, started_at=AT, language=language)


def dead(claim_or_entry: object = None) -> DeadLetter:
    del claim_or_entry
    return DeadLetter(at=AT, reason="gave up", stream="s", position="1-1")


async def claims(log: Log, consumer: str = "a", count: int = 10) -> list[Claim]:
    claimed = await log.claim("python", consumer, count, SHORT)
    return [claim for claim in claimed if isinstance(claim, Claim)]


async def project_all(log: Log) -> list[BadEntry]:
    bad: list[BadEntry] = []
    while entries := await log.read_facts("projector-1", 100, SHORT):
        await log.project([entry for entry in entries if isinstance(entry, Projectable)])
        bad += [entry for entry in entries if isinstance(entry, BadEntry)]
    return bad


async def status(log: Log, job: JobId) -> Status:
    state = await log.read(job)
    assert state is not None
    return state.status


async def submitted_and_claimed(log: Log, consumer: str = "a") -> tuple[JobId, Claim]:
    job = await log.submit(submission(), 0)
    (claim,) = await claims(log, consumer)
    assert claim.job == job
    return job, claim


def state_of(state: JobState | None) -> JobState:
    assert state is not None
    return state
