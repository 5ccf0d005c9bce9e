"""Folding facts one by one says the same as folding them all."""

import random
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from streams.facts import AnyFact
from streams.ports import Projectable
from streams.position import Position
from streams.replay.folding import Folded, Folding
from streams.state import fold, slots
from tests.unit.streams.facts_made import FACTS, POSITIONS

JOBS = st.sampled_from(["a", "b", "c"])
HISTORIES = st.dictionaries(POSITIONS, st.tuples(JOBS, FACTS), max_size=12)


def entry(position: Position, job: str, fact: AnyFact) -> Projectable:
    return Projectable("s", 0, position, job, slots(fact, position))


@given(HISTORIES, st.randoms(use_true_random=False))
def test_jobs_fold_to_the_same_hashes_in_any_order(
    history: dict[Position, tuple[str, AnyFact]], random: random.Random
) -> None:
    folding, parts = Folding(), defaultdict[str, list[Folded]](list)
    for position, (job, fact) in random.sample(list(history.items()), len(history)):
        folding.add(entry(position, job, fact))
        for folded in folding.over():
            parts[folded.job_id].append(folded)
    for folded in folding.open.values():
        parts[folded.job_id].append(folded)
    by_job: dict[str, list[tuple[Position, AnyFact]]] = defaultdict(list)
    for position, (job, fact) in history.items():
        by_job[job].append((position, fact))
    assert parts.keys() == by_job.keys()
    for job, facts in by_job.items():
        fields: dict[str, bytes] = {}
        for part in parts[job]:  # a job that had facts after its ending comes in several
            fields = part.joined(fields)
        assert fields == fold(facts)


@given(HISTORIES)
def test_what_is_over_has_a_beginning_and_an_ending(history: dict[Position, tuple[str, AnyFact]]) -> None:
    folding = Folding()
    for position, (job, fact) in history.items():
        folding.add(entry(position, job, fact))
    for folded in folding.over():
        assert {"submission", "ending"} <= folded.fields().keys()
    for folded in folding.open.values():
        assert not {"submission", "ending"} <= folded.fields().keys()
