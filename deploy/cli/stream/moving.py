"""`codeportal export FILE`, `codeportal import FILE`: a log as a file, to be loaded elsewhere."""

import argparse
import gzip
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from deploy.cli.command import UsageError
from deploy.cli.stream.access import Access, stream_command
from deploy.cli.stream.moments import FORMS, moment
from deploy.cli.stream.rebuilding import bar
from deploy.cli.terminal import Progress, say
from streams.replay.exporting import export_lines
from streams.replay.importing import import_lines
from streams.replay.lines import DamagedExportError, End, encode_line


def add_export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="what to write (compressed, mode 0600); - is standard output")
    parser.add_argument(
        "--from",
        dest="since",
        metavar="TIME",
        type=moment,
        help=f"entries from here on: {FORMS}; what was trimmed comes from the archive",
    )
    parser.add_argument("--to", dest="until", metavar="TIME", type=moment, help="entries up to here")
    parser.add_argument("--json", action="store_true", help="plain JSON Lines, not compressed")


def add_import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="what `export` wrote, compressed or not; - is standard input")
    parser.add_argument("--json", action="store_true", help="the result as one JSON object")


async def export(access: Access) -> int:
    """Write all lines."""
    arguments, progress, lines = access.arguments, Progress(sys.stderr), 0
    with _written(arguments.file, compressed=not arguments.json) as file:
        async for line in export_lines(
            access.wire, arguments.since, arguments.until, bar(progress), await access.archive()
        ):
            lines += 1
            file.write(encode_line(line))
        file.write(encode_line(End(lines=lines + 1)))
    progress.clear()
    say(f"{lines + 1} lines exported; they hold programs, inputs and outputs: keep them as you keep the Redis")
    return 0


async def load(access: Access) -> int:
    """Load a file into an empty Redis."""
    progress = Progress(sys.stderr)
    with _read(access.arguments.file) as lines:
        imported = await import_lines(access.wire, lines, access.target.streams.job_ttl, bar(progress))
    progress.clear()
    jobs = sum(imported.rebuilt.outcomes.values())
    if access.arguments.json:
        counts = {"entries": imported.entries, "pending": imported.pending, "jobs": jobs}
        print(json.dumps({**counts, "archived": imported.archived}))
    else:
        print(
            f"{imported.entries} entries, {imported.pending} of them held by consumers; the state of {jobs} jobs made"
        )
        if imported.rebuilt.outcomes["expired"]:
            print(f"{imported.rebuilt.outcomes['expired']} are past JOB_TTL: set JOB_TTL to see them, say 8760h")
        if imported.archived:
            print("trimming waits for an archive, as where this comes from; `codeportal archive off` ends that")
    return 0


@contextmanager
def _written(name: str, *, compressed: bool) -> Iterator[BinaryIO]:
    """A file that is there only when it is whole."""
    if name == "-":
        with _packed(sys.stdout.buffer, compressed) as file:
            yield file
        return
    target = Path(name)
    draft = target.with_name(target.name + ".part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as raw, _packed(raw, compressed) as file:
            yield file
        draft.replace(target)
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _packed(raw: BinaryIO, compressed: bool) -> Iterator[BinaryIO]:
    if not compressed:
        yield raw
        return
    with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=5, filename="") as packed:
        yield cast(BinaryIO, packed)


@contextmanager
def _read(name: str) -> Iterator[Iterator[bytes]]:
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as raw:
            buffered = cast("BinaryIO", raw)
            if buffered.peek(2)[:2] == b"\x1f\x8b":  # type: ignore[attr-defined]  # both are buffered readers
                with gzip.GzipFile(fileobj=buffered) as packed:
                    yield _lines(cast(BinaryIO, packed))
            else:
                yield iter(buffered)
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror or error}") from error


def _lines(packed: BinaryIO) -> Iterator[bytes]:
    try:
        yield from packed
    except (EOFError, gzip.BadGzipFile) as error:
        raise DamagedExportError(f"the file is cut off or damaged: {error}") from error


EXPORT = stream_command(
    "export",
    "Write all streams, or a time range of them, to a file: entries, groups, what consumers hold.",
    add_export_arguments,
    export,
    epilog="Read-only. Each partition is as of one moment.",
)
IMPORT = stream_command(
    "import",
    "Load an export into an empty Redis and make its state; nothing of it runs again by arriving.",
    add_import_arguments,
    load,
    epilog="Writes. An instance with jobs, or with actors that would run what waits, is refused.",
)
