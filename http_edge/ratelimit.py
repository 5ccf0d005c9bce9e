"""What a client has left, in the header fields of draft-ietf-httpapi-ratelimit-headers-10, and the answer when it is
nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from http_edge.plans import Plan
from http_edge.problems import Problem
from streams.quotas import Limit, QuotaExceededError, Standing

QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"
"""The draft's type of problem."""
JOBS_RETRY = 1
"""Seconds; when a job will have ended nobody knows."""


@dataclass(frozen=True, slots=True)
class _Field:
    """One limit: its quota, the rest of its policy, what is left of it, and the seconds until it is whole again."""

    limit: Limit
    quota: int
    policy: str
    left: int
    reset: int | None


def headers(plan: Plan, standing: Standing) -> dict[str, str]:
    """The policies of the plan and what is left of each; empty for a plan without limits."""
    fields = list(_fields(plan, standing))
    if not fields:
        return {}
    return {
        "RateLimit-Policy": ", ".join(f'"{each.limit}";q={each.quota}{each.policy}' for each in fields),
        "RateLimit": ", ".join(
            f'"{each.limit}";r={each.left}' + ("" if each.reset is None else f";t={each.reset}") for each in fields
        ),
    }


def quota_exceeded(plan: Plan, error: QuotaExceededError) -> Problem:
    """429, with what is used up and when to come again."""
    used_up = [each for each in _fields(plan, error.standing) if each.limit in error.limits]
    wait = max(JOBS_RETRY if each.reset is None else each.reset for each in used_up)
    sentences = " and ".join(_SENTENCES[each.limit].format(each.quota) for each in used_up)
    return Problem(
        429,
        f"The plan {plan.name} allows {sentences}.",
        headers={**headers(plan, error.standing), "Retry-After": str(wait)},
        type=QUOTA_EXCEEDED,
        more={"violated-policies": [each.limit for each in used_up]},
    )


_SENTENCES: dict[Limit, str] = {
    "requests": "{} submissions a minute",
    "jobs": "{} jobs that wait or run at once",
    "cpu": "{} seconds of CPU time a day (UTC)",
}


def _fields(plan: Plan, standing: Standing) -> Iterator[_Field]:
    quota = plan.quota
    if (most := quota.requests_per_minute) is not None:
        yield _Field("requests", most, ";w=60", max(0, most - standing.requests), _seconds(standing.minute_ms))
    if (most := quota.concurrent_jobs) is not None:
        yield _Field("jobs", most, ';qu="concurrent-requests"', max(0, most - standing.jobs), None)
    if (most := quota.cpu_seconds_per_day) is not None:
        left = max(0, int(most - standing.cpu_ms / 1000))
        yield _Field("cpu", most, ';qu="cpu-seconds";w=86400', left, _seconds(standing.day_ms))


def _seconds(ms: int) -> int:
    """Whole seconds, rounded up: who waits that long has waited long enough."""
    return -(-ms // 1000)
