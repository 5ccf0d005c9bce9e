"""What every attempt of one executor works with."""

from dataclasses import dataclass
from typing import Protocol

from actors.limits import DefaultLimits
from actors.runners.port import Runners
from streams.jobid import JobId
from streams.output_ports import OutputSink
from streams.ports import Clock, WorkLog
from streams.state import JobState
from streams.tracing import NO_TRACING, Tracing


class AttemptLog(WorkLog, OutputSink, Protocol):
    """What an attempt needs of the log."""

    async def read(self, job: JobId) -> JobState | None:
        """As SubmissionLog.read."""
        ...


@dataclass(frozen=True, slots=True)
class Bench:
    """What every attempt of one executor works with."""

    log: AttemptLog
    runners: Runners
    clock: Clock
    consumer: str
    limits: DefaultLimits
    max_attempts: int
    tracing: Tracing = NO_TRACING
