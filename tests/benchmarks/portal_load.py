"""Hello worlds through HTTP by some number of clients at once, each waiting for its answer."""

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field

import msgspec

from tests.benchmarks.containers import Meter
from tests.benchmarks.hello import Hello
from tests.benchmarks.measurement import Measurement, per_job, summarise
from tests.benchmarks.wire import Connection

TARGET = "/v1/execute?wait=60s"
_FINISHED, _BUSY = 200, 429
_SETTLES = 0.3  # seconds


class Answer(msgspec.Struct):
    """What the client reads of an answer."""

    status: str
    stdout: str | None = None


_decoder = msgspec.json.Decoder(Answer)


@dataclass
class _Run:
    """Shared by the clients of one measurement."""

    hello: Hello
    until: float
    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    refused: int = 0
    tokens: "itertools.count[int]" = field(default_factory=itertools.count)


async def measure(url: str, hello: Hello, clients: int, seconds: float, meter: Meter | None = None) -> Measurement:
    """`clients` at once for `seconds`; jobs under way at the end are waited for and count."""
    meter = meter or Meter(())
    used_before = meter.read()
    begun, cpu = time.monotonic(), time.process_time()
    run = _Run(hello, begun + seconds)
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(_client(url, run))
    elapsed = time.monotonic() - begun
    if not run.seconds:
        raise RuntimeError(f"{hello.language}: no job succeeded: {run.wrong} wrong, {run.refused} refused")
    own_cpu = time.process_time() - cpu
    await asyncio.sleep(_SETTLES)  # what the last jobs leave to do belongs to them
    used = meter.read() - used_before
    return Measurement(
        hello.language,
        f"HTTP, {clients} client{'s' * (clients > 1)}",
        **summarise(run.seconds),
        jobs_per_second=len(run.seconds) / elapsed,
        clients=clients,
        wrong=run.wrong,
        refused=run.refused,
        client_cpu_ms_per_job=own_cpu * 1000 / len(run.seconds),
        cpu_ms_per_job=per_job(used + Counter(client=int(own_cpu * 1e9)), len(run.seconds)) if used else None,
    )


async def _client(url: str, run: _Run) -> None:
    async with Connection(url) as connection:
        while time.monotonic() < run.until:
            # Nanoseconds make the program new to a service that was measured before.
            token = f"t{next(run.tokens)}x{time.time_ns()}"
            body = msgspec.json.encode({"language": run.hello.language, "code": run.hello.code.replace("TOKEN", token)})
            begun = time.monotonic()
            status, head, content = await connection.post(TARGET, body)
            if status == _BUSY:
                run.refused += 1
                await asyncio.sleep(_retry_after(head))
                continue
            run.seconds.append(time.monotonic() - begun)
            run.wrong += not _is_right(status, content, token)


def _is_right(status: int, content: bytes, token: str) -> bool:
    if status != _FINISHED:
        return False
    answer = _decoder.decode(content)
    return answer.status == "succeeded" and answer.stdout == f"{token}\n"


def _retry_after(head: bytes) -> float:
    _, found, rest = head.lower().partition(b"\r\nretry-after:")
    return float(rest[: rest.index(b"\r")]) if found else 1.0
