"""Every key name. The keys of a job share the hash tag of its partition, so that scripts work on Redis Cluster."""

import functools
import re
from typing import cast

from streams.facts import Lane, LaneClass
from streams.jobid import Address, JobId

EXECUTORS = "executors"  # consumer group of a submissions stream
PROJECTOR = "projector"  # consumer group of submissions and events streams
ARCHIVE = "archive"  # consumer group of submissions and events streams, where there is an archive
RETURNED = "returned"  # the consumer that holds what executors handed back

TOPOLOGY = "sandbox:topology"
ACTORS = "sandbox:actors"
NAMES = "sandbox:names"  # hash: the language that each name and alias ever stood for
RECLAIMED = "sandbox:reclaimed"  # hash: how many entries were taken over, ever, by `<group> <language>`
ARCHIVED = "sandbox:archive"  # there while an archive is kept: trimming waits for its groups, made or not

_SUBMISSIONS = re.compile(r"sandbox:\{\d+\}:submissions:([^:]+):(interactive|batch)-(\d+)")


@functools.lru_cache(maxsize=1024)
def submissions(partition: int, language: str, lane: Lane) -> str:
    """Stream of submissions of one lane."""
    return f"sandbox:{{{partition}}}:submissions:{language}:{lane}"


def language_and_lane_of(stream: str) -> tuple[str, Lane] | None:
    """What a submissions stream is of, by its name; None for any other stream."""
    match = _SUBMISSIONS.fullmatch(stream)
    return None if match is None else (match[1], Lane(cast(LaneClass, match[2]), int(match[3])))


def stream_of(address: Address) -> str:
    """The submissions stream that an address is in."""
    return submissions(address.partition, address.language, address.lane)


def hash_of(job_id: JobId) -> str:
    """The hash of a job."""
    return job(job_id.address.partition, str(job_id))


@functools.cache
def events(partition: int) -> str:
    """Stream of all other facts."""
    return f"sandbox:{{{partition}}}:events"


def groups_of(stream: str, *, archived: bool = False) -> tuple[str, ...]:
    """The groups that read a submissions or events stream; without one of them none of its entries is done with."""
    own = (PROJECTOR,) if stream.endswith(":events") else (EXECUTORS, PROJECTOR)
    return (*own, ARCHIVE) if archived else own


def job(partition: int, job_id: str) -> str:
    """Hash with a job's folded state."""
    return f"sandbox:{{{partition}}}:job:{job_id}"


def output(partition: int, job_id: str) -> str:
    """Stream of a running job's output chunks."""
    return f"sandbox:{{{partition}}}:output:{job_id}"


def output_channel(partition: int, job_id: str) -> str:
    """Channel that says when a job's output stream grew; a name that no key has."""
    return f"{output(partition, job_id)}:news"


def watch_channel(partition: int) -> str:
    """Channel on which the ids of jobs are said that somebody begins to listen to."""
    return f"sandbox:{{{partition}}}:watch"


def languages(partition: int) -> str:
    """Set of the languages that ever had a submissions stream here."""
    return f"sandbox:{{{partition}}}:languages"


@functools.cache
def dead_letters(partition: int) -> str:
    """Hash from `<stream> <entry id>` to the JSON of a dead letter."""
    return f"sandbox:{{{partition}}}:dead"


@functools.cache
def cancellations(partition: int) -> str:
    """Set of the jobs whose cancelling was asked for and has not happened yet."""
    return f"sandbox:{{{partition}}}:cancellations"


def idempotency(partition: int, digest: str) -> str:
    """What an idempotency key stands for: the body's digest and where the submission lies."""
    return f"sandbox:{{{partition}}}:idempotency:{digest}"


def quota(partition: int, owner: str) -> str:
    """Hash of what an owner has used: submissions in the current minute, CPU time of the current day."""
    return f"sandbox:{{{partition}}}:quota:{owner}"


def in_flight(partition: int, owner: str) -> str:
    """Sorted set of the nonces of an owner's jobs that have not ended, by when they were submitted."""
    return f"sandbox:{{{partition}}}:in_flight:{owner}"


def batch_lanes(partition: int, owner: str) -> str:
    """Hash from a language to the number of the lane where an owner's batch jobs wait, while any is in flight."""
    return f"sandbox:{{{partition}}}:batch_lanes:{owner}"


def counted(partition: int, nonce: str) -> str:
    """The owner of a job that is counted as in flight; taken away with its ending, once."""
    return f"sandbox:{{{partition}}}:counted:{nonce}"


def shares(partition: int, job_id: str) -> str:
    """Hash from the digest of each public link's token to when, and for which account, it was made."""
    return f"sandbox:{{{partition}}}:shares:{job_id}"


def share(digest: str) -> str:
    """The job that a public link leads to. A link does not know its job's partition."""
    return f"sandbox:share:{digest}"


@functools.cache
def status_channel(partition: int) -> str:
    """Channel on which each step that changes a job's status says `<job id> <status>`."""
    return f"sandbox:{{{partition}}}:status"


def cancel_channel(partition: int) -> str:
    """Channel on which the ids of jobs to cancel are said."""
    return f"sandbox:{{{partition}}}:cancel"


def lease(container: str) -> str:
    """Who may use a container that has no agent to say so itself."""
    return f"sandbox:lease:{container}"


def tries(what: str, whose: str) -> str:
    """How often something was tried lately; `whose` is a digest. All have one hash tag: a script counts several."""
    return f"sandbox:{{accounts}}:tries:{what}:{whose}"
