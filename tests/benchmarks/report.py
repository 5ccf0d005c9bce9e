"""The benchmark's table with ratios, and its JSON."""

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from deploy.cli.terminal import table
from tests.benchmarks.measurement import Measurement

HEAD = ("LANGUAGE", "WHAT", "P50 ms", "P95 ms", "P99 ms", "JOBS/s", "x BARE", "x DOCKER EXEC", "REMARKS")

QUIET = 0.5  # load average; more means that others share the processors


def render(measurements: Sequence[Measurement]) -> str:
    """A row per measurement. `x BARE` is the p50 as a multiple of that of the bare interpreter of the same binary."""
    return table(HEAD, (_row(each, measurements) for each in measurements))


def machine(load: float) -> dict[str, Any]:
    """What the figures were measured on; `load` is its load average of the minute before."""
    return {
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": round(load, 2),
    }


def busy_remark(load: float) -> str | None:
    """A warning, when others were using the machine."""
    if load <= QUIET:
        return None
    return f"the machine was busy before we began (load average {load:.1f}): compare ratios, not milliseconds"


def as_json(url: str, measurements: Sequence[Measurement], load: float) -> dict[str, Any]:
    """Everything measured, with the ratios and the machine."""
    return {
        "at": datetime.now(UTC).isoformat(),
        "url": url,
        "machine": machine(load),
        "measurements": [{**each.as_json(), **_ratios(each, measurements)} for each in measurements],
    }


def bare(language: str, measurements: Iterable[Measurement]) -> Measurement | None:
    """The bare start to compare with: `python3 -c` of this machine, else the very binary that the runners use."""
    places = ("host", "runner image") if language == "python" else ("runner image", "host")
    return next(_of(language, measurements, *(f", {place}" for place in places)), None)


def _of(language: str, measurements: Iterable[Measurement], *endings: str) -> Iterator[Measurement]:
    known = [each for each in measurements if each.language == language]
    return (each for ending in endings for each in known if each.what.endswith(ending))


def _ratios(one: Measurement, measurements: Sequence[Measurement]) -> dict[str, float | None]:
    compared = {
        "times_bare": bare(one.language, measurements),
        "times_docker_exec": next(_of(one.language, measurements, "docker exec"), None),
    }
    return {name: round(one.p50 / other.p50, 3) if other else None for name, other in compared.items()}


def _row(one: Measurement, measurements: Sequence[Measurement]) -> tuple[str, ...]:
    times = (f"{value:.1f}" for value in (one.p50, one.p95, one.p99))
    rate = "-" if one.jobs_per_second is None else f"{one.jobs_per_second:.0f}"
    ratios = ("-" if value is None else f"{value:.2f}" for value in _ratios(one, measurements).values())
    return (one.language, one.what, *times, rate, *ratios, ", ".join(_remarks(one)))


def _remarks(one: Measurement) -> Iterator[str]:
    if one.wrong:
        yield f"{one.wrong} WRONG"
    if one.refused:
        yield f"{one.refused} refused (429)"
    if one.client_cpu_ms_per_job is not None:
        yield f"client {one.client_cpu_ms_per_job:.2f} ms CPU/job"
