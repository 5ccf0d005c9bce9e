"""The executors' side of the log in Redis."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

import msgspec
from redis.exceptions import ResponseError

from streams import keys
from streams.codec import encode
from streams.duration import in_milliseconds
from streams.entries import claim_of
from streams.facts import VERSION, Ending, Lane, Started
from streams.jobid import Address
from streams.lanes import Turns
from streams.ports import Attempts, BadEntry, Claim, DeadLetter, Refusal
from streams.position import Position
from streams.redis.auto_claim import auto_claim
from streams.redis.blocking import BlockingRead
from streams.redis.burial import dead_letter_field
from streams.redis.context import Context, Part, pairs
from streams.redis.endings import ending_arguments
from streams.redis.subscription import subscription
from streams.state import attempt_mark, encode_accepted

_REFUSALS = {b"not ours": Refusal.NOT_OURS, b"ended": Refusal.ENDED, b"cancelled": Refusal.CANCELLED}
Entries = Sequence[Claim | BadEntry]
_LOOK_EVERY = timedelta(seconds=0.25)
"""How long what others hand back may go unnoticed by a consumer that does without looking into all lanes."""


class Work(Part):
    """Implements streams.ports.WorkLog. Holds whose turn it is among lanes, and the read that may be under way."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        topology = context.settings.topology
        self._turns = Turns(topology.partitions, topology.lanes)
        self._blocking = BlockingRead(context.redis)
        self._nothing_waited = False

    async def claim(self, language: str, consumer: str, count: int, wait: timedelta) -> Entries:
        late = self._blocking.take_late()
        if late is not None:
            return self._claims(_by_stream(late), language)
        if self._nothing_waited:
            # One entry came while this consumer waited: there is no backlog in which lanes would have to take turns.
            come = await self._wait_for_one(language, consumer, min(wait, _LOOK_EVERY))
            if come:
                return come
        for partition in self._turns.partitions():
            claimed = await self._claim_now(partition, language, consumer, count)
            if claimed:
                return claimed
        return await self._wait_for_one(language, consumer, wait)

    async def _wait_for_one(self, language: str, consumer: str, wait: timedelta) -> Entries:
        streams = [stream for stream, _ in self._language_streams(language)]
        self._nothing_waited = False
        try:
            read = await self._blocking.read(keys.EXECUTORS, consumer, 1, wait, streams)
        except ResponseError:  # a stream or group vanished under the read (a flush): the next claim makes it again
            return ()
        entries = _by_stream(read)
        self._nothing_waited = len(entries) == 1
        return self._claims(entries, language)

    async def _claim_now(self, partition: int, language: str, consumer: str, count: int) -> Entries:
        lanes = self._turns.order(partition)
        claimed = await self._context.run(
            "claim",
            [keys.submissions(partition, language, lane) for lane in lanes],
            (keys.EXECUTORS, consumer, keys.RETURNED, count),
        )
        if claimed:
            self._turns.served(partition, (lanes[index - 1] for index, _, _ in claimed))
        return [
            claim_of(Address(partition, language, lanes[index - 1], Position.parse(position)), pairs(fields))
            for index, position, fields in claimed
        ]

    async def reclaim(self, language: str, consumer: str, count: int, idle: timedelta) -> Entries:
        claimed: list[tuple[str, Any]] = []
        for stream in await self._with_overdue([stream for stream, _ in self._language_streams(language)], idle):
            room = count - len(claimed)
            if room <= 0:
                break
            overdue = await auto_claim(self._context.wire, stream, keys.EXECUTORS, consumer, room, idle)
            claimed.extend((stream, entry) for entry in overdue)
        await self._context.count_reclaimed(keys.EXECUTORS, len(claimed), language)
        return self._claims(claimed, language)

    async def _with_overdue(self, streams: Sequence[str], idle: timedelta) -> list[str]:
        """Asked in one go: nearly always it is none of them, and each by itself would be a round trip."""
        ask = ("IDLE", in_milliseconds(idle), "-", "+", 1)
        calls = (self._context.wire.call("XPENDING", stream, keys.EXECUTORS, *ask) for stream in streams)
        answers = await asyncio.gather(*calls, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, ResponseError):  # no stream or group yet
                raise answer
        return [stream for stream, answer in zip(streams, answers, strict=True) if answer and isinstance(answer, list)]

    def _language_streams(self, language: str) -> list[tuple[str, tuple[int, Lane]]]:
        return [
            (keys.submissions(partition, language, lane), (partition, lane))
            for partition in self._context.partitions()
            for lane in self._context.lanes()
        ]

    def _claims(self, entries: Sequence[tuple[str, Any]], language: str) -> Entries:
        places = dict(self._language_streams(language))
        return [
            claim_of(Address(places[stream][0], language, places[stream][1], Position.parse(entry[0])), pairs(entry[1]))
            for stream, entry in entries
        ]

    async def begin(self, claim: Claim, consumer: str, started: Started) -> Position | Refusal | Attempts:
        address = claim.job.address
        answer = await self._context.run(
            "begin",
            (keys.stream_of(address), keys.hash_of(claim.job), keys.events(address.partition)),
            (
                keys.EXECUTORS,
                consumer,
                str(address.position),
                started.attempt,
                VERSION,
                encode(started),
                attempt_mark(started),
                keys.status_channel(address.partition),
                str(claim.job),
                encode_accepted(claim.submission),
            ),
        )
        if answer[0] == b"begun":
            return Position.parse(answer[1])
        return Attempts(int(answer[1]), answer[2].decode()) if answer[0] == b"attempts" else _REFUSALS[answer[0]]

    async def renew(self, claims: Sequence[Claim], consumer: str) -> Sequence[Claim]:
        gone: list[Claim] = []
        for stream, held in _grouped(claims).items():
            positions = {str(claim.job.address.position): claim for claim in held}
            answer = await self._context.run("renew", (stream,), (keys.EXECUTORS, consumer, *positions))
            gone.extend(positions[position.decode()] for position in answer)
        return gone

    async def hand_back(self, claims: Sequence[Claim], consumer: str) -> None:
        self._nothing_waited = False
        for stream, held in _grouped(claims).items():
            positions = [str(claim.job.address.position) for claim in held]
            await self._context.run("hand_back", (stream,), (keys.EXECUTORS, consumer, keys.RETURNED, *positions))

    async def end(
        self, claim: Claim, consumer: str, ending: Ending, dead_letter: DeadLetter | None = None
    ) -> Position | Refusal:
        address = claim.job.address
        partition = address.partition
        answer = await self._context.run(
            "end",
            (
                keys.stream_of(address),
                keys.hash_of(claim.job),
                keys.events(partition),
                keys.cancellations(partition),
                keys.dead_letters(partition),
            ),
            (
                keys.EXECUTORS,
                consumer,
                str(address.position),
                str(claim.job),
                "" if dead_letter is None else dead_letter_field(keys.stream_of(address), address.position),
                "" if dead_letter is None else msgspec.json.encode(dead_letter),
                *ending_arguments(claim.job, ending),
            ),
        )
        return Position.parse(answer[1]) if answer[0] == b"written" else _REFUSALS[answer[0]]

    def cancellations(self) -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        channels = [keys.cancel_channel(partition) for partition in self._context.partitions()]
        return subscription(self._context.redis, channels, bytes.decode)

    async def release_late_reads(self, consumer: str, language: str) -> None:
        """Hand back what a cancelled blocking read still brings. For an executor that stops."""
        late = await self._blocking.stop()
        claims = [entry for entry in self._claims(_by_stream(late), language) if isinstance(entry, Claim)]
        await self.hand_back(claims, consumer)

    async def close_work(self) -> None:
        """Close what this part opened."""
        await self._blocking.close()


def _by_stream(read: Any) -> list[tuple[str, Any]]:
    return [(stream.decode(), entry) for stream, entries in (read or {}).items() for entry in entries]


def _grouped(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    groups: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        groups[keys.stream_of(claim.job.address)].append(claim)
    return groups
