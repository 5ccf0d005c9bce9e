"""Commands over the streams: they go to Redis itself, past the HTTP API, and say so when they cannot."""

import argparse
import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.cli import exits
from deploy.cli.api import Server
from deploy.cli.command import Command, UsageError
from deploy.cli.stream.finding import NoRedisError, Target, find
from deploy.cli.terminal import say
from streams.codec import UnknownVersionError
from streams.duration import in_milliseconds
from streams.env import SettingError
from streams.jobid import Address, JobId, parse_address, parse_job_id
from streams.ports import UnavailableError
from streams.redis import RedisLog, open_log
from streams.redis.wire import Wire
from streams.replay.importing import NotEmptyError
from streams.replay.layout import Layout, NothingThereError, read_layout
from streams.replay.lines import DamagedExportError
from streams.replay.past import Past
from streams.settings import StreamSettings

if TYPE_CHECKING:
    from streams.archive.reading import Archive


@dataclass
class Access:
    """A Redis with the streams of a system."""

    target: Target
    arguments: argparse.Namespace
    server: Server
    wire: Wire
    _wires: list[Wire] = field(default_factory=list)
    _archive: "Archive | None" = None
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def layout(self) -> Layout:
        return await read_layout(self.wire)

    def another_wire(self) -> Wire:
        """A connection for reads that block."""
        self._wires.append(Wire(self.target.redis))
        return self._wires[-1]

    @property
    def job_ttl_ms(self) -> int:
        return in_milliseconds(self.target.streams.job_ttl)

    @asynccontextmanager
    async def log(self) -> AsyncIterator[RedisLog]:
        """The log itself, for what appends."""
        layout, known = await self.layout(), self.target.streams
        settings = StreamSettings(layout.topology, known.job_ttl, known.retention, known.idempotency_ttl)
        async with open_log(self.target.redis, settings) as log:
            yield log

    async def past(self) -> Past:
        """What happened: the streams, and the archive behind them if it is known where that is."""
        return Past(self.wire, await self.archive())

    async def archive(self) -> "Archive | None":
        """The archive, if it is known where that is."""
        where = self.target.database
        if where is None:
            return None
        if self._archive is None:
            from streams.archive.reading import Archive  # noqa: PLC0415 - slow to load, and seldom needed
            from streams.postgres.database import open_database  # noqa: PLC0415

            database = await self._opened.enter_async_context(open_database(where, "codeportal", most=2))
            self._archive = Archive(database)
        return self._archive

    async def job(self, named: JobId | Address) -> JobId | None:
        """The job of that name. None: it is not known which job has, or had, that address."""
        return named if isinstance(named, JobId) else await (await self.past()).job_at(named)

    async def close(self) -> None:
        await self._opened.aclose()
        for wire in (self.wire, *self._wires):
            await wire.close()


Work = Callable[[Access], Awaitable[int]]


def stream_command(
    name: str,
    summary: str,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    work: Work,
    *,
    epilog: str = "",
    needs_server: bool = False,
) -> Command:
    """A subcommand that works on the streams."""

    def add_all(parser: argparse.ArgumentParser) -> None:
        add_arguments(parser)
        _add_redis_options(parser)

    def run(arguments: argparse.Namespace, server: Server) -> int:
        return _guarded(work, arguments, server)

    return Command(name, summary, add_all, run, epilog, needs_server)


NAMES = "the job's id, or its address, as logs and traces have it"


def job_name(text: str) -> JobId | Address:
    """A job's id or address. For argparse."""
    for parse in (parse_job_id, parse_address):
        try:
            return parse(text)
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"{text!r} is no job's id, nor an address as logs have it")


def _add_redis_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("redis")
    group.add_argument(
        "--redis",
        metavar="HOST:PORT",
        help="where the streams are (default: REDIS_ADDR, else the stack that deploy/up started here);"
        " REDIS_PASSWORD and REDIS_DB go with it, and DATABASE_URL for the archive",
    )
    group.add_argument("--project", metavar="NAME", help="which of the stacks started here (COMPOSE_PROJECT_NAME)")


def _guarded(work: Work, arguments: argparse.Namespace, server: Server) -> int:
    try:
        return asyncio.run(_run(work, arguments, server))
    except (SettingError, NotEmptyError, DamagedExportError) as error:
        raise UsageError(str(error)) from error
    except (NoRedisError, NothingThereError, UnavailableError) as error:
        say(str(error))
        return exits.UNAVAILABLE
    except UnknownVersionError as error:
        say(f"an entry was written by a newer release, so nothing was concluded: {error}; upgrade this command")
        return exits.SOFTWARE


async def _run(work: Work, arguments: argparse.Namespace, server: Server) -> int:
    target = find(arguments.redis, arguments.project, os.environ)
    access = Access(target, arguments, server, Wire(target.redis))
    try:
        return await work(access)
    finally:
        await access.close()
