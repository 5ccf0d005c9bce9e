"""What one process has open of all that is on record: jobs' records, an account's history, shares."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.routing import Route

from http_edge.background import background
from http_edge.edge import Edge
from http_edge.records.history import HistoryRoutes
from http_edge.records.record import Records
from http_edge.records.routes import RecordRoutes
from http_edge.settings import EdgeSettings
from http_edge.shares.in_postgres import PostgresShares
from http_edge.shares.in_redis import RedisShares
from http_edge.shares.routes import ShareRoutes
from http_edge.shares.share import ShareStore
from streams.archive.reading import Archive
from streams.ports import SubmissionLog
from streams.postgres.database import Database
from streams.redis.wire import Wire


@dataclass(frozen=True, slots=True)
class Keeping:
    """Records, and what else there is: without a database no archive."""

    records: Records
    archive: Archive | None = None
    shares: ShareStore | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """While inside, tables are made where there are none."""
        if isinstance(self.shares, PostgresShares):
            await self.shares.prepare()
            async with background(self.shares.run):
                yield
        else:
            yield

    def routes(self, edge: Edge) -> Sequence[Route]:
        """The routes of all that is on record."""
        records = RecordRoutes(edge, self.records)
        return [
            Route("/v1/execute/{id}/source", records.source, methods=["GET"]),
            Route("/v1/execute/{id}/facts", records.facts, methods=["GET"]),
            *(() if self.archive is None else _history_routes(HistoryRoutes(edge, self.archive))),
            *(() if self.shares is None else _share_routes(ShareRoutes(edge, self.records, self.shares))),
        ]


def _history_routes(history: HistoryRoutes) -> Sequence[Route]:
    return [
        Route("/v1/account/jobs", history.jobs, methods=["GET"]),
        Route("/v1/account/usage", history.usage, methods=["GET"]),
    ]


def _share_routes(shares: ShareRoutes) -> Sequence[Route]:
    return [
        Route("/v1/execute/{id}/shares", shares.make, methods=["POST"]),
        Route("/v1/execute/{id}/shares", shares.list, methods=["GET"]),
        Route("/v1/execute/{id}/shares/{token}", shares.revoke, methods=["DELETE"]),
        Route("/v1/shares/{token}", shares.see, methods=["GET"]),
    ]


def make_keeping(settings: EdgeSettings, log: SubmissionLog, wire: Wire, database: Database | None) -> Keeping:
    """All of it. Shares are where the jobs that they lead to are kept longest."""
    if database is None or settings.database is None:
        return Keeping(Records(log, None), None, RedisShares(wire, settings.streams.job_ttl))
    archive = Archive(database)
    return Keeping(Records(log, archive), archive, PostgresShares(database, settings.database))
