"""The database of the simulated archive: it may be away, and may have done what it gave no answer to."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from streams.ports import StreamEntry
from streams.position import Position
from streams.postgres.database import DatabaseUnavailableError
from tests.faults.simulation.plan import Plan, chance_of

LONGEST_COMMIT = 0.2


class ArchiveStore:
    """Implements actors.archiver.Store. What is stored outlives everybody, and is stored once."""

    def __init__(self, plan: Plan) -> None:
        self.entries: dict[tuple[str, Position], Mapping[bytes, bytes]] = {}
        self._plan = plan
        self._chance = chance_of(plan, "archive")

    async def prepare(self) -> None:
        self._fail(self._plan.refuse, "away")

    async def store(self, entries: Sequence[StreamEntry]) -> None:
        self._fail(self._plan.refuse, "away")
        await asyncio.sleep(self._chance.uniform(0, LONGEST_COMMIT))  # whoever dies here leaves nothing behind
        for entry in entries:
            self.entries.setdefault((entry.stream, entry.position), dict(entry.fields))
        self._fail(self._plan.lose, "done, its answer lost")

    async def forget(self, before: datetime) -> int:
        del before
        return 0

    def _fail(self, probability: float, reason: str) -> None:
        if asyncio.get_running_loop().time() < self._plan.faults_end and self._chance.random() < probability:
            raise DatabaseUnavailableError(reason)
