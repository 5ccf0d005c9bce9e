"""Actors' reports as they are written down."""

from collections.abc import Iterable, Iterator

import msgspec

from streams.ports import ActorReport

_decoder = msgspec.json.Decoder(ActorReport)


def write_report(report: ActorReport) -> bytes:
    """`report` as JSON; what has its default is left out."""
    return msgspec.json.encode(report)


def read_reports(raws: Iterable[bytes]) -> Iterator[ActorReport]:
    """Those that this release can read. Others are of actors of a newer one, which is being rolled out beside us:
    whoever looks for who is there does without them, and must not end for them.
    """
    for raw in raws:
        try:
            yield _decoder.decode(raw)
        except msgspec.DecodeError:
            continue
