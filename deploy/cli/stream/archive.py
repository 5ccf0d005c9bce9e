"""`codeportal archive`: what the archive has, and how to do without it from now on."""

import argparse
import json
from datetime import timedelta
from typing import Any

from deploy.cli import exits
from deploy.cli.command import UsageError
from deploy.cli.stream.access import Access, stream_command
from deploy.cli.stream.moments import stamp
from deploy.cli.stream.words import byte_count, milliseconds
from deploy.cli.terminal import say

_NONE = "no archive is kept: set DATABASE_URL and run an archiver (deploy/up does both)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        metavar="status|off",
        nargs="?",
        choices=("status", "off"),
        default="status",
        help="off: streams are trimmed without waiting for the archive, until an archiver starts again",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")


async def archive(access: Access) -> int:
    """Print how far the archive is, or end it."""
    return await (_end(access) if access.arguments.what == "off" else _status(access))


async def _end(access: Access) -> int:
    async with access.log() as log:
        if any(actor.kind == "archiver" for actor in await log.actors()):
            raise UsageError("an archiver is running, and would begin again at once: stop it first")
        await log.end_archive()
    say("streams are trimmed by STREAM_RETENTION alone now; what is archived stays where it is")
    return 0


async def _status(access: Access) -> int:
    async with access.log() as log:
        lag = await log.archive_lag()
    kept = await access.archive()
    extent = None if kept is None else await kept.extent()
    found: dict[str, Any] = {"on": lag is not None}
    if lag is not None:
        found |= {"waiting": lag.entries, "oldest_waiting_ms": lag.oldest // timedelta(milliseconds=1)}
    if extent is not None:
        found |= {"first_ms": extent.first_ms, "last_ms": extent.last_ms}
        found |= {"entries": extent.entries, "size": extent.size}
    if access.arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(_lines(found)))
    return 0 if lag is not None else exits.NOT_FOUND


def _lines(found: dict[str, Any]) -> list[str]:
    if not found["on"]:
        lines = [_NONE]
    elif found["waiting"]:
        lines = [f"{found['waiting']} facts wait for it, the oldest for {milliseconds(found['oldest_waiting_ms'])}"]
    else:
        lines = ["it has every fact of the streams"]
    if found.get("first_ms") is not None:
        lines.append(f"from {stamp(found['first_ms'])} to {stamp(found['last_ms'])}")
        lines.append(f"about {found['entries']} entries, {byte_count(found['size'])} on disk")
    elif "first_ms" in found:
        lines.append("it is empty")
    else:
        lines.append("what it has is not known: its PostgreSQL does not run, or is elsewhere (DATABASE_URL)")
    return lines


ARCHIVE = stream_command(
    "archive",
    "Show what the archive has and how far it is behind; or end it.",
    add_arguments,
    archive,
    epilog="Read-only, but for `off`. Exit code 1 when no archive is kept.",
)
