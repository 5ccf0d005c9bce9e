"""When a projector reads and when it joins; what it joins is the conformance suite's."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, cast

import pytest

from actors.projector import BATCH, REST, Projector
from streams.facts import CancelRequested, Lane
from streams.jobid import Address, JobId
from streams.ports import BadEntry, LogUnavailableError, Projectable, ProjectionLog
from streams.position import Position
from streams.state import slots
from tests.unit.actors.virtual_time import START, VirtualClock, run

JOIN_S = 1.0
JOB = str(JobId(Address(0, "python", Lane("interactive", 0), Position(1, 0)), "0" * 16))


class Steps:
    """A projection log that has so many entries for each read, and writes down when it was asked for what."""

    def __init__(self, *reads: int) -> None:
        self._reads = list(reads)
        self.said: list[tuple[float, str]] = []
        self.broken = False

    def _note(self, what: str) -> None:
        self.said.append((round(asyncio.get_running_loop().time(), 6), what))

    async def find_streams(self) -> None:
        pass

    async def reclaim_facts(self, _consumer: str, _count: int, _idle: timedelta) -> Sequence[Projectable | BadEntry]:
        return ()

    async def read_facts(self, _consumer: str, _count: int, wait: timedelta) -> Sequence[Projectable | BadEntry]:
        if not self._reads:
            await asyncio.sleep(wait.total_seconds())
            return ()
        self._note("read")
        return [entry(number) for number in range(self._reads.pop(0))]

    async def project(self, entries: Sequence[Projectable]) -> None:
        self._note(f"join {len(entries)}")
        await asyncio.sleep(JOIN_S)
        if self.broken:
            raise LogUnavailableError("away")
        self._note("joined")


def entry(number: int) -> Projectable:
    position = Position(2, number)
    fact = CancelRequested(at=START, by="test", job=JOB)
    return Projectable("events", 0, position, JOB, slots(fact, position))


def steps_of(log: Steps, lasting: float = 10.0) -> list[tuple[float, str]]:
    async def project() -> None:
        projecting: Coroutine[Any, Any, None] = Projector(cast(ProjectionLog, log), "p", VirtualClock()).run()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(projecting, lasting)

    run(project())
    return log.said


def test_with_a_backlog_the_next_batch_is_read_while_one_is_joined() -> None:
    assert steps_of(Steps(BATCH, BATCH, 1)) == [
        (0.0, "read"),
        (0.0, "read"),
        (0.0, f"join {BATCH}"),
        (JOIN_S, "joined"),
        (JOIN_S, "read"),
        (JOIN_S, f"join {BATCH}"),
        (2 * JOIN_S, "joined"),
        (2 * JOIN_S + REST, "join 1"),
        (3 * JOIN_S + REST, "joined"),
    ]


def test_without_a_backlog_it_rests_before_it_joins() -> None:
    assert steps_of(Steps(1, 2)) == [
        (0.0, "read"),
        (REST, "join 1"),
        (JOIN_S + REST, "joined"),
        (JOIN_S + REST, "read"),
        (JOIN_S + 2 * REST, "join 2"),
        (2 * JOIN_S + 2 * REST, "joined"),
    ]


def test_a_log_that_goes_away_under_a_batch_is_told_to_whoever_runs_the_projector() -> None:
    log = Steps(BATCH, BATCH)
    log.broken = True

    async def project() -> None:
        with pytest.raises(LogUnavailableError):
            await Projector(cast(ProjectionLog, log), "p", VirtualClock()).run()

    run(project())
