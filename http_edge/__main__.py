"""The edge's composition root: `python -m http_edge`."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from contextlib import AbstractAsyncContextManager, ExitStack, nullcontext

import structlog
import uvloop

from http_edge.accounts.service import Outside, open_accounts, post_for
from http_edge.admin.service import administration_of
from http_edge.app import create_app
from http_edge.edge import Extras, make_edge
from http_edge.keeping import make_keeping
from http_edge.metrics import Access, Metrics
from http_edge.server import listen, make_server
from http_edge.settings import EdgeSettings, edge_settings
from http_edge.site import Site, load_site
from http_edge.tracing import Traced
from streams.env import SettingError
from streams.logging import configure_logging
from streams.postgres.database import PROMPT, Database, open_database
from streams.redis import open_log
from streams.redis.wire import wire_to
from streams.system import RandomIds, SystemClock
from streams.tracing import Tracing, open_tracing

BAD_SETTING = 2


async def serve(settings: EdgeSettings, site: Site, tracing: Tracing, sockets: list[socket.socket]) -> None:
    """Serve until SIGTERM or SIGINT. Raises SettingError."""
    name, clock = f"edge-{socket.gethostname()}-{os.getpid()}", SystemClock()
    async with (
        open_log(settings.redis, settings.streams) as log,
        wire_to(settings.redis) as wire,
        _database(settings, name) as database,
        open_accounts(settings, database, Outside(wire, post_for(settings)), clock, name) as accounts,
    ):
        extras = Extras() if accounts is None else Extras(accounts.recognition, database)
        edge = make_edge(settings, log, clock, RandomIds(), name, extras)
        metrics = Metrics(wire, Access(settings.metrics_token, closed=settings.production))
        keeping = make_keeping(settings, log, wire, database)
        app = create_app(edge, metrics, accounts, site, keeping, administration_of(accounts, wire))
        server = make_server(Traced(app, tracing) if tracing.on else app, settings.http, edge.release_all)
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signal_number, server.handle_exit, signal_number, None)
        structlog.get_logger().info("listening", host=settings.http.host, port=settings.http.port, edge=name)
        await server.serve(sockets)
        structlog.get_logger().info("stopped", edge=name)


def _database(settings: EdgeSettings, name: str) -> AbstractAsyncContextManager[Database | None]:
    return nullcontext() if settings.database is None else open_database(settings.database, name, deadlines=PROMPT)


def main() -> int:
    """Run the edge; returns the exit code."""
    argparse.ArgumentParser(
        prog="python -m http_edge",
        description="The HTTP edge of CodePortal. Its settings are environment variables; the README has the table.",
    ).parse_args()
    try:
        settings = edge_settings(os.environ)
        configure_logging(settings.log_format, settings.log_level)
        site = load_site(settings.website_dir)
        with ExitStack() as stack:
            sockets = [stack.enter_context(listener) for listener in listen(settings.http)]
            tracing = stack.enter_context(open_tracing(os.environ, "codeportal-edge"))
            uvloop.run(serve(settings, site, tracing, sockets))
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_SETTING
    return 0


if __name__ == "__main__":
    sys.exit(main())
