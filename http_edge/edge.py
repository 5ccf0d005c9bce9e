"""What every route works with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from http_edge.admission import Admission
from http_edge.archive_guard import ArchiveGuard
from http_edge.background import background
from http_edge.backlog import Backlog
from http_edge.identity import AnonymousOnly, Authenticator, Callers
from http_edge.languages import Languages
from http_edge.listening import Listening
from http_edge.settings import EdgeSettings
from http_edge.waiters import Waiters
from streams.output_ports import OutputSource
from streams.ports import ArchiveLog, Clock, Health, Ids, Registry, SubmissionLog
from streams.postgres.database import Database


class EdgeLog(SubmissionLog, OutputSource, Registry, Health, ArchiveLog, Protocol):
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
    listening: Listening
    languages: Languages
    backlog: Backlog
    archive: ArchiveGuard
    callers: Callers
    admission: Admission
    database: Database | None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While inside, the background work goes on."""
        work = (self.waiters.run, self.listening.run, self.languages.run, self.backlog.run, self.archive.run)
        async with background(*work):
            yield

    def release_all(self) -> None:
        """Let all go who wait or listen: the process is about to stop."""
        self.waiters.release_all()
        self.listening.release_all()


@dataclass(frozen=True, slots=True)
class Extras:
    """What an edge has only where there is a database: who callers are, and the database itself."""

    authenticator: Authenticator = field(default_factory=AnonymousOnly)
    database: Database | None = None


def make_edge(
    settings: EdgeSettings, log: EdgeLog, clock: Clock, ids: Ids, name: str, extras: Extras | None = None
) -> Edge:
    """The edge over `log`; `name` is what its facts say they were written by. Without `extras` all are anonymous."""
    extras = extras or Extras()
    backlog = Backlog(log, settings.limits.queue)
    waiters, archive, languages = Waiters(log), ArchiveGuard(log, settings.archive), Languages(log)
    return Edge(
        settings=settings,
        log=log,
        clock=clock,
        ids=ids,
        name=name,
        waiters=waiters,
        listening=Listening(log, waiters),
        languages=languages,
        backlog=backlog,
        archive=archive,
        callers=Callers(extras.authenticator, settings.allow_anonymous),
        admission=Admission(log, languages, backlog, archive),
        database=extras.database,
    )
