"""The benchmark's table with ratios, and its JSON."""

import os
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.cli.terminal import table
from tests.benchmarks.measurement import Measurement

HEAD = ("LANGUAGE", "WHAT", "P50 ms", "P95 ms", "P99 ms", "JOBS/s", "x BARE", "x DOCKER EXEC", "REMARKS")

_CPUINFO = Path("/proc/cpuinfo")
_MODELS = ("model name", "cpu model", "hardware", "cpu")  # x86 and arm64 with firmware that tells, MIPS, arm, POWER

QUIET = 0.5  # load average; more means that others share the processors


def render(measurements: Sequence[Measurement]) -> str:
    """A row per measurement. `x BARE` is the p50 as a multiple of that of the bare interpreter of the same binary."""
    return table(HEAD, (_row(each, measurements) for each in measurements))


def machine(load: float) -> dict[str, Any]:
    """What the figures were measured on; `load` is its load average of the minute before."""
    return {
        "cpus": os.cpu_count(),
        "processor": processor(_CPUINFO.read_text(encoding="utf-8") if _CPUINFO.exists() else ""),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": round(load, 2),
    }


def processor(cpuinfo: str) -> str:
    """The model as the kernel tells it in /proc/cpuinfo, else (many ARM machines tell none) the architecture."""
    lines = (line.partition(":") for line in cpuinfo.splitlines())
    told = {key.strip().lower(): value.strip() for key, _, value in lines}
    return next((told[key] for key in _MODELS if told.get(key)), platform.machine())


def busy_remark(load: float) -> str | None:
    """A warning, when others were using the machine."""
    if load <= QUIET:
        return None
    return f"the machine was busy before we began (load average {load:.1f}): compare ratios, not milliseconds"


def as_json(url: str, load: float, figures: dict[str, Any]) -> dict[str, Any]:
    """Everything measured, and on which machine."""
    return {"at": datetime.now(UTC).isoformat(), "url": url, "machine": machine(load), **figures}


def with_ratios(one: Measurement, measurements: Sequence[Measurement]) -> dict[str, Any]:
    return {**one.as_json(), **_ratios(one, measurements)}


def steps(found: Mapping[str, Mapping[str, float]]) -> str:
    """Where the time of an idle job goes: the median of each step, in milliseconds."""
    names = [name for each in found.values() for name in each]
    rows = [(name, *(f"{each[name]:.2f}" for each in found.values())) for name in dict.fromkeys(names)]
    return table(("STEP, ms", *found), rows) if rows else ""


def cpu(measurements: Sequence[Measurement]) -> str:
    """What a job costs each part of the stack, in milliseconds of CPU time, and what that means for two processors."""
    counted = [each for each in measurements if each.cpu_ms_per_job]
    if not counted:
        return ""
    parts = sorted({part for each in counted for part in each.cpu_ms_per_job or ()})
    rows = [(part, *(f"{(each.cpu_ms_per_job or {}).get(part, 0.0):.2f}" for each in counted)) for part in parts]
    sums = [sum((each.cpu_ms_per_job or {}).values()) for each in counted]
    rows.append(("all", *(f"{each:.2f}" for each in sums)))
    head = (f"{each.language}, {each.clients}" for each in counted)
    return table(("CPU ms A JOB, CLIENTS", *head), rows)


def memory(held: Mapping[str, float]) -> str:
    return table(("IDLE", "MiB"), [(part, f"{mib:.1f}") for part, mib in sorted(held.items())]) if held else ""


def bare(one: Measurement, measurements: Iterable[Measurement]) -> Measurement | None:
    """The bare start to compare with: `python3 -c` of this machine, else the very binary that the runners use."""
    places = ("host", "runner image") if one.language == "python" else ("runner image", "host")
    return next(_of(one.language, one, measurements, *(f", {place}" for place in places)), None)


def _of(language: str, one: Measurement, measurements: Iterable[Measurement], *endings: str) -> Iterator[Measurement]:
    """Measured as `one` was: in turn, or each by itself."""
    known = [each for each in measurements if each.language == language]
    wanted = [f"{ending}, in turn" if one.what.endswith(", in turn") else ending for ending in endings]
    return (each for ending in wanted for each in known if each.what.endswith(ending))


def _ratios(one: Measurement, measurements: Sequence[Measurement]) -> dict[str, float | None]:
    compared = {
        "times_bare": bare(one, measurements),
        "times_docker_exec": next(_of(one.language, one, measurements, "docker exec"), None),
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
