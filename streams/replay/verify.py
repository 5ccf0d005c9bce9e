"""Whether the live hashes are what the streams fold to, and what differs where they are not."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from streams import keys
from streams.jobid import parse_job_id
from streams.ports import Projectable
from streams.position import Position
from streams.redis.context import pairs
from streams.redis.wire import Wire
from streams.replay.extent import Extent, read_extent
from streams.replay.folding import Folded, Folding
from streams.replay.layout import Layout, read_layout
from streams.replay.reading import LAST, read_entries
from streams.replay.recorded import projectable
from streams.replay.time import server_time

Kind = Literal["missing", "field", "no facts"]
_BATCH = 200
_SETTLING = 5.0
"""Seconds that the projector gets for facts that were written while we looked."""
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one hash. None: not there."""

    job_id: str
    kind: Kind
    field: str | None = None
    live: bytes | None = None
    folded: bytes | None = None


@dataclass
class Verified:
    """How many hashes were compared, and what differs. `outlived` hashes are older than what the streams still have."""

    compared: int = 0
    outlived: int = 0
    malformed: int = 0
    differences: list[Difference] = field(default_factory=list)


def differences(folded: Folded, live: dict[str, bytes], whole: bool) -> list[Difference]:
    """What a job's hash has that the facts do not say, and the other way round.

    Where the beginning of the history is gone the hash may know more, so joining the facts into it must change nothing.
    """
    wanted = folded.fields() if whole else folded.joined(live)
    if not live:
        return [Difference(folded.job_id, "missing")]
    return [
        Difference(folded.job_id, "field", name, live.get(name), wanted.get(name))
        for name in sorted(live.keys() | wanted.keys())
        if live.get(name) != wanted.get(name)
    ]


async def verify(
    wire: Wire, job_ttl_ms: int, progress: Callable[[int, int], None] = lambda _read, _all: None
) -> Verified:
    """Compare every hash with the fold of its facts; read-only. Raises UnknownVersionError."""
    layout = await read_layout(wire)
    verifier = _Verifier(wire, layout, await read_extent(wire, layout), job_ttl_ms)
    for partition in range(layout.topology.partitions):
        await verifier.verify(partition, progress)
    return verifier.verified


class _Verifier:
    def __init__(self, wire: Wire, layout: Layout, extent: Extent, job_ttl_ms: int) -> None:
        self.verified = Verified()
        self._wire = wire
        self._layout = layout
        self._extent = extent
        self._ttl_ms = job_ttl_ms
        self._read = 0
        self._started_at = 0
        self._seen: set[str] = set()

    async def verify(self, partition: int, progress: Callable[[int, int], None]) -> None:
        folding, doubtful = Folding(), dict[str, Folded]()
        now = self._started_at = await server_time(self._wire)
        async for batch in read_entries(
            self._wire, self._layout.partition(partition), until=Position(now - 1, LAST.seq)
        ):
            self._read += len(batch)
            for entry in batch:
                said = projectable(entry)
                if isinstance(said, Projectable):
                    folding.add(said)
                else:
                    self.verified.malformed += 1
            doubtful |= await self._doubtful(list(folding.over()), now)
            progress(self._read, max(self._read, self._extent.entries))
        doubtful |= await self._doubtful(list(folding.open.values()), now)
        await self._settle(doubtful, partition, Position(now - 1, LAST.seq).next())
        await self._find_orphans(partition)

    async def _doubtful(self, jobs: list[Folded], now: int) -> dict[str, Folded]:
        """Those whose hash differs now: the projector may be behind, or ahead of what we read."""
        found = {}
        for start in range(0, len(jobs), _BATCH):
            batch = jobs[start : start + _BATCH]
            for job, live in zip(batch, await asyncio.gather(*map(self._live, batch)), strict=True):
                self._seen.add(job.job_id)
                if not live and now - job.latest.ms >= self._ttl_ms:
                    self.verified.outlived += 1  # the hash has expired, the entries are not trimmed yet
                    continue
                self.verified.compared += 1
                if self._differences(job, live):
                    found[job.job_id] = job
        return found

    async def _settle(self, doubtful: dict[str, Folded], partition: int, since: Position) -> None:
        """Give facts that are on their way the time to arrive; what differs then is a difference."""
        deadline = asyncio.get_running_loop().time() + _SETTLING
        events = [place for place in self._layout.partition(partition) if place.language is None]
        found: list[Difference] = []
        while doubtful:
            async for batch in read_entries(self._wire, events, since):
                since = batch[-1].position.next()
                for entry in batch:
                    said = projectable(entry)
                    if isinstance(said, Projectable) and said.job_id in doubtful:
                        doubtful[said.job_id].add(said.position, said.slots)
            found = []
            for job in list(doubtful.values()):
                own = self._differences(job, await self._live(job))
                found += own
                if not own:
                    del doubtful[job.job_id]
            if asyncio.get_running_loop().time() > deadline:
                break
            if doubtful:
                await asyncio.sleep(_PAUSE)
        self.verified.differences += found

    async def _find_orphans(self, partition: int) -> None:
        """Hashes of no job that the streams know: they outlived their entries, or nobody knows where they are from."""
        prefix = keys.job(partition, "")
        pattern = prefix.replace("[", "\\[") + "*"
        cursor = b"0"
        while True:
            cursor, names = await self._wire.call("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            for name in names:
                job_id = name.decode(errors="replace").removeprefix(prefix)
                if job_id not in self._seen:
                    self._judge_orphan(job_id)
                    self._seen.add(job_id)
            if cursor == b"0":
                return

    def _judge_orphan(self, job_id: str) -> None:
        try:
            position = parse_job_id(job_id).address.position
        except ValueError:
            self.verified.differences.append(Difference(job_id, "no facts"))
            return
        if not self._extent.is_whole(job_id):
            self.verified.outlived += 1
        elif position.ms < self._started_at:
            self.verified.differences.append(Difference(job_id, "no facts"))

    def _differences(self, job: Folded, live: dict[str, bytes]) -> list[Difference]:
        return differences(job, live, job.has_beginning and self._extent.is_whole(job.job_id))

    async def _live(self, job: Folded) -> dict[str, bytes]:
        answer = await self._wire.call("HGETALL", keys.job(job.partition, job.job_id))
        fields = answer if isinstance(answer, dict) else pairs(answer)
        return {name.decode(): value for name, value in fields.items()}
