"""The idle service, side by side with its baselines: one start of each in turn, so that what else the machine does hits
all alike, with a pause before the job that lets its runner be ready again, as on an idle machine it is.
"""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from tests.benchmarks.baselines import Starter
from tests.benchmarks.hello import Hello
from tests.benchmarks.measurement import Measurement, quantile, summarise
from tests.benchmarks.portal_load import TARGET
from tests.benchmarks.wire import Connection

STEPS = ("request to submission", "submission to started", "started to result, less the run", "run", "result to answer")


class _Answer(msgspec.Struct):
    status: str
    stdout: str | None
    created_at: datetime
    started_at: datetime
    finished_at: datetime
    duration_ms: float


_decoder = msgspec.json.Decoder(_Answer)


@dataclass
class Idle:
    """What was measured: every contender, and where the time of our jobs went (step: ms, the median)."""

    measurements: list[Measurement]
    steps: dict[str, float]


@dataclass
class _Jobs:
    seconds: list[float] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    wrong: int = 0


async def measure(url: str, hello: Hello, starters: Sequence[Starter], rounds: int) -> Idle:
    """`rounds` of one start of everything; costly baselines take part in some of them only."""
    jobs, seconds = _Jobs(), {starter.what: list[float]() for starter in starters}
    for number in range(-2, rounds):
        begun = time.monotonic()
        for starter in starters:
            if number < 0 or number * starter.share % 1 < starter.share:
                took, _ = await asyncio.to_thread(starter.seconds)
                seconds[starter.what] += took if number >= 0 else []
        await asyncio.sleep(max(hello.rest - (time.monotonic() - begun), 0.02))
        async with Connection(url) as connection:  # a server closes those that are idle for seconds
            await _one(connection, hello, jobs, counts=number >= 0)
    found = [
        Measurement(hello.language, f"{what}, in turn", **summarise(times)) for what, times in seconds.items() if times
    ]
    ours = Measurement(hello.language, "HTTP, idle, in turn", **summarise(jobs.seconds), clients=1, wrong=jobs.wrong)
    return Idle([*found, ours], {step: quantile(sorted(times), 0.5) for step, times in jobs.steps.items()})


async def _one(connection: Connection, hello: Hello, jobs: _Jobs, *, counts: bool) -> None:
    token = f"i{time.time_ns()}"
    body = msgspec.json.encode({"language": hello.language, "code": hello.code.replace("TOKEN", token)})
    wall, begun = time.time(), time.monotonic()
    _, _, content = await connection.post(TARGET, body)
    took = time.monotonic() - begun
    if not counts:
        return
    answer = _decoder.decode(content)
    jobs.seconds.append(took)
    jobs.wrong += answer.status != "succeeded" or answer.stdout != f"{token}\n"
    marks = (wall, *(moment.timestamp() for moment in (answer.created_at, answer.started_at, answer.finished_at)))
    to_submission, to_started, to_result = ((after - before) * 1000 for before, after in itertools.pairwise(marks))
    rest = took * 1000 - to_submission - to_started - to_result
    parts = (to_submission, to_started, to_result - answer.duration_ms, answer.duration_ms, rest)
    for step, part in zip(STEPS, parts, strict=True):
        jobs.steps[step].append(part)
