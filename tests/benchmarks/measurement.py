"""One figure of the benchmark: latencies and a rate, as a row of the table and as JSON."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Measurement:
    """Times in milliseconds. `jobs_per_second` None: not measured. `wrong` and `refused` count answers."""

    language: str
    what: str
    p50: float
    p95: float
    p99: float
    samples: int
    jobs_per_second: float | None = None
    clients: int | None = None
    wrong: int = 0
    refused: int = 0
    client_cpu_ms_per_job: float | None = None
    cpu_ms_per_job: dict[str, float] | None = None  # by part of the stack, the client included

    def as_json(self) -> dict[str, Any]:
        return {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()}


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of `ordered` lies (nearest rank)."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def summarise(seconds: Sequence[float]) -> dict[str, Any]:
    """p50, p95, p99 in milliseconds and their number, as keyword arguments of Measurement."""
    ordered = sorted(seconds)
    shares = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
    return {name: quantile(ordered, share) * 1000 for name, share in shares.items()} | {"samples": len(ordered)}


def per_job(used: "Counter[str]", jobs: int) -> dict[str, float]:
    """Nanoseconds of CPU time as milliseconds a job; parts that did next to nothing are left out."""
    each = {part: nanoseconds / 1e6 / jobs for part, nanoseconds in used.most_common()}
    return {part: round(ms, 3) for part, ms in each.items() if ms >= 0.005}
