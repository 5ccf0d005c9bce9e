"""The log in memory, remembering what was ever appended, trimmed or not."""

from collections.abc import Sequence
from datetime import timedelta

from streams import keys
from streams.codec import decode
from streams.facts import AnyFact, Started, Submission
from streams.jobid import JobId, parse_job_id
from streams.memory import MemoryLog
from streams.ports import BadEntry, Claim
from streams.position import ORIGIN, Position
from streams.quotas import Allowance, Standing


class RecordingLog(MemoryLog):
    """`submissions` and `events` hold all facts that were ever appended, by job; `usurped` jobs were started by an
    executor that did not hold them; `overdue` counts claims that were taken over. `skew` is by how many seconds the
    log's own clock is ahead; keys expire by the true time all the same, as their times to live are not what is tried.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.submissions: dict[str, tuple[Position, Submission]] = {}
        self.events: dict[str, list[tuple[Position, AnyFact]]] = {}
        self.ended: dict[str, int] = {}
        self.usurped: list[str] = []
        self.overdue = 0
        self.skew = 0

    def _seconds(self) -> float:
        return super()._seconds() + self.skew

    def _milliseconds(self) -> int:
        return super()._milliseconds() + 1000 * self.skew

    async def submit(self, submission: Submission, partition: int) -> JobId:
        job = await super().submit(submission, partition)
        if job.nonce == submission.nonce:
            self.submissions[str(job)] = (job.address.position, submission)
        return job

    async def submit_within(
        self, submission: Submission, partition: int, allowance: Allowance
    ) -> tuple[JobId, Standing | None]:
        job, standing = await super().submit_within(submission, partition, allowance)
        if job.nonce == submission.nonce:
            stored = await self.read_submission(job)  # its lane may be another one
            assert stored is not None
            self.submissions[str(job)] = (job.address.position, stored)
        return job, standing

    async def reclaim(self, language: str, consumer: str, count: int, idle: timedelta) -> Sequence[Claim | BadEntry]:
        claimed = await super().reclaim(language, consumer, count, idle)
        self.overdue += len(claimed)
        return claimed

    def _append(self, stream: str, fact: AnyFact, after: Position = ORIGIN) -> Position:
        position = super()._append(stream, fact, after)
        if not isinstance(fact, Submission):
            if isinstance(fact, Started):
                address = parse_job_id(fact.job).address
                if self.contents.streams[keys.stream_of(address)].holder(keys.EXECUTORS, address.position) != fact.by:
                    self.usurped.append(fact.job)
            stored = decode(self.contents.streams[stream].entries[position])
            self.events.setdefault(fact.job, []).append((position, stored))
            if type(fact).__name__ in ("Finished", "Cancelled", "Lost"):
                self.ended[fact.job] = self.ended.get(fact.job, 0) + 1
        return position
