"""What an owner of jobs, an account or an anonymous client, may use and has used. Pure; the log counts.

Counted are accepted submissions in the current minute, which begins with the first one after the minute before; jobs
in flight, which wait or run; and the CPU time of the jobs that ended today, in UTC.
"""

from dataclasses import dataclass
from typing import Literal

from streams.facts import AnyFact, Cancelled, Finished, Lost, Result

MINUTE_MS = 60_000
DAY_MS = 86_400_000
MOST_INTERACTIVE = 8
"""Jobs that an owner has in flight beyond which further interactive ones wait in the batch lane: owners whose names
fall into the same lane wait for that many of each other's jobs, not for all of a flood."""

Limit = Literal["requests", "jobs", "cpu"]


@dataclass(frozen=True, slots=True)
class Quota:
    """What an owner may use; None: as much as there is."""

    requests_per_minute: int | None = None
    concurrent_jobs: int | None = None
    cpu_seconds_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whose submission it is, and what they may use."""

    owner: str
    quota: Quota


@dataclass(frozen=True, slots=True)
class Standing:
    """What an owner has used. `minute_ms` and `day_ms` are what is left of the current minute and day."""

    requests: int
    minute_ms: int
    jobs: int
    cpu_ms: float
    day_ms: int


class QuotaExceededError(Exception):
    """The submission was not taken: its owner has used what they may."""

    def __init__(self, limits: tuple[Limit, ...], standing: Standing) -> None:
        super().__init__(", ".join(limits))
        self.limits = limits
        self.standing = standing


def exceeded(quota: Quota, standing: Standing) -> tuple[Limit, ...]:
    """The limits that leave no room for one more submission. The script of the log in Redis judges the same."""
    used: tuple[tuple[Limit, float, int | None], ...] = (
        ("requests", standing.requests, quota.requests_per_minute),
        ("jobs", standing.jobs, quota.concurrent_jobs),
        ("cpu", standing.cpu_ms / 1000, quota.cpu_seconds_per_day),
    )
    return tuple(limit for limit, have, most in used if most is not None and have >= most)


def cpu_spent(fact: AnyFact) -> float | None:
    """The CPU time that a job's ending reports, compiling included, in ms; None for a fact that is no ending."""
    match fact:
        case Finished() | Cancelled():
            return _cpu(fact.result)
        case Lost():
            return 0.0
    return None


def _cpu(result: Result | None) -> float:
    if result is None:
        return 0.0
    compiled = 0.0 if result.compile is None else result.compile.cpu_ms or 0.0
    return (result.cpu_ms or 0.0) + compiled
