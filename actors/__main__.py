"""Composition root of the actors: `python -m actors executor python | projector | janitor | archiver`."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import structlog
import uvloop

from actors.executor_process import ExecutorProcess, Host, engine_sightings
from actors.identity import consumer_name
from actors.janitor import Janitor
from actors.languages import canonical
from actors.process import NothingToArchive, Process, SteppingProcess, first_report
from actors.projector import Projector
from actors.runners.exec_leases import RedisLeases
from actors.runners.sizing import DockerEngine
from actors.runners.use import DockerMeter
from actors.settings import ActorSettings, actor_settings, archiver_settings, executor_settings, own_user
from streams.env import Env, SettingError
from streams.jobid import is_language
from streams.logging import configure_logging
from streams.redis import RedisLog, open_log
from streams.redis.wire import Wire
from streams.system import SystemClock
from streams.tracing import Tracing, open_tracing

_NICENESS = 5
"""A third of the weight of the others: enough to keep up on a machine where no processor is ever idle."""


def main(arguments: list[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run one actor until SIGTERM or SIGINT. Returns the exit status: 2 for a setting that cannot be used."""
    chosen = _parser().parse_args(arguments)
    if chosen.kind != "executor":
        _let_others_go_first()
    values = os.environ if environment is None else environment
    try:
        settings = actor_settings(Env(values))
        configure_logging(settings.log_format, settings.log_level)
        with (
            open_tracing(values, f"codeportal-{chosen.kind}") as tracing,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            runner.run(_run(chosen, settings, tracing, values))
    except SettingError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- the one line that the operator gets
        return 2
    return 0


def _let_others_go_first() -> None:
    """Every fact wakes these actors, for whom nobody waits, and Redis at that moment is about to tell executors and
    edges, for whom somebody does. So they interrupt nobody when they wake, and take the smaller share of a processor.
    """
    with contextlib.suppress(OSError):  # where it is not allowed, it is only slower
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        os.nice(_NICENESS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m actors", description="Run one actor of CodePortal; settings come from the environment."
    )
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="actor")
    executor = kinds.add_parser("executor", help="claim submissions of one language and run them in its runners")
    executor.add_argument("language", type=_language, help="python, javascript, go, or the label of your runners")
    kinds.add_parser("projector", help="fold facts into the state that clients read")
    kinds.add_parser("janitor", help="trim streams, remove idle consumers, end cancelled jobs that nobody holds")
    kinds.add_parser("archiver", help="copy facts to PostgreSQL (DATABASE_URL), and delete old ones there")
    return parser


def _language(text: str) -> str:
    name = canonical(text)
    if not is_language(name):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of a language (lower-case letters, digits, + # . -)")
    return name


async def _run(
    chosen: argparse.Namespace, settings: ActorSettings, tracing: Tracing, environment: Mapping[str, str]
) -> None:
    async with _process(chosen, settings, tracing, environment) as process:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, process, number)
        await process.run()
    structlog.get_logger().info("stopped", actor=chosen.kind)


def _stop(process: Process, number: signal.Signals) -> None:
    structlog.get_logger().info("stopping", signal=number.name)
    process.stop()


@asynccontextmanager
async def _process(
    chosen: argparse.Namespace, settings: ActorSettings, tracing: Tracing, environment: Mapping[str, str]
) -> AsyncIterator[Process]:
    name = consumer_name()
    if chosen.kind == "executor":
        async with _executor(chosen.language, name, settings, tracing, environment) as executor:
            yield executor
        return
    if chosen.kind == "archiver":
        async with _archiver(name, settings, environment) as archiver:
            yield archiver
        return
    async with open_log(settings.redis, settings.streams) as log:
        report = first_report(chosen.kind, name)
        yield SteppingProcess(report, _stepping_actor(chosen.kind, name, log, settings, tracing).run, log)


def _stepping_actor(
    kind: str, name: str, log: RedisLog, settings: ActorSettings, tracing: Tracing
) -> Projector | Janitor:
    if kind == "projector":
        return Projector(log, name, SystemClock(), tracing)
    return Janitor(log, name, SystemClock(), settings.streams.retention, settings.dead_letters)


@asynccontextmanager
async def _archiver(name: str, settings: ActorSettings, environment: Mapping[str, str]) -> AsyncIterator[Process]:
    chosen = archiver_settings(Env(environment))
    if chosen is None:
        structlog.get_logger().warning("no archive", reason="DATABASE_URL is not set", action="set it, or run none")
        yield NothingToArchive()
        return
    from actors.archiver_process import archiver_process  # noqa: PLC0415 - SQLAlchemy, for this process only

    async with (
        open_log(settings.redis, settings.streams) as log,
        archiver_process(name, log, chosen) as archiver,
    ):
        yield archiver


@asynccontextmanager
async def _executor(
    language: str, name: str, settings: ActorSettings, tracing: Tracing, environment: Mapping[str, str]
) -> AsyncIterator[Process]:
    chosen = executor_settings(Env(environment), language, own_user())
    leases = Wire(settings.redis)
    async with open_log(settings.redis, settings.streams) as log, engine_sightings(environment) as sightings:
        try:
            report = first_report("executor", name, language)
            host = Host(DockerEngine(environment), DockerMeter(environment))
            yield ExecutorProcess(report, log, chosen, sightings, RedisLeases(leases), host, tracing)
        finally:
            await leases.close()


if __name__ == "__main__":
    sys.exit(main())
