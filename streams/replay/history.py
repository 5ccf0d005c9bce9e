"""The facts of one job."""

from streams import keys
from streams.facts import Submission
from streams.jobid import JobId
from streams.position import Position
from streams.redis.wire import Wire
from streams.replay.layout import Place
from streams.replay.reading import LAST, read_entries
from streams.replay.recorded import Recorded, recorded


async def history(wire: Wire, job: JobId, until: Position = LAST) -> list[Recorded]:
    """What the streams have about `job` up to `until`, in order; empty for a job that they do not know.

    The events of a partition are read from the submission on, up to the job's ending.
    """
    address = job.address
    ended = await wire.call("HGET", keys.hash_of(job), "ended")
    last = until if ended is None else min(until, Position.from_rank(ended))
    spelled = str(job).encode()
    events = [Place(keys.events(address.partition), address.partition)]
    facts = await _submission(wire, job) if address.position <= until else []
    # A clock that was set back can give an event an earlier position than its submission's, but not a different order.
    async for batch in read_entries(wire, events, Position(address.position.ms, 0), last):
        own = [recorded(entry) for entry in batch if spelled in entry.fields.get(b"fact", b"")]
        facts += [fact for fact in own if fact.job == job]
    return facts


async def _submission(wire: Wire, job: JobId) -> list[Recorded]:
    address = job.address
    place = Place(keys.stream_of(address), address.partition, address.language, address.lane)
    found = [
        entry async for batch in read_entries(wire, [place], address.position, address.position) for entry in batch
    ]
    facts = [recorded(entry) for entry in found]
    return [fact for fact in facts if fact.job == job and isinstance(fact.fact, Submission)]
