"""`python -m tests.benchmarks.growth`: what steps cost as backlog, history, partitions, languages, runners, ... grow.

Costs are microseconds of CPU time, of Redis and of this process, per call: they hold on a busy machine, too. Redis runs
without its file, because what a sync costs does not depend on what is stored.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop

from deploy.cli.terminal import table
from streams import keys
from streams.codec import entry_fields
from streams.facts import Finished, Lane, Started
from streams.jobid import Address, JobId
from streams.ports import ActorReport, Claim, Projectable, Topology
from streams.position import Position
from streams.redis import RedisLog, open_log
from streams.settings import StreamSettings
from tests.benchmarks.pool import pool_costs
from tests.benchmarks.report import machine
from tests.benchmarks.streams import CONSUMER, HOUR, LANGUAGE, NOW, RESULT, SUBMISSION
from tests.conftest import RedisServer, free_port

CALLS = 200
LANES = 4
AT_ONCE = 20_000
_FILL = """
for i = 1, ARGV[1] do
  local position = redis.call('XADD', KEYS[1], '*', 'v', ARGV[2], 'fact', ARGV[3])
  if ARGV[4] ~= '' then redis.call('HSET', ARGV[4] .. position, 'status', 'succeeded', 'submission', ARGV[3]) end
end"""


@dataclass(frozen=True)
class Place:
    """What there is before anything is measured."""

    backlog: int = 1_000
    history: int = 0
    partitions: int = 1
    languages: int = 1
    consumers: int = 1
    runners: int = 0


@dataclass(frozen=True)
class Cost:
    """Microseconds of CPU time per call."""

    step: str
    redis: float
    own: float


CURVES: dict[str, tuple[Place, ...]] = {
    "backlog": tuple(Place(backlog=size) for size in (10, 1_000, 100_000, 1_000_000)),
    "history": tuple(Place(history=size) for size in (0, 10_000, 1_000_000)),
    "partitions": tuple(Place(partitions=count) for count in (1, 4, 16)),
    "languages": tuple(Place(languages=count) for count in (1, 4, 16)),
    "consumers": tuple(Place(consumers=count) for count in (1, 10, 100)),
    "runners": tuple(Place(runners=count) for count in (1, 10, 100, 1_000)),
}


class Scene:
    """A Redis that holds what a place says, and the steps of jobs on it."""

    def __init__(self, server: RedisServer, log: RedisLog, place: Place) -> None:
        self._client = server.client()
        self._log = log
        self._place = place

    async def build(self) -> None:
        names = [LANGUAGE, *(f"language{number}" for number in range(1, self._place.languages))]
        for name in names:
            report = ActorReport(name=name, kind="executor", host="h", pid=1, started_at=NOW, language=name)
            await self._log.report(report, HOUR)
        share = self._place.history // (LANES * self._place.partitions)
        for stream in self._streams():
            self._fill(stream, share, hashes=True)
            for group in (keys.EXECUTORS, keys.PROJECTOR):
                self._client.xgroup_create(stream, group, "$", mkstream=True)
            for number in range(1, self._place.consumers):
                self._client.xgroup_createconsumer(stream, keys.EXECUTORS, f"idle-{number}")
        for number in range(self._place.backlog):
            if number % AT_ONCE == 0:
                stream = self._streams()[number // AT_ONCE % len(self._streams())]
                self._fill(stream, min(AT_ONCE, self._place.backlog - number))
        await self._log.find_streams()

    def _streams(self) -> list[str]:
        return [
            keys.submissions(partition, LANGUAGE, Lane("interactive", lane))
            for partition in range(self._place.partitions)
            for lane in range(LANES)
        ]

    def _last_of_first_lane(self) -> JobId:
        """A job that waits, with everything else in its lane before it."""
        entries: Any = self._client.xrevrange(self._streams()[0], count=1)
        position = Position.parse(entries[0][0])
        return JobId(Address(0, LANGUAGE, Lane("interactive", 0), position), SUBMISSION.nonce)

    def _fill(self, stream: str, count: int, *, hashes: bool = False) -> None:
        fields = entry_fields(SUBMISSION)
        prefix = f"{stream}:old:" if hashes else ""
        for start in range(0, count, AT_ONCE):
            size = min(AT_ONCE, count - start)
            self._client.eval(_FILL, 1, stream, size, fields[b"v"], fields[b"fact"], prefix)

    async def costs(self) -> list[Cost]:
        log, calls = self._log, min(CALLS, max(self._place.backlog - 1, 1))
        last = self._last_of_first_lane()
        claims: list[Claim] = []

        async def claim() -> None:
            claims.extend(each for each in await log.claim(LANGUAGE, CONSUMER, 1, HOUR) if isinstance(each, Claim))

        costs = [await self._cost("claim", claim, calls)]
        jobs = iter(claims)

        async def carry_out() -> None:
            held = next(jobs)
            job = str(held.job)
            await log.begin(held, CONSUMER, Started(at=NOW, by=CONSUMER, job=job, attempt=1, runner="none"))
            ending = Finished(at=NOW, by=CONSUMER, job=job, attempt=1, runner="r", status="succeeded", result=RESULT)
            await log.end(held, CONSUMER, ending)

        costs.append(await self._cost("begin and end", carry_out, len(claims)))
        costs.append(await self._cost("project 256 facts of a stream", self._project, 4))
        costs.append(await self._cost("read a state", lambda: log.read(last), CALLS))
        costs.append(await self._cost("place in the queue", lambda: log.place_in_queue(last), CALLS))
        costs.append(await self._cost("backlog of a language", lambda: log.backlog(LANGUAGE), CALLS))
        costs.append(await self._cost("look for overdue claims", self._reclaim, 20))
        return costs

    async def _project(self) -> None:
        entries = await self._log.read_facts(CONSUMER, 256, timedelta(milliseconds=1))
        await self._log.project([entry for entry in entries if isinstance(entry, Projectable)][:256])

    async def _reclaim(self) -> None:
        await self._log.reclaim(LANGUAGE, CONSUMER, 1, HOUR)

    async def _cost(self, step: str, call: Callable[[], Awaitable[Any]], times: int) -> Cost:
        redis_before, own_before = self._redis_cpu(), time.process_time()
        for _ in range(times):
            await call()
        own, used = time.process_time() - own_before, self._redis_cpu() - redis_before
        return Cost(step, round(used / times * 1e6, 1), round(own / times * 1e6, 1))

    def _redis_cpu(self) -> float:
        info = self._client.info("cpu")
        return float(info["used_cpu_user_main_thread"]) + float(info["used_cpu_sys_main_thread"])


async def _measure(server: RedisServer, place: Place) -> list[Cost]:
    settings = StreamSettings(Topology(place.partitions, LANES), HOUR, HOUR, HOUR)
    async with open_log(server.settings, settings) as log:
        scene = Scene(server, log, place)
        await scene.build()
        return await scene.costs()


def measure(place: Place) -> list[Cost]:
    """On a Redis of its own; what an executor's runners cost it has none."""
    if place.runners:
        return [Cost(step, 0.0, round(own, 1)) for step, own in pool_costs(place.runners).items()]
    with tempfile.TemporaryDirectory(prefix="codeportal-growth-") as directory:
        server = RedisServer(Path(directory), free_port())
        server.start("--appendonly", "no")
        try:
            return uvloop.run(_measure(server, place))
        finally:
            server.stop()


def render(name: str, found: Sequence[tuple[Place, list[Cost]]]) -> str:
    head = (f"{name.upper()}: us OF REDIS + OWN", *(f"{getattr(place, name):,}" for place, _ in found))
    steps = [cost.step for cost in found[0][1]]
    rows = [
        (step, *(f"{costs[at].redis:,.0f} + {costs[at].own:,.0f}" for _, costs in found))
        for at, step in enumerate(steps)
    ]
    return table(head, rows)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth", description=__doc__)
    parser.add_argument("--curve", action="append", choices=CURVES, help="only this one (may be repeated)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    load, curves = os.getloadavg()[0], {}
    for name in arguments.curve or CURVES:
        found = [(place, measure(place)) for place in CURVES[name]]
        curves[name] = [{"place": asdict(place), "costs": [asdict(cost) for cost in costs]} for place, costs in found]
        sys.stdout.write(render(name, found) + "\n\n")
    if arguments.json is not None:
        measured = {"machine": machine(load), "curves": curves}
        arguments.json.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
