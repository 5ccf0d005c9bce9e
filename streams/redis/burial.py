"""Dead letters in Redis."""

import msgspec

from streams import keys
from streams.facts import Lost
from streams.jobid import parse_job_id
from streams.ports import BadEntry, DeadLetter
from streams.redis.context import Part
from streams.redis.endings import ending_arguments


def dead_letter_field(stream: str, position: object) -> str:
    return f"{stream} {position}"


class Burial(Part):
    """Implements what streams.ports.WorkLog and ProjectionLog share: `bury`."""

    async def bury(self, entry: BadEntry, dead_letter: DeadLetter, lost: Lost | None) -> None:
        partition = _partition_of_stream(entry.stream)
        job_hash = keys.job(partition, dead_letter.job or "")
        if lost is not None:
            job_hash = keys.job(parse_job_id(lost.job).address.partition, lost.job)
        await self._context.run(
            "bury",
            (entry.stream, keys.dead_letters(partition), keys.events(partition), job_hash),
            (
                keys.EXECUTORS,
                keys.PROJECTOR,
                str(entry.position),
                dead_letter_field(entry.stream, entry.position),
                msgspec.json.encode(dead_letter),
                *(() if lost is None else ending_arguments(parse_job_id(lost.job), lost)),
            ),
        )


def _partition_of_stream(stream: str) -> int:
    return int(stream[stream.index("{") + 1 : stream.index("}")])
