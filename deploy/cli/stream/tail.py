"""`codeportal tail`: the facts as they happen, one line each."""

import argparse
import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence

from deploy.cli.command import UsageError
from deploy.cli.stream.access import Access, stream_command
from deploy.cli.stream.filters import Filter, add_filters
from deploy.cli.stream.words import as_json, line
from deploy.cli.terminal import say
from streams.position import ORIGIN, Position
from streams.replay.following import follow, last_positions
from streams.replay.layout import Place
from streams.replay.past import Past
from streams.replay.reading import LAST, Entry
from streams.replay.recorded import Recorded, recorded


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-f", "--follow", action="store_true", help="go on with what is being written, until Ctrl-C")
    parser.add_argument("--json", action="store_true", help="one JSON object per line, the whole fact in it")
    parser.add_argument("--after", metavar="CURSOR", type=_cursor, help="the next page: what the last one ended with")
    add_filters(parser, 20)


async def tail(access: Access) -> int:
    """Print the last facts, or the first ones from --from or --after on; then follow, if asked."""
    arguments = access.arguments
    if arguments.follow and arguments.until is not None:
        raise UsageError("--follow has no end, so it does not go with --to")
    past = await access.past()
    wanted, places = Filter.of(arguments, past), (await past.layout()).places()
    last = await last_positions(access.wire, places)
    forwards = arguments.since is not None or arguments.after is not None
    reading = _forwards(past, places, arguments) if forwards else _backwards(past, places, last, arguments)
    page = await _page(reading, wanted, arguments.limit)
    page = page if forwards else page[::-1]
    for fact in page:
        _show(fact, arguments.json)
    if arguments.follow:
        if forwards:  # the page may have ended before the present, in the archive even, which cannot be followed
            for fact in page:
                last[fact.stream] = max(last.get(fact.stream, ORIGIN), fact.position)
            async for entry in reading:
                last[entry.place.stream] = max(last.get(entry.place.stream, ORIGIN), entry.position)
                await _show_wanted(entry, wanted, arguments.json)
            sys.stdout.flush()
        async for batch in follow(access.another_wire(), last):
            for entry in batch:
                await _show_wanted(entry, wanted, arguments.json)
            sys.stdout.flush()
    elif forwards and len(page) == arguments.limit:
        say(f"there may be more: --after {page[-1].position}/{page[-1].stream}")
    return 0


async def _forwards(past: Past, places: Sequence[Place], arguments: argparse.Namespace) -> AsyncIterator[Entry]:
    cursor = arguments.after
    since = Position(arguments.since, 0) if cursor is None else cursor[0]
    async for batch in past.entries(places, since, _end(arguments)):
        for entry in batch:
            if cursor is None or (entry.position, entry.place.stream) > cursor:
                yield entry


async def _backwards(
    past: Past, places: Sequence[Place], last: Mapping[str, Position], arguments: argparse.Namespace
) -> AsyncIterator[Entry]:
    async for batch in past.entries_back(places, last, _end(arguments)):
        for entry in batch:
            yield entry


def _end(arguments: argparse.Namespace) -> Position:
    return LAST if arguments.until is None else Position(arguments.until, LAST.seq)


async def _page(entries: AsyncIterator[Entry], wanted: Filter, limit: int) -> list[Recorded]:
    page: list[Recorded] = []
    async for entry in entries:
        fact = recorded(entry)
        if await wanted.wants(fact):
            page.append(fact)
        if len(page) == limit:
            break
    return page


def _cursor(text: str) -> tuple[Position, str]:
    position, _, stream = text.partition("/")
    try:
        return Position.parse(position), stream
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no cursor: take what the page before ended with") from error


async def _show_wanted(entry: Entry, wanted: Filter, whole: bool) -> None:
    fact = recorded(entry)
    if await wanted.wants(fact):
        _show(fact, whole)


def _show(fact: Recorded, whole: bool) -> None:
    print(json.dumps(as_json(fact), ensure_ascii=False, default=str) if whole else line(fact))


TAIL = stream_command(
    "tail", "Show the facts as they happen, one line each.", add_arguments, tail, epilog="Read-only, past all groups."
)
