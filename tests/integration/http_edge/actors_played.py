"""The actors' part, played by the test itself, step by step over the real log."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from streams.facts import Compile, FinalStatus, Finished, Limits, Result, Started, Text
from streams.jobid import JobId
from streams.ports import ActorKind, ActorReport, Claim, Projectable, Refusal
from streams.redis import RedisLog
from tests.unit.streams.facts_made import AT

HOUR = timedelta(hours=1)
SOON = timedelta(seconds=10)
NOW = timedelta(milliseconds=1)
ME = "played-1"


@dataclass
class PlayedActors:
    """One executor of Python with one runner, and one projector."""

    log: RedisLog

    async def appear(self) -> None:
        """Report both, as their heartbeats do."""
        await self.log.report(report("projector-1", "projector"), HOUR)
        await self.log.report(
            report(
                "executor-1", "executor", language="python", aliases=("py",), versions={"python": "3.13"}, runners=1
            ),
            HOUR,
        )

    async def claim(self) -> Claim:
        """The next submission of Python, waiting for it."""
        (claim,) = await self.log.claim("python", ME, 1, SOON)
        assert isinstance(claim, Claim)
        return claim

    async def begin(self, claim: Claim) -> None:
        started = Started(at=AT, by=ME, job=str(claim.job), attempt=1, runner="runner-1", limits=Limits(wall_ms=3000))
        assert not isinstance(await self.log.begin(claim, ME, started), Refusal)
        await self.project()

    async def end(
        self,
        claim: Claim,
        status: FinalStatus = "succeeded",
        stdout: Text = "42\n",
        compiled: Compile | None = None,
    ) -> None:
        result = Result(stage="run", stdout=stdout, stderr="", duration_ms=3.5, exit_code=0, compile=compiled)
        finished = Finished(
            at=AT, by=ME, job=str(claim.job), attempt=1, runner="runner-1", status=status, result=result
        )
        assert not isinstance(await self.log.end(claim, ME, finished), Refusal)
        await self.project()

    async def run_next(self, stdout: Text = "42\n") -> JobId:
        """A whole life: claim, begin, end, with every fact projected."""
        claim = await self.claim()
        await self.begin(claim)
        await self.end(claim, stdout=stdout)
        return claim.job

    async def project(self) -> None:
        """Project all that there is."""
        await self.log.find_streams()
        while entries := await self.log.read_facts("projector-1", 100, NOW):
            await self.log.project([entry for entry in entries if isinstance(entry, Projectable)])


def report(name: str, kind: ActorKind, **others: Any) -> ActorReport:
    """The heartbeat of an actor; `others` are further fields of it."""
    return ActorReport(name=name, kind=kind, host="here", pid=1, started_at=AT, **others)
