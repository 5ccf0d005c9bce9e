"""`codeportal groups`, `consumers`, `lag`: how far the groups are, and who works in them."""

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any

from deploy.cli.counts import count
from deploy.cli.stream.access import Access, stream_command
from deploy.cli.stream.filters import add_skip
from deploy.cli.stream.words import milliseconds
from deploy.cli.terminal import say, table
from streams import keys
from streams.replay.groups import ConsumerRow, GroupRow, consumers, groups
from streams.replay.layout import Place
from streams.replay.time import server_time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument("--language", metavar="L", action="append", default=[], help="only this one; may be repeated")
    parser.add_argument("--all", action="store_true", help="those with nothing to tell, too")
    parser.add_argument("-n", "--limit", metavar="N", type=count, default=100, help="at most so many (default: 100)")
    add_skip(parser)


async def list_groups(access: Access) -> int:
    """Print each group of each stream."""
    rows = [row for row in await _groups(access) if access.arguments.all or row.last_delivered.ms or row.waiting]
    return _print(access, rows, ("STREAM", "GROUP", "CONSUMERS", "WAITING", "PENDING", "DELIVERED UP TO"), _group_row)


async def list_consumers(access: Access) -> int:
    """Print each consumer of each group."""
    rows = [row for row in await consumers(access.wire, await access.layout()) if _passes(row.place, access.arguments)]
    # Every executor asks in every lane: those that hold nothing would hide those that do.
    rows = rows if access.arguments.all else _lively(rows)
    return _print(access, rows, ("STREAM", "GROUP", "CONSUMER", "PENDING", "ASKED", "GOT SOMETHING"), _consumer_row)


async def lag(access: Access) -> int:
    """Print how far executors of each language and projectors are behind."""
    found = await _groups(access)
    names = sorted({(row.name, row.place.language or "(events)") for row in found})
    rows = [_lag_of(name, language, found) for name, language in names]
    shown = rows if access.arguments.all else [row for row in rows if row["waiting"] or row["pending"]] or rows
    return _print(access, shown, ("GROUP", "OF", "WAITING", "PENDING", "OLDEST WAITING", "OLDEST PENDING"), _lag_row)


def _lag_of(name: str, language: str, rows: Sequence[GroupRow]) -> dict[str, Any]:
    own = [row for row in rows if row.name == name and (row.place.language or "(events)") == language]
    return {
        "group": name,
        "of": language,
        "waiting": sum(row.waiting for row in own),
        "pending": sum(row.pending for row in own),
        "oldest_waiting_ms": max(
            (row.oldest_waiting_ms for row in own if row.oldest_waiting_ms is not None), default=None
        ),
        "oldest_pending_ms": max(
            (row.oldest_pending_ms for row in own if row.oldest_pending_ms is not None), default=None
        ),
    }


async def _groups(access: Access) -> list[GroupRow]:
    found = await groups(access.wire, await access.layout(), await server_time(access.wire))
    return [row for row in found if _passes(row.place, access.arguments)]


def _passes(place: Place, arguments: argparse.Namespace) -> bool:
    return not arguments.language or place.language in arguments.language


def _lively(rows: Sequence[ConsumerRow]) -> list[ConsumerRow]:
    return [row for row in rows if row.pending or row.name == keys.RETURNED or row.inactive_ms is not None]


def _print(access: Access, rows: Sequence[Any], head: tuple[str, ...], cells: Callable[[Any], tuple[str, ...]]) -> int:
    arguments = access.arguments
    page = rows[arguments.skip : arguments.skip + arguments.limit]
    if arguments.json:
        for row in page:
            print(json.dumps(_as_object(row)))
    else:
        print(table(head, map(cells, page)) if page else "nothing to tell (--all shows every row)")
    left = len(rows) - arguments.skip - len(page)
    if left > 0:
        say(f"{left} more: --skip {arguments.skip + len(page)}")
    return 0


def _group_row(row: GroupRow) -> tuple[str, ...]:
    counts = (str(row.consumers), str(row.waiting), str(row.pending))
    return (row.place.stream, row.name, *counts, str(row.last_delivered))


def _consumer_row(row: ConsumerRow) -> tuple[str, ...]:
    ages = (_ago(row.idle_ms), _ago(row.inactive_ms))
    return (row.place.stream, row.group, row.name, str(row.pending), *ages)


def _lag_row(row: dict[str, Any]) -> tuple[str, ...]:
    ages = (milliseconds(row["oldest_waiting_ms"]), milliseconds(row["oldest_pending_ms"]))
    return (row["group"], row["of"], str(row["waiting"]), str(row["pending"]), *ages)


def _ago(ms: int | None) -> str:
    return "never" if ms is None else f"{milliseconds(ms)} ago"


def _as_object(row: Any) -> dict[str, Any]:
    if isinstance(row, dict):
        return row
    if isinstance(row, ConsumerRow):
        own = {"group": row.group, "consumer": row.name, "pending": row.pending}
        return {"stream": row.place.stream, **own, "idle_ms": row.idle_ms, "inactive_ms": row.inactive_ms}
    return {
        "stream": row.place.stream,
        "group": row.name,
        "consumers": row.consumers,
        "waiting": row.waiting,
        "pending": row.pending,
        "last_delivered": str(row.last_delivered),
        "oldest_waiting_ms": row.oldest_waiting_ms,
        "oldest_pending_ms": row.oldest_pending_ms,
    }


GROUPS = stream_command("groups", "List the consumer groups of all streams.", add_arguments, list_groups)
CONSUMERS = stream_command("consumers", "List consumers, and what they hold.", add_arguments, list_consumers)
LAG = stream_command("lag", "Show how far executors and projectors are behind.", add_arguments, lag)
