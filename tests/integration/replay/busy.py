"""A log with all that a busy system leaves behind, crashes included: steps of actors, some never finished."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from streams.facts import Cancelled, CancelRequested, Finished, Idempotency, Lane, Lost, Result, Started, Submission
from streams.jobid import JobId
from streams.ports import ActorReport, Attempts, BadEntry, Claim, DeadLetter, Projectable
from streams.position import Position
from streams.redis import RedisLog
from streams.system import RandomIds, SystemClock
from tests.integration.streams.tampering import append_raw

SHORT = timedelta(milliseconds=1)
NOW = timedelta(0)
LANGUAGES = ("python", "go")


def report(language: str) -> ActorReport:
    return ActorReport(
        name=f"executor-{language}", kind="executor", host="h", pid=1, started_at=SystemClock().now(), language=language
    )


@dataclass
class Busy:
    """Plays clients, executors and projectors over `log`, by chance but the same for the same seed."""

    log: RedisLog
    chance: random.Random = field(default_factory=lambda: random.Random(5))
    jobs: list[JobId] = field(default_factory=list)

    async def prepare(self) -> None:
        for language in LANGUAGES:
            await self.log.report(report(language), timedelta(seconds=1))
            await self.log.withdraw(f"executor-{language}")

    async def submit(self, count: int) -> list[JobId]:
        made = []
        for number in range(len(self.jobs), len(self.jobs) + count):
            submission = Submission(
                at=SystemClock().now(),
                by="edge-1",
                language=self.chance.choice(LANGUAGES),
                lane=Lane(self.chance.choice(("interactive", "batch")), self.chance.randrange(2)),
                nonce=RandomIds().nonce(),
                code=f"print({number})\0\N{SNOWMAN}",
                account=self.chance.choice((None, "alice", "bob")),
                idempotency=Idempotency(key=f"{number:064x}", body="b") if number % 7 == 0 else None,
            )
            made.append(await self.log.submit(submission, self.chance.randrange(2)))
        self.jobs += made
        return made

    async def run_some(self, count: int = 1000) -> None:
        """Claim what waits, and bring each job as far as chance has it: some executors die between any two steps."""
        for language in LANGUAGES:
            while entries := await self.log.claim(language, self.chance.choice("ab"), count, SHORT):
                for entry in entries:
                    if isinstance(entry, Claim):
                        await self._attempt(entry, "a", 1)
                        await self._attempt(entry, "b", 1)
                    else:
                        await self.bury(entry)

    async def take_over(self) -> None:
        """Another executor claims what dead ones hold, and ends it, mostly."""
        for language in LANGUAGES:
            for entry in await self.log.reclaim(language, "c", 1000, NOW):
                if isinstance(entry, Claim):
                    await self._attempt(entry, "c", 1)

    async def _attempt(self, claim: Claim, consumer: str, number: int) -> None:
        how = self.chance.random()
        if how < 0.1:
            return  # died with the claim
        if how < 0.15:
            await self.log.hand_back([claim], consumer)
            return
        begun = await self.log.begin(claim, consumer, self._started(claim, consumer, number))
        if isinstance(begun, Attempts):
            number = begun.started + 1
            begun = await self.log.begin(claim, consumer, self._started(claim, consumer, number))
        if not isinstance(begun, Position) or how < 0.25:
            return  # died in mid-job
        if how < 0.35:
            await self.log.request_cancel(claim.job, CancelRequested(at=self._now(), by="edge-1", job=str(claim.job)))
            await self.log.end(
                claim, consumer, Cancelled(at=self._now(), by=consumer, job=str(claim.job), attempt=number)
            )
        elif how < 0.45:
            lost = Lost(at=self._now(), by=consumer, job=str(claim.job), attempts=number, reason="no runner lives")
            letter = DeadLetter(
                at=self._now(), reason="no runner lives", stream="s", position="1-1", job=str(claim.job)
            )
            await self.log.end(claim, consumer, lost, letter)
        else:
            await self.log.end(claim, consumer, self._finished(claim, consumer, number))

    async def project(self, consumer: str = "p1") -> None:
        await self.log.find_streams()
        while entries := [
            *await self.log.reclaim_facts(consumer, 1000, NOW),
            *await self.log.read_facts(consumer, 50, SHORT),
        ]:
            facts = [entry for entry in entries if isinstance(entry, Projectable)]
            for start in range(0, len(facts), 100):
                await self.log.project(facts[start : start + 100])
            for entry in entries:
                if isinstance(entry, BadEntry):
                    await self.bury(entry)

    async def die_projecting(self) -> None:
        """A projector reads and is never seen again."""
        await self.log.find_streams()
        await self.log.read_facts("p-dead", 3, SHORT)

    async def spoil(self, beside: JobId) -> None:
        """Something that is no fact lands in the stream."""
        await append_raw(
            self.log, beside, {"v": "1", "fact": "{no json", "b\udcff".encode("utf-8", "replace").decode(): "x"}
        )

    async def bury(self, entry: BadEntry) -> None:
        letter = DeadLetter(
            at=self._now(),
            reason=entry.reason,
            stream=entry.stream,
            position=str(entry.position),
            fields=dict(entry.fields),
        )
        await self.log.bury(entry, letter, None)

    def _now(self) -> datetime:
        return SystemClock().now()

    def _started(self, claim: Claim, consumer: str, number: int) -> Started:
        return Started(at=self._now(), by=consumer, job=str(claim.job), attempt=number, runner="runner-1")

    def _finished(self, claim: Claim, consumer: str, number: int) -> Finished:
        result = Result(stage="run", stdout="1\n", stderr="\N{SNOWMAN}", duration_ms=3.5, exit_code=0)
        return Finished(
            at=self._now(),
            by=consumer,
            job=str(claim.job),
            attempt=number,
            runner="r",
            status="succeeded",
            result=result,
        )
