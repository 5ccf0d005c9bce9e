"""Stream entries as claims, as projectable facts, or as what is neither."""

from collections.abc import Mapping

from streams import keys
from streams.codec import MalformedFactError, UnknownVersionError, decode
from streams.facts import Cancelled, Finished, Lost, Submission
from streams.jobid import Address, JobId, is_nonce, partition_of
from streams.ports import BadEntry, Claim, Projectable
from streams.position import Position
from streams.quotas import cpu_spent
from streams.state import slots


def claim_of(address: Address, fields: Mapping[bytes, bytes]) -> Claim | BadEntry:
    """The claim that a claimed entry of a submissions stream is. Raises UnknownVersionError."""
    try:
        return Claim(*_submission(address, fields))
    except MalformedFactError as error:
        return BadEntry(keys.stream_of(address), address, address.position, _shown(fields), str(error))


def trace_of(address: Address, fields: Mapping[bytes, bytes] | None) -> dict[str, str] | None:
    """The trace that the entry of a submission is part of; None also for what cannot be read."""
    try:
        claim = None if fields is None else claim_of(address, fields)
    except UnknownVersionError:
        return None
    return claim.submission.trace if isinstance(claim, Claim) else None


def submission_entry(address: Address, fields: Mapping[bytes, bytes]) -> Projectable | BadEntry:
    """An entry of a submissions stream, for projection. Raises UnknownVersionError."""
    claim = claim_of(address, fields)
    if isinstance(claim, BadEntry):
        return claim
    return Projectable(
        keys.stream_of(address),
        address.partition,
        address.position,
        str(claim.job),
        slots(claim.submission, address.position),
    )


def event_entry(
    stream: str, partition: int, position: Position, fields: Mapping[bytes, bytes]
) -> Projectable | BadEntry:
    """An entry of an events stream, for projection. Raises UnknownVersionError."""
    try:
        fact = decode(fields)
        if isinstance(fact, Submission):
            raise MalformedFactError("a submission in an events stream")
        if _partition_of(fact.job) != partition:
            raise MalformedFactError(f"{fact.job!r} is no job of partition {partition}")
    except MalformedFactError as error:
        return BadEntry(stream, None, position, _shown(fields), str(error))
    trace = fact.trace if isinstance(fact, Finished | Cancelled | Lost) else None
    said = slots(fact, position, fields[b"fact"])
    return Projectable(stream, partition, position, fact.job, said, cpu_spent(fact), trace)


def _submission(address: Address, fields: Mapping[bytes, bytes]) -> tuple[JobId, Submission]:
    fact = decode(fields)
    if not isinstance(fact, Submission):
        raise MalformedFactError(f"a fact of type {type(fact).__name__} in a submissions stream")
    if (fact.language, fact.lane) != (address.language, address.lane):
        raise MalformedFactError(f"a submission for {fact.language}:{fact.lane} in another lane")
    if not is_nonce(fact.nonce):
        raise MalformedFactError(f"the nonce {fact.nonce!r} is not 16 hex digits")
    return JobId(address, fact.nonce), fact


def _partition_of(job_id: str) -> int:
    try:
        return partition_of(job_id)
    except ValueError as error:
        raise MalformedFactError(f"{job_id!r} is no job id") from error


def _shown(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(errors="replace"): value.decode(errors="replace") for name, value in fields.items()}
