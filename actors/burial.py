"""What becomes of an entry that is no fact: a dead letter, and a `lost` fact for the job it may have been about."""

import json
from typing import Protocol

import structlog

from streams.facts import Lost
from streams.jobid import JobId, is_nonce, parse_job_id
from streams.ports import BadEntry, Clock, DeadLetter

_NO_NONCE = "0" * 16


class DeadLetters(Protocol):
    """The part of a log that keeps them."""

    async def bury(self, entry: BadEntry, dead_letter: DeadLetter, lost: Lost | None) -> None: ...


class Gravedigger:
    """Buries entries in the name of an actor, `by`."""

    def __init__(self, log: DeadLetters, clock: Clock, by: str) -> None:
        self._log = log
        self._clock = clock
        self._by = by

    async def bury(self, entry: BadEntry) -> None:
        """Keep `entry` as a dead letter and give up its job, if it can be told which."""
        now = self._clock.now()
        job = job_of(entry)
        dead_letter = DeadLetter(
            at=now,
            reason=entry.reason,
            stream=entry.stream,
            position=str(entry.position),
            job=job,
            fields=dict(entry.fields),
        )
        lost = None
        if job is not None:
            lost = Lost(at=now, by=self._by, job=job, attempts=0, reason="a stream entry about it is malformed")
        named = None if job is None else str(parse_job_id(job).address)
        structlog.get_logger().error(
            "malformed entry", stream=entry.stream, position=str(entry.position), reason=entry.reason, job=named
        )
        await self._log.bury(entry, dead_letter, lost)


def job_of(entry: BadEntry) -> str | None:
    """The id of the job that a malformed entry was about, as far as it can still be read."""
    try:
        fact = json.loads(entry.fields.get("fact", ""))
    except ValueError:
        fact = None
    said = fact if isinstance(fact, dict) else {}
    if entry.address is not None:
        nonce = said.get("nonce")
        if not isinstance(nonce, str) or not is_nonce(nonce):
            nonce = _NO_NONCE
        return str(JobId(entry.address, nonce))
    try:
        return str(parse_job_id(said["job"]))
    except (KeyError, TypeError, ValueError):
        return None
