"""What every route works with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from http_edge.background import background
from http_edge.backlog import Backlog
from http_edge.identity import AnonymousOnly, Authenticator, Callers
from http_edge.languages import Languages
from http_edge.settings import EdgeSettings
from http_edge.waiters import Waiters
from streams.ports import Clock, Health, Ids, Registry, SubmissionLog


class EdgeLog(SubmissionLog, Registry, Health, Protocol):
    """What the edge needs of a log."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The edge's parts, made once per process."""

    settings: EdgeSettings
    log: EdgeLog
    clock: Clock
    ids: Ids
    name: str
    waiters: Waiters
    languages: Languages
    backlog: Backlog
    callers: Callers

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While inside, the background work goes on."""
        work = (self.waiters.run, self.languages.run, self.backlog.run)
        async with background(*work):
            yield


def make_edge(
    settings: EdgeSettings, log: EdgeLog, clock: Clock, ids: Ids, name: str, authenticator: Authenticator | None = None
) -> Edge:
    """The edge over `log`; `name` is what its facts say they were written by. Without `authenticator` no accounts."""
    callers = Callers(authenticator or AnonymousOnly(), settings.allow_anonymous)
    backlog = Backlog(log, settings.limits.queue)
    return Edge(settings, log, clock, ids, name, Waiters(log), Languages(log), backlog, callers)
