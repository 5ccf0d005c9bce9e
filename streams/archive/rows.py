"""Entries of the streams as rows of the archive, and back. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from streams.facts import Cancelled, Ending, Finished, Lost, Started, Submission, Text, status_after
from streams.jobid import JobId
from streams.ports import StreamEntry
from streams.position import Position
from streams.replay.layout import Place
from streams.replay.lines import flat, pairs_of
from streams.replay.reading import Entry
from streams.replay.recorded import Recorded, recorded
from streams.state import accepted_at

_LARGEST_INT = 2**31 - 1
_LARGEST_BIGINT = 2**63 - 1
_pairs_decoder = msgspec.json.Decoder(tuple[tuple[Text, Text], ...])


class FactRow(NamedTuple):
    """A row of archive.fact, its columns in their order."""

    stream: str
    ms: int
    seq: int
    partition: int
    job: str | None
    type: str | None
    at: datetime | None
    version: int | None
    fact: bytes | None
    other: bytes | None


class JobRow(NamedTuple):
    """What a batch says about a job's row but its ending, the columns in their order."""

    id: str
    partition: int
    language: str
    lane: str
    account: str | None
    submitted: bool
    created_at: datetime
    attempts: int


class EndingRow(NamedTuple):
    """What an ending says about a job's row, the columns in their order."""

    id: str
    verdict: str
    ended_ms: int
    ended_seq: int
    ended_attempts: int
    finished_at: datetime
    duration_ms: float | None
    cpu_ms: float | None
    compile_cpu_ms: float | None
    memory_peak_bytes: int | None
    exit_code: int | None
    signal: str | None


@dataclass(frozen=True, slots=True)
class Rows:
    """All that a batch of entries writes, no key twice."""

    facts: list[FactRow]
    jobs: list[JobRow]
    endings: list[EndingRow]


def rows_of(entries: Iterable[StreamEntry]) -> Rows:
    """The rows for `entries`. Raises UnknownVersionError."""
    facts: list[FactRow] = []
    jobs: dict[str, JobRow] = {}
    endings: dict[str, EndingRow] = {}
    for entry in entries:
        said = recorded(Entry(entry.position, place_of(entry), dict(entry.fields)))
        facts.append(_fact_row(entry, said))
        if said.job is None:
            continue
        told = _job_row(said.job, said)
        jobs[told.id] = _joined(jobs[told.id], told) if told.id in jobs else told
        if isinstance(said.fact, Finished | Cancelled | Lost):
            ending = _ending_row(said.job, said.fact, said.position)
            held = endings.setdefault(ending.id, ending)
            if (ending.ended_ms, ending.ended_seq) < (held.ended_ms, held.ended_seq):
                endings[ending.id] = ending
    return Rows(facts, list(jobs.values()), list(endings.values()))


def place_of(entry: StreamEntry) -> Place:
    """The stream that an entry lies in."""
    if entry.address is None:
        return Place(entry.stream, entry.partition)
    return Place(entry.stream, entry.partition, entry.address.language, entry.address.lane)


def fields_of(row: Mapping[str, Any]) -> dict[bytes, bytes]:
    """The fields of the entry that a row of archive.fact was made of, as they were."""
    if row["other"] is not None:
        names_and_values = flat(_pairs_decoder.decode(row["other"]))
        return dict(zip(names_and_values[::2], names_and_values[1::2], strict=True))
    return {b"v": str(row["version"]).encode(), b"fact": row["fact"]}


def _fact_row(entry: StreamEntry, said: Recorded) -> FactRow:
    version = entry.fields.get(b"v", b"")
    plain = list(entry.fields) == [b"v", b"fact"] and version.isdigit() and str(int(version)).encode() == version
    plain = plain and int(version) <= _LARGEST_INT
    return FactRow(
        stream=entry.stream,
        ms=entry.position.ms,
        seq=entry.position.seq,
        partition=entry.partition,
        job=None if said.job is None else str(said.job),
        type=None if said.fact is None else said.fact.__struct_config__.tag,  # type: ignore[arg-type]  # ours are texts
        at=None if said.fact is None else said.fact.at,
        version=int(version) if plain else None,
        fact=entry.fields[b"fact"] if plain else None,
        other=None if plain else msgspec.json.encode(pairs_of(entry.fields)),
    )


def _job_row(job: JobId, said: Recorded) -> JobRow:
    address = job.address
    submission = said.fact if isinstance(said.fact, Submission) else None
    return JobRow(
        id=str(job),
        partition=address.partition,
        language=address.language,
        lane=str(address.lane),
        account=None if submission is None else _text(submission.account),
        submitted=submission is not None,
        created_at=(submission or accepted_at(address)).at,
        attempts=min(said.fact.attempt, _LARGEST_INT) if isinstance(said.fact, Started) else 0,
    )


def _joined(held: JobRow, told: JobRow) -> JobRow:
    base = told if told.submitted and not held.submitted else held
    return base._replace(account=held.account or told.account, attempts=max(held.attempts, told.attempts))


def _ending_row(job: JobId, ending: Ending, position: Position) -> EndingRow:
    result = None if isinstance(ending, Lost) else ending.result
    compiled = None if result is None else result.compile
    return EndingRow(
        id=str(job),
        verdict=status_after(ending),
        ended_ms=position.ms,
        ended_seq=position.seq,
        ended_attempts=min(ending.attempts if isinstance(ending, Lost) else ending.attempt, _LARGEST_INT),
        finished_at=ending.at,
        duration_ms=None if result is None else result.duration_ms,
        cpu_ms=None if result is None else result.cpu_ms,
        compile_cpu_ms=None if compiled is None else compiled.cpu_ms,
        memory_peak_bytes=None if result is None else _bounded(result.memory_peak_bytes),
        exit_code=None if result is None else _bounded(result.exit_code),
        signal=None if result is None else _text(result.signal),
    )


def _text(text: str | None) -> str | None:
    """PostgreSQL's text cannot hold U+0000; what the fact says itself is kept as it is."""
    return None if text is None else text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _bounded(number: int | None) -> int | None:
    return None if number is None else max(-_LARGEST_BIGINT, min(number, _LARGEST_BIGINT))
