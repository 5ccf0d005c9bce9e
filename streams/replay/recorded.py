"""Entries as what they say: the fact and the job it is about."""

from dataclasses import dataclass

from streams.codec import MalformedFactError, decode
from streams.entries import event_entry, submission_entry
from streams.facts import AnyFact, CancelRequested, Started, Status, Submission, status_after
from streams.jobid import JobId, parse_job_id
from streams.ports import BadEntry, Projectable
from streams.position import Position
from streams.replay.reading import Entry


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact at its place. `fact` is None for an entry that is none, and `reason` says why."""

    stream: str
    position: Position
    job: JobId | None
    fact: AnyFact | None
    reason: str = ""

    @property
    def status(self) -> Status | None:
        """The status that clients see because of this fact, if it sets one."""
        match self.fact:
            case None | CancelRequested():
                return None
            case Submission():
                return "queued"
            case Started():
                return "running"
            case ending:
                return status_after(ending)


def recorded(entry: Entry) -> Recorded:
    """What `entry` says. Raises UnknownVersionError."""
    stream, position = entry.place.stream, entry.position
    try:
        fact = decode(entry.fields)
        return Recorded(stream, position, _job_of(entry, fact), fact)
    except MalformedFactError as error:
        return Recorded(stream, position, None, None, str(error))


def projectable(entry: Entry) -> Projectable | BadEntry:
    """What `entry` says about a job's state. Raises UnknownVersionError."""
    address = entry.place.address(entry.position)
    if address is not None:
        return submission_entry(address, entry.fields)
    return event_entry(entry.place.stream, entry.place.partition, entry.position, entry.fields)


def _job_of(entry: Entry, fact: AnyFact) -> JobId:
    try:
        if not isinstance(fact, Submission):
            return parse_job_id(fact.job)
        address = entry.place.address(entry.position)
        if address is None:
            raise MalformedFactError("a submission in an events stream")
        str(job := JobId(address, fact.nonce))
    except ValueError as error:
        raise MalformedFactError(f"it names no job: {error}") from error
    return job
