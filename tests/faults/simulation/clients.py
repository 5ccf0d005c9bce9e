"""Clients of the simulation: they submit, repeat what was not answered, ask again and again, and change their minds."""

import asyncio
import hashlib
from dataclasses import dataclass, field

from streams.facts import CancelRequested, Idempotency, Submission
from streams.jobid import JobId
from streams.lanes import lane_for, partition_for
from streams.ports import LogUnavailableError
from streams.quotas import Allowance, Quota
from streams.state import JobState
from tests.faults.simulation.loop import VirtualClock
from tests.faults.simulation.plan import Plan, chance_of
from tests.faults.simulation.process import Line

NOBODYS = "orphan"
"""A language that no executor runs: its jobs are all cancelled by their clients."""
_FINAL_RANK = 2
_RANKS = {"queued": 0, "running": 1}


@dataclass
class Client:
    """One client with one job. `complaints` are broken promises that it saw."""

    number: int
    plan: Plan
    line: Line
    job: JobId | None = None
    cancel_taken: bool = False
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = chance_of(self.plan, "client", self.number)
        self._seen: tuple[int, str] = (0, "queued")
        self.language = NOBODYS if self._chance.random() < 0.15 else "python"
        self.account = f"account-{self.number % 3}" if self.number % 3 else None
        self.key = f"{self.number:064x}" if self.language == NOBODYS or self._chance.random() < 0.6 else None

    @property
    def source(self) -> str:
        return f"program {self.number}"

    async def live(self) -> None:
        await asyncio.sleep(self._chance.uniform(0, 3 if self.plan.kind == "quick" else 20))
        self.job = await self._submit()
        if self.job is None:
            return
        await self._poll()
        if self.language == NOBODYS or self._chance.random() < self.plan.cancels:
            await asyncio.sleep(self._chance.choice((0.0, 0.3, 5.0)))
            await self._cancel()
        for _ in range(3):
            await asyncio.sleep(self._chance.uniform(0, 3))
            await self._poll()
        if self.key is not None and await self._submit() != self.job:
            self.complaints.append(f"client {self.number}: the same key gave another job")

    async def _submit(self) -> JobId | None:
        """The job's id; None when the answer got lost and there is no key to ask again with."""
        while True:
            try:
                job = await self._submit_once()
            except LogUnavailableError:
                if self.key is None:
                    return None
                await asyncio.sleep(0.5)
            else:
                return job

    async def _submit_once(self) -> JobId:
        """With an account, counted for it."""
        if self.account is None:
            anonymous: JobId = await self.line.submit(self._submission(), self.number % self.plan.partitions)
            return anonymous
        partition = partition_for(self.account, self.plan.partitions)
        job: JobId
        job, _ = await self.line.submit_within(self._submission(), partition, Allowance(self.account, Quota()))
        return job

    def _submission(self) -> Submission:
        body = hashlib.sha256(self.source.encode()).hexdigest()
        return Submission(
            at=VirtualClock().now(),
            by="edge",
            language=self.language,
            lane=lane_for(str(self.number), "interactive" if self.number % 4 else "batch", self.plan.lanes),
            nonce=f"{self._chance.getrandbits(64):016x}",
            code=self.source,
            account=self.account,
            idempotency=None if self.key is None else Idempotency(key=self.key, body=body),
        )

    async def _poll(self) -> None:
        try:
            state: JobState | None = await self.line.read(self.job)
        except LogUnavailableError:
            return
        if state is None:
            self.complaints.append(f"client {self.number}: an accepted job was not found")
            return
        seen = _RANKS.get(state.status, _FINAL_RANK), state.status
        if seen[0] < self._seen[0] or (self._seen[0] == _FINAL_RANK and seen != self._seen):
            self.complaints.append(f"client {self.number}: {self._seen[1]} became {seen[1]}")
        self._seen = seen

    async def _cancel(self) -> None:
        request = CancelRequested(at=VirtualClock().now(), by="edge", job=str(self.job))
        while True:
            try:
                self.cancel_taken = await self.line.request_cancel(self.job, request)
            except LogUnavailableError:
                await asyncio.sleep(0.5)
            else:
                return
