"""An executor's process: runners found and leased, submissions claimed, heartbeats sent."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog
from msgspec.structs import replace

from actors.bench import Bench
from actors.builds import Builds
from actors.executor import Executor
from actors.languages import language as known_language
from actors.process import end_all
from actors.reporting import Reporter
from actors.runners.agent_client import AgentLessor
from actors.runners.choice import ByAgentOrExec
from actors.runners.engine import EngineWatch, Sighting
from actors.runners.exec_leases import Leases
from actors.runners.exec_lessor import ExecLessor, NoLessor
from actors.runners.exec_runner import ExecTools
from actors.runners.lease import Lessor
from actors.runners.pool import Pool
from actors.runners.sizing import Engine
from actors.runners.use import Meter, UseWatch
from actors.settings import ExecutorSettings
from actors.supervision import Supervisor
from streams.ports import ActorReport, LogUnavailableError
from streams.redis import RedisLog
from streams.system import RandomIds, SystemClock
from streams.tracing import NO_TRACING, Tracing


@asynccontextmanager
async def engine_sightings(environment: Mapping[str, str]) -> AsyncIterator[asyncio.Queue[Sighting]]:
    """What the Docker engine tells, from its thread into this loop."""
    loop = asyncio.get_running_loop()
    sightings: asyncio.Queue[Sighting] = asyncio.Queue()

    def tell(sighting: Sighting) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(sightings.put_nowait, sighting)

    watch = EngineWatch(environment, tell)
    watch.start()
    try:
        yield sightings
    finally:
        watch.close()


def lessor(language: str, settings: ExecutorSettings, leases: Leases, engine: Engine) -> Lessor:
    """How runners of `language` are leased."""
    known = known_language(language)
    agentless: Lessor = NoLessor(language)
    if known is not None:
        agentless = ExecLessor(ExecTools(settings.docker_bin, settings.users, known, leases, engine), RandomIds())
    return ByAgentOrExec(AgentLessor(settings.users, engine, Builds(settings.build_cache_bytes)), agentless)


@dataclass(frozen=True, slots=True)
class Host:
    """The engine of this host: what changes containers, and what counts what they use."""

    engine: Engine
    meter: Meter


class ExecutorProcess:
    """Implements actors.process.Process; `stop` drains."""

    def __init__(
        self,
        report: ActorReport,
        log: RedisLog,
        settings: ExecutorSettings,
        sightings: asyncio.Queue[Sighting],
        leases: Leases,
        host: Host,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        self._report = report
        self._log = log
        self._language = report.language or ""
        leasing = lessor(self._language, settings, leases, host.engine)
        self._pool = Pool(settings.rules, sightings, leasing, log, report.name)
        bench = Bench(log, self._pool, SystemClock(), report.name, settings.limits, settings.max_attempts, tracing)
        self._executor = Executor(self._language, bench, log, settings.pace)
        self._working = Supervisor("executor", self._executor.run)
        self._finding = Supervisor("pool", self._pool.run)
        self._watch = UseWatch(host.meter, self._pool.leased)
        self._watching = Supervisor("use", self._watch.run)
        self._reporting = Supervisor("reporter", Reporter(log, self.describe).run)

    def describe(self) -> ActorReport:
        """The report for now. The first thing that is wrong is the state."""
        census = self._pool.census()
        states = [self._working.state, self._finding.state, self._executor.state]
        if census.runners == 0 and census.trouble is not None:
            states.append(f"no usable runner: {census.trouble}")
        return replace(
            self._report,
            state=next((state for state in states if state != "running"), "running"),
            versions=census.versions,
            aliases=census.aliases,
            runners=census.runners,
            busy=census.busy,
            quarantined=census.quarantined,
            uses=self._watch.uses,
            job_ms=self._executor.job_ms,
        )

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        finding = loop.create_task(self._finding.run(), name="pool")
        reporting = loop.create_task(self._reporting.run(), name="reporter")
        watching = loop.create_task(self._watching.run(), name="use")
        try:
            await self._working.run()
        finally:
            # In this order: no lease is held in the name of an executor that the registry does not know.
            await end_all(watching)
            await end_all(finding)
            await end_all(reporting)
            await self._release_late_reads()

    async def _release_late_reads(self) -> None:
        try:
            await self._log.release_late_reads(self._report.name, self._language)
        except LogUnavailableError as error:
            logger = structlog.get_logger().bind(actor="executor")
            logger.warning("not handed back", reason=str(error), action="others take them when overdue")

    def stop(self) -> None:
        self._executor.stop()
        self._working.stop()
        self._finding.stop()
