"""Making every hash anew from the streams while the system works, and putting each in its place in one step."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from streams import keys
from streams.duration import in_milliseconds
from streams.ports import Projectable
from streams.position import Position
from streams.redis.link import Argument
from streams.redis.scripts import run_script
from streams.redis.wire import Wire
from streams.replay.extent import Extent, read_extent
from streams.replay.folding import Folded, Folding
from streams.replay.layout import Layout, Place, read_layout
from streams.replay.reading import LAST, read_entries
from streams.replay.recorded import projectable
from streams.replay.time import server_time

_BATCH = 100
_BATCH_BYTES = 512 * 1024  # a step holds Redis up for some milliseconds
_SCRIPT_DEADLINE = 30.0

Progress = Callable[[int, int], None]
"""Told how many entries of how many were read."""


@dataclass
class Rebuilt:
    """What a rebuild did: hashes by outcome (`same`, `changed`, `made`, `expired`), and entries that were no facts."""

    outcomes: Counter[str] = field(default_factory=Counter)
    malformed: int = 0
    entries: int = 0


async def rebuild(wire: Wire, job_ttl: timedelta, progress: Progress = lambda _read, _all: None) -> Rebuilt:
    """Make all hashes anew. Safe beside working actors, other rebuilds, and a death in its middle.

    Raises UnknownVersionError for an entry of a newer release: what it says could not be kept.
    """
    layout = await read_layout(wire)
    rebuilder = _Rebuilder(wire, layout, await read_extent(wire, layout), job_ttl)
    for partition in range(layout.topology.partitions):
        await rebuilder.rebuild(partition, progress)
    return rebuilder.rebuilt


class _Rebuilder:
    def __init__(self, wire: Wire, layout: Layout, extent: Extent, job_ttl: timedelta) -> None:
        self.rebuilt = Rebuilt()
        self._wire = wire
        self._layout = layout
        self._extent = extent
        self._ttl_ms = in_milliseconds(job_ttl)

    async def rebuild(self, partition: int, progress: Progress) -> None:
        folding = Folding()
        start = await server_time(self._wire)
        # Not this very millisecond: it may still get entries.
        until = Position(start - 1, LAST.seq)
        async for facts in self._facts(self._layout.partition(partition), until):
            for fact in facts:
                folding.add(fact)
            # Nothing follows an ending, so these need no look at what came since.
            await self._swap(list(folding.over()), partition, start, None)
            progress(self.rebuilt.entries, max(self._extent.entries, self.rebuilt.entries))
        await self._finish(folding, partition, until)

    async def _finish(self, folding: Folding, partition: int, upto: Position) -> None:
        """Swap the jobs that have not ended: facts about them may be written at any moment."""
        events = [Place(keys.events(partition), partition)]
        waiting = list(folding.open.values())
        while waiting:
            now = await server_time(self._wire)
            async for facts in self._facts(events, LAST, upto.next()):
                upto = max(upto, facts[-1].position)
                for fact in facts:
                    if fact.job_id in folding.open:
                        folding.open[fact.job_id].add(fact.position, fact.slots)
            batch, rest = waiting[:_BATCH], waiting[_BATCH:]
            newer = await self._swap(batch, partition, now, upto)
            waiting = rest + newer

    async def _facts(
        self, places: Sequence[Place], until: Position, since: Position | None = None
    ) -> AsyncIterator[list[Projectable]]:
        async for batch in read_entries(self._wire, places, since or Position(0, 0), until):
            self.rebuilt.entries += len(batch)
            said = [projectable(entry) for entry in batch]
            facts = [fact for fact in said if isinstance(fact, Projectable)]
            self.rebuilt.malformed += len(said) - len(facts)
            if facts:
                yield facts

    async def _swap(self, jobs: list[Folded], partition: int, now: int, upto: Position | None) -> list[Folded]:
        """Swap `jobs`; returns those about which there are newer facts than `upto`."""
        newer: list[Folded] = []
        for batch in _batches(jobs):
            answer = await run_script(
                self._wire,
                "swap",
                (keys.events(partition), *(keys.job(partition, job.job_id) for job in batch)),
                (
                    keys.status_channel(partition),
                    "" if upto is None else str(upto),
                    *(argument for job in batch for argument in self._arguments(job, now)),
                ),
                _SCRIPT_DEADLINE,
            )
            for job, outcome in zip(batch, answer, strict=True):
                if outcome == b"newer":
                    newer.append(job)
                else:
                    self.rebuilt.outcomes[outcome.decode()] += 1
        return newer

    def _arguments(self, job: Folded, now: int) -> Iterable[Argument]:
        whole = job.has_beginning and self._extent.is_whole(job.job_id)
        # As if the projector had met the latest fact when it was written.
        ttl = min(self._ttl_ms - (now - job.latest.ms), self._ttl_ms)
        yield from (job.job_id, "replace" if whole else "join", ttl, len(job.slots))
        for slot in job.slots.values():
            value = "rank" if slot.payload is None else "payload"
            yield from (slot.field, slot.keep, slot.rank, value, slot.payload or b"")


def _batches(jobs: Sequence[Folded]) -> Iterable[list[Folded]]:
    batches: dict[int, list[Folded]] = defaultdict(list)
    number = size = count = 0
    for job in jobs:
        own = sum(len(slot.payload or b"") for slot in job.slots.values())
        if count and (count >= _BATCH or size + own > _BATCH_BYTES):
            number, size, count = number + 1, 0, 0
        batches[number].append(job)
        size, count = size + own, count + 1
    return batches.values()
