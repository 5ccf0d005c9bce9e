"""A job's ending, on its way into the log."""

from streams import keys
from streams.codec import encode
from streams.facts import VERSION, Ending, status_after
from streams.jobid import JobId
from streams.quotas import cpu_spent
from streams.redis.link import Argument


def ending_arguments(job: JobId, ending: Ending) -> tuple[Argument, ...]:
    """What `append_ending` in lua/prelude.lua takes, last of a script's arguments.

    It says the ending in the job's hash in the step that appends it: who waits is told two round trips earlier than by
    the projector, and the next step of a job may rely on it.
    """
    partition = job.address.partition
    return (
        VERSION,
        encode(ending),
        status_after(ending),
        keys.status_channel(partition),
        str(job),
        job.nonce,
        round((cpu_spent(ending) or 0.0) * 1000),
        # Which of these keys it takes is known only there; they are of the job's partition, and so of its slot.
        keys.counted(partition, ""),
        keys.quota(partition, ""),
        keys.in_flight(partition, ""),
    )
