"""Positions of entries in a stream: Redis entry ids, as comparable values."""

from typing import NamedTuple

_MS_DIGITS, _SEQ_DIGITS = 15, 10


class Position(NamedTuple):
    """An entry id: milliseconds since the epoch (UTC) and a sequence number within that millisecond."""

    ms: int
    seq: int

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"

    @property
    def rank(self) -> str:
        """A text that sorts as the position does (entry ids do not: `5-10` < `5-9` as text)."""
        return f"{self.ms:015d}-{self.seq:010d}"

    @classmethod
    def parse(cls, text: str | bytes) -> "Position":
        """The position that an entry id spells. Raises ValueError when it is none."""
        ms, _, seq = (text if isinstance(text, bytes) else text.encode()).partition(b"-")
        # (Of bytes, `isdigit` is true for ASCII digits only.)
        if not (ms.isdigit() and seq.isdigit() and len(ms) <= _MS_DIGITS and len(seq) <= _SEQ_DIGITS):
            raise ValueError(f"{text!r} is not a stream entry id")
        return cls(int(ms), int(seq))

    @classmethod
    def from_rank(cls, rank: str | bytes) -> "Position":
        """The position whose rank that is."""
        ms, seq = (rank.decode("ascii") if isinstance(rank, bytes) else rank).split("-")
        return cls(int(ms), int(seq))

    def next(self) -> "Position":
        """The smallest position after this one."""
        return Position(self.ms, self.seq + 1)


ORIGIN = Position(0, 0)
