"""`python -m tests.benchmarks.archive`: what archiving costs, from real streams into a real PostgreSQL.

A backlog of finished jobs (three facts each) is archived by one archiver. CPU times count on a busy machine, too.
"""

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import uvloop

from actors import archiver as archiver_module
from actors.archiver import Archiver
from streams.archive.reading import Archive, JobQuery
from streams.archive.writing import ArchiveWriter
from streams.ports import ActorReport
from streams.postgres.database import open_database
from streams.postgres.settings import DatabaseSettings
from streams.redis import open_log
from streams.system import SystemClock
from tests.benchmarks.report import busy_remark
from tests.benchmarks.streams import CONSUMER, HOUR, LANGUAGE, NOW, SETTINGS, Figure, drain, rate, render, submit
from tests.conftest import RedisServer, free_port
from tests.postgres_server import TestDatabase, running_server

FOREVER = timedelta(days=36500)


async def measure(redis: RedisServer, postgres: TestDatabase, jobs: int) -> list[Figure]:
    settings = DatabaseSettings(postgres.url)
    async with open_log(redis.settings, SETTINGS) as log, open_database(settings, "benchmark") as database:
        await log.report(
            ActorReport(name=CONSUMER, kind="executor", host="h", pid=1, started_at=NOW, language=LANGUAGE), HOUR
        )
        await submit(log, jobs)
        await drain(log, jobs)
        archiver = Archiver(log, ArchiveWriter(settings, database), "archiver-1", SystemClock(), FOREVER)
        began, used = time.perf_counter(), _cpu_seconds()
        archiving = asyncio.create_task(archiver.run())
        while (lag := await log.archive_lag()) is None or lag.entries:  # noqa: ASYNC110 - rows are state, not messages
            await asyncio.sleep(0.05)
        seconds, used = time.perf_counter() - began, _cpu_seconds() - used
        archiving.cancel()
        await asyncio.wait([archiving])
        archive = Archive(database)
        pages = await rate(lambda: _pages(archive, 200), 200)
        size = (await archive.extent()).size
    facts = 3 * jobs
    return [
        Figure("archived by one archiver", facts / seconds, "facts/s"),
        Figure("CPU of the archiver, a thousand facts", used / facts * 1e6, "ms"),
        Figure("size in PostgreSQL, a job of three short facts", size / jobs, "bytes"),
        Figure("reading pages of 50 jobs of all", pages, "pages/s"),
    ]


async def _pages(archive: Archive, count: int) -> None:
    cursor: str | None = None
    for _ in range(count):
        cursor = (await archive.jobs(JobQuery(cursor=cursor))).next_cursor


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def report(figures: Sequence[Figure], load: float) -> str:
    remark = busy_remark(load)
    return render(figures) + "\n" + (f"{remark}\n" if remark is not None else "")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.archive", description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000, help="length of the backlog (default: 10000)")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    archiver_module.REST = 0.0  # the rest is for others; here it would be measured
    with tempfile.TemporaryDirectory(prefix="codeportal-benchmark-") as directory, running_server() as postgres:
        redis = RedisServer(Path(directory), free_port())
        redis.start()
        try:
            with postgres.database() as database:
                figures = uvloop.run(measure(redis, database, arguments.jobs))
        finally:
            redis.stop()
    sys.stdout.write(report(figures, load))
    return 0


if __name__ == "__main__":
    sys.exit(main())
