"""The janitor's side of the log in memory, and the registry."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from streams import keys
from streams.entries import trace_of
from streams.facts import Cancelled
from streams.jobid import parse_job_id
from streams.memory.contents import MemoryPart
from streams.ports import ActorReport, DeadLetter
from streams.position import Position

_DEAD_CLAIM = 30.0  # seconds, as in streams.redis.upkeep


class Upkeep(MemoryPart):
    """Implements streams.ports.UpkeepLog."""

    async def trim(self, before: datetime) -> int:
        first_kept = Position(int(before.timestamp() * 1000), 0)
        archived = self.contents.archived
        unneeded = None if archived else keys.ARCHIVE
        return sum(
            stream.trim(first_kept, keys.groups_of(name, archived=archived), unneeded)
            for name, stream in self.contents.streams.items()
        )

    async def drop_dead_letters(self, before: datetime, size: int) -> int:
        letters, oldest = self.contents.dead_letters, Position(int(before.timestamp() * 1000), 0)
        left = dict.fromkeys(range(self._settings.topology.partitions), size)
        kept: dict[str, DeadLetter] = {}
        for name in sorted(letters, key=_position, reverse=True):
            partition = int(name.partition("{")[2].partition("}")[0])
            left[partition] -= len(msgspec.json.encode(letters[name]))
            if left[partition] >= 0 and _position(name) >= oldest:
                kept[name] = letters[name]
        dropped = len(letters) - len(kept)
        self.contents.dead_letters = {name: letter for name, letter in letters.items() if name in kept}
        return dropped

    async def remove_idle_consumers(self, idle: timedelta) -> Sequence[str]:
        """Nothing to remove: consumers leave no trace here but what they hold."""
        del idle
        return ()

    async def mend_claims(self) -> int:
        now, mended = self._seconds(), 0
        for stream in self.contents.streams.values():
            for group in stream.groups.values():
                for pending in group.pending.values():
                    if pending.since > now:
                        pending.since, mended = now, mended + 1
        return mended

    async def mend_counts(self) -> int:
        """Nothing to mend: what waits is counted anew whenever it is asked for."""
        return 0

    async def cancel_waiting(self, by: str, now: datetime) -> Sequence[str]:
        return [name for name in sorted(self.contents.cancellations) if self._cancel_waiting(name, by, now)]

    def _cancel_waiting(self, name: str, by: str, now: datetime) -> bool:
        job = parse_job_id(name)
        stream = self.contents.streams[keys.stream_of(job.address)]
        pending = stream.group(keys.EXECUTORS).pending.get(job.address.position)
        held = pending is not None and pending.consumer != keys.RETURNED
        if held and pending is not None and self._seconds() - pending.since < _DEAD_CLAIM:
            return False
        self.contents.cancellations.discard(name)
        if "ended" in self.contents.hashes[keys.hash_of(job)]:
            return False
        trace = trace_of(job.address, stream.entries.get(job.address.position))
        self._append_ending(job, Cancelled(at=now, by=by, job=name, trace=trace))
        stream.acknowledge(keys.EXECUTORS, job.address.position)
        return True


def _position(dead_letter: str) -> Position:
    return Position.parse(dead_letter.rpartition(" ")[2])


class RegistryStore(MemoryPart):
    """Implements streams.ports.Registry, and Health.ping."""

    async def report(self, report: ActorReport, ttl: timedelta) -> None:
        if report.language is not None:
            self.contents.languages.add(report.language)
            self.contents.names |= dict.fromkeys((*report.aliases, report.language), report.language)
        self.contents.actors[report.name] = (report, self._clock.now() + ttl)

    async def withdraw(self, name: str) -> None:
        self.contents.actors.pop(name, None)

    async def actors(self) -> Sequence[ActorReport]:
        now = self._clock.now()
        return [report for _, (report, expires) in sorted(self.contents.actors.items()) if expires > now]

    async def names(self) -> Mapping[str, str]:
        return dict(self.contents.names)

    async def announced_languages(self) -> Sequence[str]:
        return sorted(self.contents.languages)

    async def ping(self) -> None:
        """Always there."""
