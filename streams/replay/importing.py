"""Loading an export into an empty instance, so that nothing of it runs again by arriving."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from streams import keys
from streams.ports import Topology
from streams.redis.link import Argument
from streams.redis.scripts import run_script
from streams.redis.wire import Wire
from streams.replay.layout import Layout
from streams.replay.lines import (
    FORMAT,
    AnyLine,
    DamagedExportError,
    End,
    EntryLine,
    GroupLine,
    HashLine,
    Header,
    PendingLine,
    SetLine,
    StreamLine,
    decode_line,
    flat,
)
from streams.replay.rebuild import Progress, Rebuilt, rebuild

_AT_ONCE = 200
_AT_ONCE_BYTES = 4 << 20
_DEADLINE = 30.0
Command = tuple[Argument, ...]


class NotEmptyError(Exception):
    """The instance has jobs or actors of its own. The message says what to do."""


@dataclass
class Imported:
    """How many lines of each kind there were, what the rebuild at the end made, and whether trimming waits for an
    archive now.
    """

    entries: int
    pending: int
    rebuilt: Rebuilt
    archived: bool


async def import_lines(
    wire: Wire, lines: Iterable[bytes], job_ttl: timedelta, progress: Progress = lambda _read, _all: None
) -> Imported:
    """Load an export and make its hashes. Raises NotEmptyError, DamagedExportError.

    Groups are made before their entries, where they were: an entry that they were given is not given again.
    """
    numbered = enumerate(lines, start=1)
    header = _header(next(numbered, (1, b""))[1])
    await _check_empty(wire)
    await _agree(wire, header)
    loader = _Loader(wire)
    ended = False
    for number, raw in numbered:
        line = decode_line(raw, number)
        if ended:
            raise DamagedExportError(f"line {number} follows the end")
        if isinstance(line, End):
            if line.lines != number:
                raise DamagedExportError(f"{line.lines} lines were exported, {number} are here")
            ended = True
        else:
            await loader.load(line)
            if number % 1000 == 0:
                progress(number, 0)
    await loader.flush()
    if not ended:
        raise DamagedExportError("the file is cut off: its end is missing")
    return Imported(loader.entries, loader.pending, await rebuild(wire, job_ttl, progress), header.archived)


def _header(raw: bytes) -> Header:
    line = decode_line(raw, 1)
    if not isinstance(line, Header):
        raise DamagedExportError("line 1 is not the header of an export")
    if line.format != FORMAT:
        raise DamagedExportError(f"format {line.format}; this release reads format {FORMAT}")
    return line


async def _check_empty(wire: Wire) -> None:
    actors = await run_script(wire, "actors", (keys.ACTORS,), ())
    if actors:
        raise NotEmptyError(
            f"{len(actors)} actors work on this Redis and would run what waits in the export; stop them, or give an"
            " instance of its own (a redis-server on another port, or another REDIS_DB)"
        )
    cursor = b"0"
    while True:
        cursor, names = await wire.call("SCAN", cursor, "MATCH", "sandbox:{*", "COUNT", 1000)
        for name in names:
            if await _is_used(wire, name):
                raise NotEmptyError(
                    f"the instance is not empty: it has {name.decode(errors='replace')}; import into an empty one"
                )
        if cursor == b"0":
            return


async def _is_used(wire: Wire, name: bytes) -> bool:
    """Streams that actors have made and nobody has written to, and the names of languages, are no contents."""
    if name.endswith(b":languages"):
        return False
    if await wire.call("TYPE", name) != b"stream":
        return True
    return bool(await wire.call("XLEN", name))


async def _agree(wire: Wire, header: Header) -> None:
    await wire.call("DEL", keys.TOPOLOGY)
    await wire.call("HSET", keys.TOPOLOGY, "partitions", header.partitions, "lanes", header.lanes)
    for partition, names in enumerate(header.languages):
        if names:
            await wire.call("SADD", keys.languages(partition), *names)
    if header.archived:  # what the archive lacks is not trimmed here either; `codeportal archive off` has it be
        await wire.call("SET", keys.ARCHIVED, "on")
    layout = Layout(Topology(header.partitions, header.lanes), header.languages)
    for place in layout.places():
        await wire.call("DEL", place.stream)


class _Loader:
    """Turns lines into commands, many on their way at once; Redis keeps their order."""

    def __init__(self, wire: Wire) -> None:
        self.entries = 0
        self.pending = 0
        self._wire = wire
        self._commands: list[Command] = []
        self._size = 0
        self._loaded: Counter[str] = Counter()
        self._groups: defaultdict[str, list[GroupLine]] = defaultdict(list)

    async def load(self, line: AnyLine) -> None:
        for command in self._commands_of(line):
            self._commands.append(command)
            self._size += sum(len(part) for part in command if isinstance(part, bytes))
        if len(self._commands) >= _AT_ONCE or self._size >= _AT_ONCE_BYTES:
            await self.flush()

    async def flush(self) -> None:
        commands, self._commands, self._size = self._commands, [], 0
        await asyncio.gather(*(self._wire.call(*command, deadline=_DEADLINE) for command in commands))

    def _commands_of(self, line: AnyLine) -> list[Command]:
        match line:
            case GroupLine():
                self._groups[line.stream].append(line)
                return _group(line)
            case EntryLine():
                self.entries += 1
                self._loaded[line.stream] += 1
                return [("XADD", line.stream, line.id, *flat(line.fields))]
            case StreamLine():
                return self._stream(line)
            case PendingLine():
                self.pending += 1
                return [_claim(line)]
            case HashLine():
                expiry: list[Command] = [("PEXPIREAT", line.key, line.expires_at)] if line.expires_at else []
                return [("HSET", line.key, *flat(line.fields)), *expiry, *_links(line)]
            case SetLine():
                return [("SADD", line.key, *line.members)]
        raise DamagedExportError("a second header")

    def _stream(self, line: StreamLine) -> list[Command]:
        """A stream that a flush began anew counts from there, and comes with what the archive had of before: Redis
        wants all of it counted, and so it is counted as read by its groups.
        """
        before = max(0, self._loaded[line.stream] - line.added)
        count: Command = ("XSETID", line.stream, line.last_id, "ENTRIESADDED", line.added + before)
        groups: list[Command] = [
            *(
                ("XGROUP", "SETID", line.stream, group.name, group.last_delivered, "ENTRIESREAD", read + before)
                for group in self._groups[line.stream]
                if before and (read := group.entries_read) is not None
            )
        ]
        return [count, *groups]


def _links(line: HashLine) -> list[Command]:
    """Of a job's shares: a link knows no place, so each leads back from a key of its own."""
    _, shares, job = line.key.partition("}:shares:")
    if not shares:
        return []
    expiry = () if line.expires_at is None else ("PXAT", line.expires_at)
    return [("SET", keys.share(digest.decode()), job, *expiry) for digest in flat(line.fields)[::2]]


def _group(line: GroupLine) -> list[Command]:
    read = () if line.entries_read is None else ("ENTRIESREAD", line.entries_read)
    create: Command = ("XGROUP", "CREATE", line.stream, line.name, line.last_delivered, "MKSTREAM", *read)
    consumers: list[Command] = [
        ("XGROUP", "CREATECONSUMER", line.stream, line.name, consumer) for consumer in line.consumers
    ]
    return [create, *consumers]


def _claim(line: PendingLine) -> Command:
    claim = ("XCLAIM", line.stream, line.group, line.consumer, 0, line.id)
    return (*claim, "TIME", line.since, "RETRYCOUNT", line.deliveries, "FORCE", "JUSTID")
