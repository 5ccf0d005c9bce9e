"""Heartbeats."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from actors.reporting import Reporter
from streams.memory import MemoryLog
from streams.ports import ActorReport, LogUnavailableError
from tests.unit.actors.virtual_time import START, VirtualClock, run, until
from tests.unit.actors.world import SETTINGS

REPORT = ActorReport(name="a-1", kind="executor", host="h", pid=1, started_at=START)


def test_a_report_stays_while_the_actor_lives_and_goes_when_it_stops() -> None:
    async def scenario() -> None:
        log = MemoryLog(SETTINGS, VirtualClock())
        task = asyncio.create_task(Reporter(log, lambda: REPORT).run())
        await asyncio.sleep(20)
        assert list(await log.actors()) == [REPORT]
        task.cancel()
        await asyncio.wait([task])
        assert list(await log.actors()) == []

    run(scenario())


def test_a_dead_actors_report_expires() -> None:
    async def scenario() -> None:
        log = MemoryLog(SETTINGS, VirtualClock())
        await log.report(REPORT, timedelta(seconds=5))
        await asyncio.sleep(4)
        assert list(await log.actors()) == [REPORT]
        await asyncio.sleep(2)
        assert list(await log.actors()) == []

    run(scenario())


@dataclass
class AwayForAWhile:
    """A registry that fails three times."""

    failures: int = 3
    reports: list[ActorReport] = field(default_factory=list)

    async def report(self, report: ActorReport, ttl: timedelta) -> None:
        assert ttl == timedelta(seconds=5)
        if self.failures:
            self.failures -= 1
            raise LogUnavailableError("away")
        self.reports.append(report)

    async def withdraw(self, name: str) -> None:
        raise LogUnavailableError(f"away: {name} stays")

    async def actors(self) -> list[ActorReport]:
        return self.reports

    async def names(self) -> dict[str, str]:
        return {}


def test_heartbeats_go_on_when_the_log_was_away() -> None:
    async def scenario() -> None:
        registry = AwayForAWhile()
        task = asyncio.create_task(Reporter(registry, lambda: REPORT).run())
        await until(lambda: len(registry.reports) == 2)
        task.cancel()
        await asyncio.wait([task])

    run(scenario())
