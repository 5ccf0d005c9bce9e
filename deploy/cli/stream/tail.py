"""`codeportal tail`: the facts as they happen, one line each."""

import argparse
import json
import sys

from deploy.cli.command import UsageError
from deploy.cli.stream.access import Access, stream_command
from deploy.cli.stream.filters import Filter, add_filters
from deploy.cli.stream.words import as_json, line
from deploy.cli.terminal import say
from streams.position import Position
from streams.replay.following import follow, last_positions
from streams.replay.reading import LAST, Entry, read_backwards
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
    wanted, places = Filter.of(arguments, access.wire), (await access.layout()).places()
    last = await last_positions(access.wire, places)
    forwards = arguments.since is not None or arguments.after is not None
    page = await (_first_page(access, wanted) if forwards else _last_page(access, wanted, last))
    for fact in page:
        _show(fact, arguments.json)
    if arguments.follow:
        if forwards and page:  # the page may have ended before the present
            last = dict.fromkeys(last, page[-1].position)
        async for batch in follow(access.another_wire(), last):
            for entry in batch:
                fact = recorded(entry)
                if await wanted.wants(fact):
                    _show(fact, arguments.json)
            sys.stdout.flush()
    elif forwards and len(page) == arguments.limit:
        say(f"there may be more: --after {page[-1].position}/{page[-1].stream}")
    return 0


async def _first_page(access: Access, wanted: Filter) -> list[Recorded]:
    arguments = access.arguments
    cursor = arguments.after
    since = Position(arguments.since, 0) if cursor is None else cursor[0]
    until = LAST if arguments.until is None else Position(arguments.until, LAST.seq)
    places = (await access.layout()).places()
    page: list[Recorded] = []
    async for batch in (await access.past()).entries(places, since, until):
        for entry in batch:
            if cursor is not None and (entry.position, entry.place.stream) <= cursor:
                continue
            if await _take(entry, wanted, page) == arguments.limit:
                return page
    return page


async def _last_page(access: Access, wanted: Filter, last: dict[str, Position]) -> list[Recorded]:
    arguments = access.arguments
    places = (await access.layout()).places()
    until = Position(arguments.until, LAST.seq) if arguments.until is not None else LAST
    ends = {stream: min(position, until) for stream, position in last.items()}
    page: list[Recorded] = []
    async for batch in read_backwards(access.wire, places, ends):
        for entry in batch:
            if await _take(entry, wanted, page) == arguments.limit:
                return page[::-1]
    return page[::-1]


async def _take(entry: Entry, wanted: Filter, page: list[Recorded]) -> int:
    fact = recorded(entry)
    if await wanted.wants(fact):
        page.append(fact)
    return len(page)


def _cursor(text: str) -> tuple[Position, str]:
    position, _, stream = text.partition("/")
    try:
        return Position.parse(position), stream
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no cursor: take what the page before ended with") from error


def _show(fact: Recorded, whole: bool) -> None:
    print(json.dumps(as_json(fact), ensure_ascii=False, default=str) if whole else line(fact))


TAIL = stream_command(
    "tail", "Show the facts as they happen, one line each.", add_arguments, tail, epilog="Read-only, past all groups."
)
