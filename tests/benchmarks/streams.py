"""`python -m tests.benchmarks.streams`: the stream machinery alone, next to a loop by hand, on one Redis.

A backlog of no-op jobs goes through claim, start, verdict, projection and acknowledge in one process.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import redis.asyncio
import uvloop

from deploy.cli.terminal import table
from streams.facts import Finished, Lane, Result, Started, Submission
from streams.ports import ActorReport, Claim, Projectable, Topology
from streams.redis import RedisLog, open_log
from streams.settings import StreamSettings
from tests.benchmarks.measurement import quantile
from tests.benchmarks.report import busy_remark, machine
from tests.conftest import RedisServer, free_port

HOUR = timedelta(hours=1)
SETTINGS = StreamSettings(Topology(1, 4), HOUR, HOUR, HOUR)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUBMISSION = Submission(at=NOW, by="benchmark", language="python", lane=Lane("interactive", 0), nonce="0" * 16, code="")
RESULT = Result(stage="run", stdout="", stderr="", duration_ms=0.0, exit_code=0)
WAIT = timedelta(seconds=1)
BATCH = 256
CLAIMS_AT_ONCE = 3
LANGUAGE, CONSUMER = "python", "benchmark"


@dataclass(frozen=True)
class Figure:
    """One measurement: `value` in `unit`."""

    what: str
    value: float
    unit: str


async def submit(log: RedisLog, jobs: int) -> None:
    for start in range(0, jobs, 1000):
        await asyncio.gather(*(log.submit(SUBMISSION, 0) for _ in range(start, min(start + 1000, jobs))))


async def work(log: RedisLog, jobs: int) -> None:
    """Claim, start and end `jobs` jobs, as fast as the log takes it.

    As an executor, this claims when it has room, not when all of the last claim is over: Redis never waits for it.
    """
    claimed, under_way = 0, deque[asyncio.Future[list[None]]]()
    while claimed < jobs:
        claims = [claim for claim in await log.claim(LANGUAGE, CONSUMER, BATCH, WAIT) if isinstance(claim, Claim)]
        claimed += len(claims)
        under_way.append(asyncio.gather(*(carry_out(log, claim) for claim in claims)))
        if len(under_way) == CLAIMS_AT_ONCE:
            await under_way.popleft()
    await asyncio.gather(*under_way)


async def carry_out(log: RedisLog, claim: Claim) -> None:
    job = str(claim.job)
    await log.begin(claim, CONSUMER, Started(at=NOW, by=CONSUMER, job=job, attempt=1, runner="none"))
    ending = Finished(at=NOW, by=CONSUMER, job=job, attempt=1, runner="none", status="succeeded", result=RESULT)
    await log.end(claim, CONSUMER, ending)


async def project(log: RedisLog, facts: int) -> None:
    """As a projector with a backlog, this reads the next batch while it has one joined."""
    done, entries = 0, await facts_read(log)
    while done + len(entries) < facts:
        done += len(entries)
        entries, _ = await asyncio.gather(facts_read(log), log.project(entries))
    await log.project(entries)


async def facts_read(log: RedisLog) -> list[Projectable]:
    return [entry for entry in await log.read_facts(CONSUMER, BATCH, WAIT) if isinstance(entry, Projectable)]


async def drain(log: RedisLog, jobs: int) -> None:
    """A backlog of `jobs` all the way to its projected verdicts."""
    await asyncio.gather(work(log, jobs), project(log, 3 * jobs))


async def by_hand(server: RedisServer, jobs: int) -> None:
    """The least that a redis-py loop must do: read in batches, acknowledge each job."""
    async with redis.asyncio.Redis(host="127.0.0.1", port=server.port, socket_timeout=None) as client:
        done = 0
        while done < jobs:
            read = await client.xreadgroup("hand", CONSUMER, {"hand": ">"}, count=BATCH)
            entries = cast(Any, read)[0][1]
            for position, _ in entries:
                await client.xack("hand", "hand", position)
            done += len(entries)


async def rate(work: Callable[[], Awaitable[None]], jobs: int) -> float:
    started = time.perf_counter()
    await work()
    return jobs / (time.perf_counter() - started)


async def idle_latencies(log: RedisLog, jobs: int) -> list[float]:
    """Seconds from append to projected, one job at a time, of a job that takes no time."""
    times = []
    for _ in range(jobs):
        started = time.perf_counter()
        await asyncio.gather(log.submit(SUBMISSION, 0), work(log, 1), project(log, 3))
        times.append(time.perf_counter() - started)
    return sorted(times)


async def measure(server: RedisServer, jobs: int) -> list[Figure]:
    async with open_log(server.settings, SETTINGS) as log:
        report = ActorReport(name=CONSUMER, kind="executor", host="h", pid=1, started_at=NOW, language=LANGUAGE)
        await log.report(report, HOUR)
        latencies = await idle_latencies(log, 300)
        figures = [
            Figure("idle, append to projected, p50", quantile(latencies, 0.5) * 1000, "ms"),
            Figure("idle, append to projected, p99", quantile(latencies, 0.99) * 1000, "ms"),
            Figure("submit, 1,000 at once", await rate(lambda: submit(log, jobs), jobs), "jobs/s"),
            Figure("backlog to projected verdicts", await rate(lambda: drain(log, jobs), jobs), "jobs/s"),
        ]
        await submit(log, jobs)
        figures.append(Figure("backlog to verdicts, unprojected", await rate(lambda: work(log, jobs), jobs), "jobs/s"))
        figures.append(Figure("projection", await rate(lambda: project(log, 3 * jobs), 3 * jobs), "facts/s"))
    async with redis.asyncio.Redis(host="127.0.0.1", port=server.port, socket_timeout=None) as client:
        async with client.pipeline(transaction=False) as pipeline:
            for _ in range(jobs):
                pipeline.xadd("hand", {"v": 1})
            await pipeline.execute()
        await client.xgroup_create("hand", "hand", "0")
    hand = await rate(lambda: by_hand(server, jobs), jobs)
    return [*figures, Figure("baseline: redis-py by hand, an acknowledge a job", hand, "jobs/s")]


def run(jobs: int) -> list[Figure]:
    """Everything, on a Redis of its own, with a backlog of `jobs`."""
    with tempfile.TemporaryDirectory(prefix="codeportal-benchmark-") as directory:
        server = RedisServer(Path(directory), free_port())
        server.start()
        try:
            return uvloop.run(measure(server, jobs))
        finally:
            server.stop()


def render(figures: Sequence[Figure]) -> str:
    return table(("STREAMS ALONE", "VALUE", "UNIT"), ((each.what, f"{each.value:,.2f}", each.unit) for each in figures))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.streams", description=__doc__)
    parser.add_argument("--jobs", type=int, default=20_000, help="length of the backlog (default: 20000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    figures = run(arguments.jobs)
    sys.stdout.write(render(figures) + "\n")
    if (remark := busy_remark(load)) is not None:
        sys.stdout.write(remark + "\n")
    if arguments.json is not None:
        measured = {"machine": machine(load), "figures": [asdict(each) for each in figures]}
        arguments.json.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
