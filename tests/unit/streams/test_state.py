"""The laws that projecting and replaying rest on."""

import random

from hypothesis import given
from hypothesis import strategies as st

from streams.codec import encode
from streams.entries import event_entry
from streams.facts import AnyFact
from streams.ports import Projectable
from streams.position import Position
from streams.state import fold, join, slots, state_from_fields
from tests.unit.streams.facts_made import AT, FACTS, POSITIONS, finished, job_id, started, submission

HISTORIES = st.dictionaries(POSITIONS, FACTS, max_size=8).map(lambda facts: list(facts.items()))


@given(HISTORIES, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_state(history: list[tuple[Position, AnyFact]], random: random.Random) -> None:
    shuffled = random.sample(history, len(history))
    assert fold(shuffled) == fold(history)


@given(HISTORIES, st.randoms(use_true_random=False))
def test_any_repetition_gives_the_same_state(history: list[tuple[Position, AnyFact]], random: random.Random) -> None:
    repeated = history + random.choices(history, k=5) if history else history
    assert fold(repeated) == fold(history)


@given(HISTORIES, st.integers(0, 8))
def test_joining_two_halves_is_folding_the_whole(history: list[tuple[Position, AnyFact]], cut: int) -> None:
    fields = fold(history[:cut])
    for position, fact in history[cut:]:
        for slot in slots(fact, position):
            join(fields, slot)
    assert fields == fold(history)


@given(POSITIONS, POSITIONS)
def test_ranks_sort_as_positions_do(one: Position, other: Position) -> None:
    assert (one.rank < other.rank) == (one < other)


def test_of_two_endings_the_first_counts() -> None:
    job = job_id()
    state = state_from_fields(
        fold([(Position(9, 0), finished(job, stdout="late")), (Position(8, 10), finished(job, stdout="first"))])
    )
    assert state.ending == finished(job, stdout="first")


def test_attempts_count_the_starts() -> None:
    job = job_id()
    facts: list[tuple[Position, AnyFact]] = [(Position(2, 0), started(job, 1)), (Position(3, 0), started(job, 2))]
    state = state_from_fields(fold(facts))
    assert (state.attempts, state.started, state.status) == (2, started(job, 2), "running")


def test_an_attempt_counts_once_its_start_or_its_end_is_projected() -> None:
    """What the log's own guard counts is ahead of that; two projectors may see an ending before its start."""
    job = job_id()
    assert state_from_fields({"attempts": b"000001 e 2026-01-02"}).attempts == 0
    assert state_from_fields(fold([(Position(4, 0), finished(job))])).attempts == 1


def test_state_keeps_no_program() -> None:
    fields = fold([(Position(1, 0), submission(code="the secret program"))])
    assert b"secret" not in b"".join(fields.values())
    assert state_from_fields(fields).accepted is not None
    assert AT.isoformat()[:10].encode() in fields["submission"]


def test_a_fact_is_kept_as_the_stream_spells_it() -> None:
    """Projector, begin and end write the same bytes into a job's hash, whoever wrote the entry."""
    fact = started(job_id())
    fields = {b"v": b"1", b"fact": b" " + encode(fact)}
    entry = event_entry("events", 0, Position(2, 0), fields)
    assert isinstance(entry, Projectable)
    assert entry.slots[0].payload == fields[b"fact"]
