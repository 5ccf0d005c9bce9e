"""The lines of an export: JSON, one thing each, in the order in which an import needs them."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from streams.facts import Text
from streams.text import bytes_from_text, text_from_bytes

FORMAT = 1


class Line(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """What all lines have: a `kind`."""


class Header(Line, frozen=True, kw_only=True, omit_defaults=True, tag="codeportal export"):
    """The first line. Times are milliseconds since the epoch, None for an open end. `archived`: an archive is kept, for
    which trimming waits.
    """

    format: int
    exported_at: int
    partitions: int
    lanes: int
    languages: tuple[tuple[str, ...], ...]  # by partition
    since: int | None = None
    until: int | None = None
    archived: bool = False


class GroupLine(Line, frozen=True, kw_only=True, tag="group"):
    """A consumer group of a stream, before the entries: none of those that it was given is given again."""

    stream: str
    name: str
    last_delivered: str
    entries_read: int | None
    consumers: tuple[str, ...]


class EntryLine(Line, frozen=True, kw_only=True, tag="entry"):
    """An entry, under its own id."""

    stream: str
    id: str
    fields: tuple[tuple[Text, Text], ...]


class StreamLine(Line, frozen=True, kw_only=True, tag="stream"):
    """What a stream says of itself, after its entries."""

    stream: str
    last_id: str
    added: int


class PendingLine(Line, frozen=True, kw_only=True, tag="pending"):
    """An entry that a consumer holds, since when (ms since the epoch), and how often it was delivered."""

    stream: str
    group: str
    id: str
    consumer: str
    since: int
    deliveries: int


class HashLine(Line, frozen=True, kw_only=True, tag="hash"):
    """A hash that the streams do not give: an outlived job's, dead letters, an idempotency key, a job's shares."""

    key: str
    fields: tuple[tuple[Text, Text], ...]
    expires_at: int | None = None  # ms since the epoch; None: never


class SetLine(Line, frozen=True, kw_only=True, tag="set"):
    """A set: the jobs to cancel."""

    key: str
    members: tuple[str, ...]


class End(Line, frozen=True, kw_only=True, tag="end"):
    """The last line: without it the file is cut off."""

    lines: int


AnyLine: TypeAlias = Header | GroupLine | EntryLine | StreamLine | PendingLine | HashLine | SetLine | End

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyLine] = msgspec.json.Decoder(AnyLine)


class DamagedExportError(ValueError):
    """The file is no export, or not all of one. The message is for the user."""


def encode_line(line: AnyLine) -> bytes:
    """The line with its line feed."""
    return _encoder.encode(line) + b"\n"


def decode_line(raw: bytes, number: int) -> AnyLine:
    """The line that `raw` spells. Raises DamagedExportError, naming the line's number."""
    try:
        return _decoder.decode(raw)
    except msgspec.DecodeError as error:
        raise DamagedExportError(f"line {number} is no line of an export: {error}") from error


def pairs_of(fields: Mapping[bytes, bytes]) -> tuple[tuple[Text, Text], ...]:
    """Fields of an entry or a hash, which may be any bytes, in their order."""
    return tuple((text_from_bytes(name), text_from_bytes(value)) for name, value in fields.items())


def flat(fields: tuple[tuple[Text, Text], ...]) -> list[bytes]:
    """`[name, value, name, value]`, as Redis takes them."""
    return [bytes_from_text(part) for pair in fields for part in pair]
