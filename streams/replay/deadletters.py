"""Dead letters: what was given up, kept to be looked at, run again or dropped."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from streams import keys
from streams.codec import MalformedFactError, decode, encode
from streams.facts import VERSION, Submission
from streams.jobid import Address, JobId, parse_job_id
from streams.ports import DeadLetter
from streams.position import Position
from streams.redis.context import pairs
from streams.redis.scripts import run_script
from streams.redis.wire import Wire
from streams.replay.layout import Layout

_decoder = msgspec.json.Decoder(DeadLetter)


@dataclass(frozen=True, slots=True)
class KeptLetter:
    """A dead letter, and the partition and field under which it lies."""

    partition: int
    field: str
    letter: DeadLetter

    def is_named(self, name: str) -> bool:
        """Whether who says `name` means this one: its job's id or address, its field, or its entry's position."""
        address = self.letter.job and str(parse_job_id(self.letter.job).address)
        return name in (self.letter.job, address, self.field, self.field.partition(" ")[2])


class NotASubmissionError(ValueError):
    """The dead letter holds no submission that could be run. The message says why."""


async def dead_letters(wire: Wire, layout: Layout) -> list[KeptLetter]:
    """All of them, the oldest first."""
    found = []
    for partition in range(layout.topology.partitions):
        answer = await wire.call("HGETALL", keys.dead_letters(partition))
        fields: Mapping[bytes, bytes] = answer if isinstance(answer, dict) else pairs(answer)
        found += [KeptLetter(partition, name.decode(), _decoder.decode(raw)) for name, raw in fields.items()]
    return sorted(found, key=lambda kept: (kept.letter.at, kept.field))


async def dead_letter(wire: Wire, partition: int, field: str) -> KeptLetter | None:
    """The one under that field."""
    raw = await wire.call("HGET", keys.dead_letters(partition), field)
    return None if raw is None else KeptLetter(partition, field, _decoder.decode(raw))


def submission_in(letter: DeadLetter) -> Submission:
    """The submission that was given up. Raises NotASubmissionError."""
    try:
        fact = decode({name.encode(): value.encode() for name, value in letter.fields.items()})
    except MalformedFactError as error:
        raise NotASubmissionError(f"it cannot be run again, it is no fact: {error}") from error
    if not isinstance(fact, Submission):
        raise NotASubmissionError(f"it cannot be run again, it is no submission but {type(fact).__name__}")
    return fact


async def retry(wire: Wire, kept: KeptLetter, submission: Submission) -> JobId | None:
    """Append `submission` and remove the dead letter, in one step. None: somebody else has taken it."""
    stream = keys.submissions(kept.partition, submission.language, submission.lane)
    arguments = (kept.field, VERSION, encode(submission))
    position = await run_script(wire, "retry", (keys.dead_letters(kept.partition), stream), arguments)
    if position is None:
        return None
    address = Address(kept.partition, submission.language, submission.lane, Position.parse(position))
    return JobId(address, submission.nonce)


async def drop(wire: Wire, kept: KeptLetter) -> bool:
    """Forget a dead letter; whether it was still there."""
    return bool(await wire.call("HDEL", keys.dead_letters(kept.partition), kept.field))
