"""What a running job has written so far, as those who listen get it: marks, entries, and the cut between characters.

A mark is a place in a job's output, and the entry id of the output stream: `<attempt>-<stdout bytes << 32 | stderr
bytes>`. It grows with every entry, so Redis itself refuses what an executor that lost the job still writes, and it says
by itself what a listener has: the rest can be told from the stream while that lives, and from the job's result later.
"""

import codecs
import re
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from streams.facts import Text
from streams.text import bytes_from_text

OutputName: TypeAlias = Literal["stdout", "stderr"]

_BITS = 32
_MOST = (1 << _BITS) - 1
_LARGEST_ID = (1 << 64) - 1
_SPELLED = re.compile(r"([0-9]{1,9})-([0-9]{1,20})")


class Mark(NamedTuple):
    """A place in the output of an attempt: how many bytes of each stream come before it."""

    attempt: int
    stdout: int = 0
    stderr: int = 0

    def __str__(self) -> str:
        return f"{self.attempt}-{self.stdout << _BITS | self.stderr}"

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """The mark that `text` spells. Raises ValueError when it is none."""
        match = _SPELLED.fullmatch(text)
        if match is None or int(match[2]) > _LARGEST_ID:
            raise ValueError(f"{text[:64]!r} is no place in an output")
        return cls(int(match[1]), int(match[2]) >> _BITS, int(match[2]) & _MOST)

    def of(self, name: OutputName) -> int:
        """How many bytes of that stream come before this place."""
        return self.stdout if name == "stdout" else self.stderr

    def moved(self, name: OutputName, size: int) -> "Mark":
        """The place `size` bytes later in that stream."""
        if name == "stdout":
            return self._replace(stdout=self.stdout + size)
        return self._replace(stderr=self.stderr + size)


NOWHERE = Mark(0)
"""Before everything."""


def end_of(attempt: int) -> Mark:
    """The place after everything, the verdict included."""
    return Mark(attempt, _MOST, _MOST)


class Began(NamedTuple):
    """The attempt that `mark` names has begun: whatever was told of an earlier one counts no more."""

    mark: Mark
    at: datetime


class Chunk(NamedTuple):
    """Bytes that the program wrote, whole characters as far as there are any; `mark` is the place after them."""

    mark: Mark
    name: OutputName
    content: bytes


Output: TypeAlias = Began | Chunk


def whole_characters(content: bytes | bytearray) -> int:
    """How many bytes come before a character at the very end of which the rest is missing.

    Cut there, pieces that are decoded one by one (with U+FFFD for what is no UTF-8) make the text of the whole.
    """
    return codecs.utf_8_decode(content, "replace", False)[1]


def rest_of(text: Text | None, told: int) -> bytes:
    """What of a result's stream comes after the first `told` bytes."""
    return b"" if text is None else bytes_from_text(text)[told:]


def fields_of(output: Output) -> tuple[str, str | bytes]:
    """The one field of an entry in the output stream, readable with `redis-cli XRANGE`: its name and its value."""
    if isinstance(output, Began):
        return "running", output.at.isoformat()
    return output.name, output.content


def output_of(entry_id: bytes, name: bytes, value: bytes) -> Output:
    """What an entry of an output stream says. Raises ValueError when it is none."""
    mark = Mark.parse(entry_id.decode())
    if name == b"running":
        return Began(mark, datetime.fromisoformat(value.decode()))
    if name == b"stdout":
        return Chunk(mark, "stdout", value)
    if name == b"stderr":
        return Chunk(mark, "stderr", value)
    raise ValueError(f"{name!r} is no entry of an output stream")
