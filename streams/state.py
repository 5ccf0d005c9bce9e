"""Job state as a fold over facts with their positions: a join, so order and repetition do not matter.

A fact becomes a few *slots*: a field, a rank, a payload. Joining keeps, for each field, the payload of the highest
(or lowest) rank. That rule is all that a store needs to know, so Redis applies it in a short Lua script, and any
number of projectors may apply the same facts in any order.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple, TypeVar, cast, get_args

import msgspec

from streams.codec import decode_fact, encode
from streams.facts import (
    AnyFact,
    Cancelled,
    CancelRequested,
    Ending,
    Finished,
    Lane,
    Limits,
    Lost,
    Origin,
    Started,
    Status,
    Submission,
    status_after,
)
from streams.jobid import Address, JobId
from streams.position import Position

RANK_SUFFIX = "@"
_NINES_COMPLEMENT = str.maketrans("0123456789", "9876543210")


class Slot(NamedTuple):
    """One field of a job's hash. With `payload` None the rank itself is the value, and no rank is kept beside it."""

    field: str
    keep: Literal["max", "min"]
    rank: str
    payload: bytes | None


class Accepted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What state keeps of a submission: all but the program and its input, which the stream has."""

    at: datetime
    language: str
    lane: Lane
    limits: Limits = Limits()
    account: str | None = None
    trace: dict[str, str] | None = None
    origin: Origin | None = None


_accepted_decoder = msgspec.json.Decoder(Accepted)
_STATUSES = get_args(Status)
T = TypeVar("T")


class JobState(msgspec.Struct, frozen=True):
    """A job as far as the facts in its hash tell. `attempts` counts those that started."""

    status: Status
    accepted: Accepted | None
    started: Started | None
    cancel_requested: CancelRequested | None
    ending: Ending | None
    attempts: int


def slots(fact: AnyFact, position: Position, spelled: bytes | None = None) -> tuple[Slot, ...]:
    """What `fact`, found at `position`, says about its job's state. `spelled`: its JSON, where that is at hand."""
    rank = position.rank
    match fact:
        case Submission():
            return (
                Slot("submission", "min", rank, encode_accepted(fact)),
                Slot("status", "max", "0", b"queued"),
            )
        case Started():
            return (
                Slot("started", "max", f"{fact.attempt:06d} {rank}", spelled or encode(fact)),
                Slot("attempts", "max", attempt_mark(fact), None),
                Slot("status", "max", "1", b"running"),
            )
        case CancelRequested():
            return (Slot("cancel_requested", "min", rank, spelled or encode(fact)),)
        case Finished() | Cancelled() | Lost():
            # Of several endings the first counts. The guard of the log never lets a second one in, but the fold
            # must be a join of whatever it is given.
            first_wins = "2" + rank.translate(_NINES_COMPLEMENT)
            return (
                Slot("ending", "min", rank, spelled or encode(fact)),
                Slot("ended", "min", rank, None),
                Slot("status", "max", first_wins, status_after(fact).encode()),
            )


def attempt_mark(started: Started) -> str:
    """What tells an attempt from all others, of the same executor too; it sorts by the attempt's number."""
    # As `isoformat` spells it, which takes seven times as long.
    at: str = msgspec.to_builtins(started.at)
    return f"{started.attempt:06d} {started.by} {at.replace('Z', '+00:00')}"


def join(fields: dict[str, bytes], slot: Slot) -> bool:
    """Join `slot` into a job's hash `fields`, in place; whether that changed anything. The Lua script does the same."""
    held = fields.get(slot.field if slot.payload is None else slot.field + RANK_SUFFIX)
    rank = slot.rank.encode()
    if held is not None and (held >= rank if slot.keep == "max" else held <= rank):
        return False
    if slot.payload is None:
        fields[slot.field] = rank
    else:
        fields[slot.field] = slot.payload
        fields[slot.field + RANK_SUFFIX] = rank
    return True


def fold(facts: Iterable[tuple[Position, AnyFact]]) -> dict[str, bytes]:
    """The hash of one job whose `facts` these are, each with its position, in any order."""
    fields: dict[str, bytes] = {}
    for position, fact in facts:
        for slot in slots(fact, position):
            join(fields, slot)
    return fields


def accepted(submission: Submission) -> Accepted:
    """What state keeps of `submission`."""
    return Accepted(
        at=submission.at,
        language=submission.language,
        lane=submission.lane,
        limits=submission.limits,
        account=submission.account,
        trace=submission.trace,
        origin=submission.origin,
    )


def accepted_at(address: Address) -> Accepted:
    """What an address alone tells of a submission, for a job whose submission can no longer be read."""
    at = datetime.fromtimestamp(address.position.ms / 1000, UTC)
    return Accepted(at=at, language=address.language, lane=address.lane)


def encode_accepted(submission: Submission) -> bytes:
    """The payload of the slot `submission`."""
    return msgspec.json.encode(accepted(submission))


def state_from_fields(fields: Mapping[str, bytes]) -> JobState:
    """The state that a job's hash holds. Raises ValueError when the hash was not written by a fold."""
    status = fields.get("status", b"queued").decode()
    if status not in _STATUSES:
        raise ValueError(f"a job's hash has the status {status!r}")
    submission = fields.get("submission")
    started, ending = _fact_in(fields, "started", Started), _ending_in(fields)
    return JobState(
        status=cast(Status, status),
        accepted=None if submission is None else _accepted_decoder.decode(submission),
        started=started,
        cancel_requested=_fact_in(fields, "cancel_requested", CancelRequested),
        ending=ending,
        attempts=_attempts(started, ending),
    )


def _attempts(started: Started | None, ending: Ending | None) -> int:
    """How many attempts these facts know of: those that a client sees beside the count, not the log's guard."""
    said = ending.attempts if isinstance(ending, Lost) else 0 if ending is None else ending.attempt
    return max(said, 0 if started is None else started.attempt)


def without_submission(job: JobId, fields: Mapping[str, bytes]) -> JobState | None:
    """The state of a job whose submission cannot be read: known only once events tell of it."""
    if not fields:
        return None
    return msgspec.structs.replace(state_from_fields(fields), accepted=accepted_at(job.address))


def _fact_in(fields: Mapping[str, bytes], name: str, kind: type[T]) -> T | None:
    raw = fields.get(name)
    if raw is None:
        return None
    fact = decode_fact(raw)
    if not isinstance(fact, kind):
        raise ValueError(f"a job's hash has a {type(fact).__name__} in {name}")
    return fact


def _ending_in(fields: Mapping[str, bytes]) -> Ending | None:
    return _fact_in(fields, "ending", Finished | Cancelled | Lost)  # type: ignore[arg-type]
