"""`python -m tests.benchmarks.edge`: POST /v1/execute next to a bare Starlette route that awaits one XADD, by wrk."""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from deploy.cli.terminal import table
from streams.redis import open_log
from tests.benchmarks.report import busy_remark, machine
from tests.conftest import STREAM_SETTINGS, RedisServer, free_port
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.edge_process import environment, settings_for

WHATS = {"bare route, one XADD": "tests.benchmarks.bare_route", "http_edge": "http_edge"}
_START_DEADLINE = 60.0  # seconds
ROUNDS = 2  # alternately, so that what else the machine does hits both


@dataclass(frozen=True)
class Load:
    """What wrk saw. `refused` counts answers other than 2xx; `cpu_us` is the server's CPU time a request."""

    what: str
    clients: int
    per_second: float
    refused: int
    cpu_us: float


@dataclass(frozen=True)
class Served:
    """Where a service listens, and its process."""

    url: str
    pid: int

    def cpu_ns(self) -> int:
        return sum(int(file.read_text().split()[0]) for file in Path(f"/proc/{self.pid}/task").glob("*/schedstat"))


@contextmanager
def served(directory: Path) -> Iterator[dict[str, Served]]:
    """Both services, over one Redis with the default durability, where an executor of Python is known."""
    redis = RedisServer(directory, free_port())
    redis.start()
    processes: list[subprocess.Popen[bytes]] = []
    try:
        asyncio.run(_appear(redis))
        urls = {}
        for what, module in WHATS.items():
            settings = settings_for(redis, QUEUE_LIMIT="100000000")
            with (directory / f"{module}.log").open("wb") as log:  # where Docker would keep it
                command = (sys.executable, "-m", module)
                processes.append(subprocess.Popen(command, env={**environment(), **settings}, stderr=log))
            urls[what] = Served(f"http://127.0.0.1:{settings['HTTP_PORT']}", processes[-1].pid)
            _await_health(urls[what].url)
        yield urls
    finally:
        for process in processes:
            process.terminate()
            process.wait()
        redis.stop()


def _await_health(url: str) -> None:
    deadline = time.monotonic() + _START_DEADLINE
    while True:
        try:
            httpx.get(f"{url}/health", trust_env=False)
        except httpx.ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)  # there is no signal to wait on before it listens
        else:
            return


async def _appear(redis: RedisServer) -> None:
    async with open_log(redis.settings, STREAM_SETTINGS) as log:
        await PlayedActors(log).appear()


def wrk(what: str, service: Served, clients: int, seconds: int) -> Load:
    """Load one service for so many seconds."""
    script = Path(__file__).with_name("submit.lua")
    command = ("wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "-s", str(script), f"{service.url}/v1/execute")
    before = service.cpu_ns()
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    refused = re.search(r"Non-2xx or 3xx responses: ([0-9]+)", said)
    answered = re.search(r"([0-9]+) requests in", said)
    assert rate is not None, said
    assert answered is not None, said
    cpu_us = (service.cpu_ns() - before) / 1000 / int(answered[1])
    return Load(what, clients, float(rate[1]), int(refused[1]) if refused else 0, round(cpu_us, 1))


def measure(clients: Sequence[int], seconds: int) -> list[Load]:
    """The best round of each service with each number of clients."""
    with tempfile.TemporaryDirectory() as directory, served(Path(directory)) as urls:
        loads = [
            wrk(what, service, count, seconds)
            for count in clients
            for _ in range(ROUNDS)
            for what, service in urls.items()
        ]
    best: dict[tuple[int, str], Load] = {}
    for load in loads:
        held = best.setdefault((load.clients, load.what), load)
        best[load.clients, load.what] = max(held, load, key=lambda each: each.per_second)
    return list(best.values())


def ratio(load: Load, loads: Sequence[Load]) -> float:
    """How many times as many requests per second as the bare route."""
    bare = next(each for each in loads if each.clients == load.clients and each.what.startswith("bare"))
    return load.per_second / bare.per_second


def render(loads: Sequence[Load]) -> str:
    rows = [
        (
            each.what,
            str(each.clients),
            f"{each.per_second:.0f}",
            f"{ratio(each, loads):.2f}",
            f"{each.cpu_us:.0f}",
            str(each.refused),
        )
        for each in loads
    ]
    return table(("EDGE ALONE", "CLIENTS", "REQUESTS/s", "x BARE", "CPU us", "REFUSED"), rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 when a request was refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.edge", description=__doc__)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures there, too")
    parser.add_argument("--seconds", type=int, default=8, help="of each load (default: %(default)s)")
    parser.add_argument("--clients", type=int, action="append", metavar="N", help="clients at once (default: 16, 64)")
    arguments = parser.parse_args(argv)
    load = os.getloadavg()[0]
    loads = measure(arguments.clients or (16, 64), arguments.seconds)
    lines = (render(loads), busy_remark(load))
    sys.stdout.write("\n".join(filter(None, lines)) + "\n")
    if arguments.json:
        figures = [{**asdict(each), "times_bare": round(ratio(each, loads), 3)} for each in loads]
        arguments.json.write_text(json.dumps({"machine": machine(load), "loads": figures}, indent=2) + "\n")
    return 1 if any(each.refused for each in loads) else 0


if __name__ == "__main__":
    sys.exit(main())
