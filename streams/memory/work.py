"""The executors' side of the log in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from streams import keys
from streams.entries import claim_of
from streams.facts import Ending, Lane, Lost, Started
from streams.jobid import Address, parse_job_id
from streams.lanes import all_lanes
from streams.memory.contents import MemoryPart, listening
from streams.memory.stream import Group, MemoryStream
from streams.ports import (
    Attempts,
    BadEntry,
    Claim,
    DeadLetter,
    Refusal,
)
from streams.position import ORIGIN, Position


class Work(MemoryPart):
    """Implements streams.ports.WorkLog."""

    async def claim(self, language: str, consumer: str, count: int, wait: timedelta) -> Sequence[Claim | BadEntry]:
        claimed = self._claim_now(language, consumer, count)
        if not claimed and await self._wait_for_append(wait):
            claimed = self._claim_now(language, consumer, count)
        return claimed

    def _claim_now(self, language: str, consumer: str, count: int) -> list[Claim | BadEntry]:
        for partition in self._turns.partitions():
            claimed = self._claim_in(partition, language, consumer, count)
            if claimed:
                return claimed
        return []

    def _claim_in(self, partition: int, language: str, consumer: str, count: int) -> list[Claim | BadEntry]:
        claimed: list[Claim | BadEntry] = []
        served: list[Lane] = []
        for lane in self._turns.order(partition):
            address = Address(partition, language, lane, ORIGIN)
            stream = self.contents.streams[keys.stream_of(address)]
            positions = stream.take_from(keys.EXECUTORS, keys.RETURNED, consumer, count - len(claimed), self._seconds())
            fresh = count - len(claimed) - len(positions)
            positions += stream.deliver(keys.EXECUTORS, consumer, fresh, self._seconds())
            claimed += self._claims(address, stream, positions)
            served += [lane] if positions else []
        if claimed:
            self._turns.served(partition, served)
        return claimed

    async def reclaim(self, language: str, consumer: str, count: int, idle: timedelta) -> Sequence[Claim | BadEntry]:
        claimed: list[Claim | BadEntry] = []
        for address in self._lane_starts(language, all_lanes(self._settings.topology.lanes)):
            stream = self.contents.streams[keys.stream_of(address)]
            since = self._seconds() - idle.total_seconds()
            room = count - len(claimed)
            positions = stream.take_idle(keys.EXECUTORS, consumer, room, since, self._seconds())
            claimed += self._claims(address, stream, positions)
        return claimed

    def _claims(self, lane: Address, stream: MemoryStream, positions: Sequence[Position]) -> list[Claim | BadEntry]:
        return [
            claim_of(Address(lane.partition, lane.language, lane.lane, position), stream.entries[position])
            for position in positions
            if position in stream.entries
        ]

    async def begin(self, claim: Claim, consumer: str, started: Started) -> Position | Refusal | Attempts:
        address = claim.job.address
        stream = self.contents.streams[keys.stream_of(address)]
        fields = self.contents.hashes[keys.hash_of(claim.job)]
        if "ended" in fields:
            stream.acknowledge(keys.EXECUTORS, address.position)
            return Refusal.ENDED
        if stream.holder(keys.EXECUTORS, address.position) != consumer:
            return Refusal.NOT_OURS
        if "cancel_requested" in fields:
            return Refusal.CANCELLED
        mark = fields.get("attempts", b"").decode()
        attempts = int(mark.partition(" ")[0] or 0)
        if started.attempt != attempts + 1:
            return Attempts(attempts, mark)
        position = self._append(keys.events(address.partition), started, after=address.position)
        self._say(claim.job, started, position)
        self._say(claim.job, claim.submission, address.position)
        await self._tell_readers()
        return position

    async def renew(self, claims: Sequence[Claim], consumer: str) -> Sequence[Claim]:
        gone = [claim for claim in claims if self._holder(claim) != consumer]
        for claim in claims:
            if claim not in gone:
                self._group(claim).pending[claim.job.address.position].since = self._seconds()
        return gone

    async def hand_back(self, claims: Sequence[Claim], consumer: str) -> None:
        for claim in claims:
            if self._holder(claim) == consumer:
                self._group(claim).pending[claim.job.address.position].consumer = keys.RETURNED

    async def end(
        self, claim: Claim, consumer: str, ending: Ending, dead_letter: DeadLetter | None = None
    ) -> Position | Refusal:
        address = claim.job.address
        if self._holder(claim) != consumer:
            return Refusal.NOT_OURS
        self.contents.streams[keys.stream_of(address)].acknowledge(keys.EXECUTORS, address.position)
        self.contents.cancellations.discard(str(claim.job))
        if "ended" in self.contents.hashes[keys.hash_of(claim.job)]:
            return Refusal.ENDED
        if dead_letter is not None:
            self.contents.dead_letters[f"{keys.stream_of(address)} {address.position}"] = dead_letter
        position = self._append_ending(claim.job, ending)
        await self._tell_readers()
        return position

    @asynccontextmanager
    async def cancellations(self) -> AsyncIterator[AsyncIterator[str | None]]:
        listener: asyncio.Queue[str | None] = asyncio.Queue()
        with listening(listener, self._cancel_listeners) as messages:
            yield messages

    async def release_late_reads(self, consumer: str, language: str) -> None:
        """Nothing is ever late here: a cancelled claim has claimed nothing."""

    async def bury(self, entry: BadEntry, dead_letter: DeadLetter, lost: Lost | None) -> None:
        stream = self.contents.streams[entry.stream]
        stream.acknowledge(keys.EXECUTORS, entry.position)
        stream.acknowledge(keys.PROJECTOR, entry.position)
        name = f"{entry.stream} {entry.position}"
        if name in self.contents.dead_letters:
            return
        self.contents.dead_letters[name] = dead_letter
        if lost is not None:
            job = parse_job_id(lost.job)
            if "ended" not in self.contents.hashes[keys.hash_of(job)]:
                self._append_ending(job, lost)
                await self._tell_readers()

    def _group(self, claim: Claim) -> Group:
        return self.contents.streams[keys.stream_of(claim.job.address)].group(keys.EXECUTORS)

    def _holder(self, claim: Claim) -> str | None:
        address = claim.job.address
        return self.contents.streams[keys.stream_of(address)].holder(keys.EXECUTORS, address.position)
