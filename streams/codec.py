"""Facts as stream entries: a field `v` with the version and a field `fact` with JSON, readable with `redis-cli`."""

from collections.abc import Mapping

import msgspec

from streams.facts import VERSION, AnyFact

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyFact] = msgspec.json.Decoder(AnyFact)


class MalformedFactError(ValueError):
    """The entry is no fact: it goes to the dead letter."""


class UnknownVersionError(Exception):
    """The entry was written by a newer release: it is left alone, and its reader stops."""


def encode(fact: AnyFact) -> bytes:
    """The JSON of `fact`."""
    return _encoder.encode(fact)


def entry_fields(fact: AnyFact) -> dict[bytes, bytes]:
    """The fields of the stream entry that holds `fact`."""
    return {b"v": str(VERSION).encode(), b"fact": encode(fact)}


def decode(fields: Mapping[bytes, bytes]) -> AnyFact:
    """The fact in a stream entry.

    Raises UnknownVersionError for a version that is a number other than ours, MalformedFactError for all else.
    """
    version = fields.get(b"v", b"")
    if not version.isdigit():
        raise MalformedFactError(f"field v is {version!r}, not a version number")
    if int(version) != VERSION:
        raise UnknownVersionError(f"version {int(version)}; this release reads version {VERSION}")
    return decode_fact(fields.get(b"fact", b""))


def decode_fact(raw: bytes) -> AnyFact:
    """The fact that the JSON `raw` spells. Raises MalformedFactError."""
    try:
        return _decoder.decode(raw)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise MalformedFactError(str(error)) from error
