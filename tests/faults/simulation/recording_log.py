"""The log in memory, remembering what was ever appended, trimmed or not."""

from streams.codec import decode
from streams.facts import AnyFact, Submission
from streams.jobid import JobId
from streams.memory import MemoryLog
from streams.position import Position


class RecordingLog(MemoryLog):
    """`submissions` and `events` hold all facts that were ever appended, by job."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.submissions: dict[str, tuple[Position, Submission]] = {}
        self.events: dict[str, list[tuple[Position, AnyFact]]] = {}
        self.ended: dict[str, int] = {}

    async def submit(self, submission: Submission, partition: int) -> JobId:
        job = await super().submit(submission, partition)
        if job.nonce == submission.nonce:
            self.submissions[str(job)] = (job.address.position, submission)
        return job

    def _append(self, stream: str, fact: AnyFact) -> Position:
        position = super()._append(stream, fact)
        if not isinstance(fact, Submission):
            stored = decode(self.contents.streams[stream].entries[position])
            self.events.setdefault(fact.job, []).append((position, stored))
            if type(fact).__name__ in ("Finished", "Cancelled", "Lost"):
                self.ended[fact.job] = self.ended.get(fact.job, 0) + 1
        return position
