"""Job ids: opaque to clients, but they contain where the submission lies and 64 bits that nobody can guess.

Whoever holds the id of an anonymous job reads the job. So what people besides its owner read - logs, traces, what a
runner is told - names a job by its address, which leads to it in the streams and to nothing over HTTP.
"""

import base64
import re
import struct
from functools import cached_property
from typing import cast

import msgspec

from streams.facts import Lane, LaneClass
from streams.position import Position

_LAYOUT = struct.Struct(">BHBBQI8s")  # format, partition, lane class, lane number, ms, seq, nonce
_FORMAT = 1
_CLASSES: tuple[LaneClass, ...] = ("interactive", "batch")
_LANGUAGE = re.compile(r"[a-z][a-z0-9+#.-]{0,31}")
_NONCE = re.compile(r"[0-9a-f]{16}")
_LONGEST = 96
_ADDRESS = re.compile(
    r"(0|[1-9][0-9]{0,4}):([a-z][a-z0-9+#.-]{0,31}):(interactive|batch)-(0|[1-9][0-9]{0,2}):([0-9]+-[0-9]+)"
)
_WITHIN_TEXT = re.compile(r"A[Q-Za-f][A-Za-z0-9_-]{33,}")  # an id has at least 26 bytes, the first of which is _FORMAT
_OF_PLACE = 22  # of an id's characters; the next begins the nonce


class Address(msgspec.Struct, frozen=True):
    """Where a submission lies: its stream (partition, language, lane) and its position there.

    Its text, `0:python:interactive-2:1790000000000-0`, is what logs call the job.
    """

    partition: int
    language: str
    lane: Lane
    position: Position

    def __str__(self) -> str:
        return f"{self.partition}:{self.language}:{self.lane}:{self.position}"


class JobId(msgspec.Struct, frozen=True, dict=True):
    """A job's name. `nonce` is 16 hex digits, which the submission holds too; both must agree."""

    address: Address
    nonce: str

    def __str__(self) -> str:
        return self._text

    @cached_property  # each step on a job's way spells its id
    def _text(self) -> str:
        packed = _LAYOUT.pack(
            _FORMAT,
            self.address.partition,
            _CLASSES.index(self.address.lane.kind),
            self.address.lane.number,
            self.address.position.ms,
            self.address.position.seq,
            bytes.fromhex(self.nonce),
        )
        return base64.urlsafe_b64encode(packed + self.address.language.encode()).rstrip(b"=").decode()


def is_language(name: str) -> bool:
    """Whether `name` can be a language's name: it becomes part of key names."""
    return _LANGUAGE.fullmatch(name) is not None


def is_nonce(text: str) -> bool:
    """Whether `text` is 64 bits as hex digits."""
    return _NONCE.fullmatch(text) is not None


def partition_of(text: str) -> int:
    """The partition in an id that a fact names: cheaper than the whole. Raises ValueError for what can be no id."""
    partition: int = _LAYOUT.unpack_from(_packed(text))[1]
    return partition


def nonce_of(text: str) -> str:
    """The nonce in an id that a fact names, likewise. Raises ValueError for what can be no id."""
    nonce: bytes = _LAYOUT.unpack_from(_packed(text))[-1]
    return nonce.hex()


def parse_job_id(text: str) -> JobId:
    """The id that `text` spells. Raises ValueError for every text that `str(JobId)` never gives."""
    packed = _packed(text)
    form, partition, kind, number, ms, seq, nonce = _LAYOUT.unpack_from(packed)
    language = packed[_LAYOUT.size :].decode("ascii")
    if form != _FORMAT or kind >= len(_CLASSES) or not is_language(language):
        raise ValueError("not a job id")
    job = JobId(Address(partition, language, Lane(_CLASSES[kind], number), Position(ms, seq)), nonce.hex())
    if str(job) != text:  # base64 has several spellings of the same bytes; an id has one
        raise ValueError("not a job id")
    return job


def parse_address(text: str) -> Address:
    """The address that `text` spells. Raises ValueError for every text that `str(Address)` never gives."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError("not the address of a job")
    partition, language, kind, number, position = match.groups()
    address = Address(int(partition), language, Lane(cast(LaneClass, kind), int(number)), Position.parse(position))
    if str(address) != text:  # a position with zeros before it
        raise ValueError("not the address of a job")
    return address


def without_ids(text: str) -> str:
    """`text` with the address of each job whose whole id is in it; what only looks like an id is cut short."""
    return _WITHIN_TEXT.sub(_address_instead, text)


def _address_instead(match: re.Match[str]) -> str:
    try:
        return str(parse_job_id(match[0]).address)
    except ValueError:
        return f"{match[0][:_OF_PLACE]}…"


def _packed(text: str) -> bytes:
    if len(text) > _LONGEST or not text.isascii():
        raise ValueError("not a job id")
    packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(packed) <= _LAYOUT.size:
        raise ValueError("not a job id")
    return packed
