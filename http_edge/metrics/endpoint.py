"""The route `/metrics`, and the counting of requests."""

import asyncio
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from http_edge.metrics.counted import SECONDS, JobMetrics
from http_edge.metrics.observed import families, observe
from http_edge.problems import Problem
from streams.ports import LogUnavailableError
from streams.redis.wire import Wire
from streams.replay.layout import NothingThereError, read_layout
from streams.replay.news import News

_DEADLINE = 8.0
"""Seconds for a scrape; Prometheus itself gives up after ten."""
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_ROUTES = frozenset(
    {
        "/v1/execute",
        "/v1/languages",
        "/v1/accounts",
        "/v1/account",
        "/v1/account/verification",
        "/v1/account/verification/requests",
        "/v1/account/password",
        "/v1/account/password/resets",
        "/v1/account/keys",
        "/v1/admin/overview",
        "/v1/admin/failures",
        "/v1/admin/dead",
        "/v1/admin/accounts",
        "/v1/account/jobs",
        "/v1/account/usage",
        "/v1/sessions",
        "/v1/sessions/current",
        "/health",
        "/health/ready",
        "/metrics",
        "/openapi.json",
        "/docs",
    }
)
_OF_ONE = (
    "/v1/execute/",
    "/v1/account/keys/",
    "/v1/sessions/",
    "/v1/shares/",
    "/v1/admin/dead/",
    "/v1/admin/accounts/",
)
"""What an id follows."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may scrape: whoever knows the token; without one everybody, unless `closed`."""

    token: str = ""
    closed: bool = False

    def check(self, request: Request) -> None:
        """Raises Problem."""
        if self.closed and not self.token:
            raise Problem(404, "There is nothing at /metrics: METRICS_TOKEN is not set.")
        given = request.headers.get("authorization", "")
        if self.token and not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            raise Problem(401, "This needs the METRICS_TOKEN.", headers={"WWW-Authenticate": "Bearer"})


class _Gathered(Collector):
    """What the last look at the system found."""

    def __init__(self) -> None:
        self.found: Sequence[Metric] = ()

    def collect(self) -> Iterator[Metric]:
        return iter(self.found)


class Metrics:
    """The edge's metrics. Nothing is read from Redis but when somebody scrapes."""

    def __init__(self, wire: Wire, access: Access) -> None:
        self.registry = CollectorRegistry()
        self._wire = wire
        self._access = access
        self._jobs = JobMetrics(self.registry)
        self._gathered = _Gathered()
        self.registry.register(self._gathered)
        self._news = News(wire)
        self._one_at_a_time = asyncio.Lock()
        self._requests = Counter(
            "codeportal_http_requests", "Requests, by answer.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "codeportal_http_request_seconds",
            "From head to last byte, waiting for jobs included.",
            ("method", "route"),
            registry=self.registry,
            buckets=SECONDS,
        )

    async def endpoint(self, request: Request) -> Response:
        """GET /metrics"""
        self._access.check(request)
        try:
            async with asyncio.timeout(_DEADLINE), self._one_at_a_time:
                await self._look()
        except TimeoutError as error:
            raise LogUnavailableError(f"Redis did not tell all within {_DEADLINE:g} s") from error
        return Response(generate_latest(self.registry), media_type="text/plain; version=0.0.4")

    async def _look(self) -> None:
        """Count what happened since the last look, and see how things are now."""
        try:
            layout = await read_layout(self._wire)
        except NothingThereError:  # the very first moments of an instance
            self._gathered.found = ()
            return
        self._jobs.know({language for languages in layout.languages for language in languages})
        async for fact in self._news.since_last_look(layout):
            self._jobs.add(fact)
        self._gathered.found = tuple(families(await observe(self._wire, layout)))

    def add_request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count one request that was answered."""
        answered, took = self._series(method if method in _METHODS else "other", route_of(path), status)
        answered.inc()
        took.observe(seconds)

    @cache  # noqa: B019 - one of these lives as long as its process; a look-up by labels costs as much as the rest
    def _series(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(method, route, str(status)), self._seconds.labels(method, route)


def route_of(path: str) -> str:
    """The route that a path belongs to: as many as we have, whatever clients send."""
    if path in _ROUTES:
        return path
    if path.startswith("/v1/execute/") and path.endswith("/events"):
        return "/v1/execute/{id}/events"  # takes as long as the job, which would hide how long a read takes
    return next((f"{start}{{id}}" for start in _OF_ONE if path.startswith(start)), "other")
