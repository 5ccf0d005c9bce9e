"""The whole actor system in virtual time, under seeded faults; and that each of a list of mistakes would be noticed."""

import os
from collections.abc import Iterator

import pytest
import structlog

from tests.faults.simulation.mutations import MUTATIONS, Mutation
from tests.faults.simulation.seeds import quietly, run_seed

SEEDS = 20_000 if os.environ.get("CODEPORTAL_LONG") == "1" else 600
PER_TEST = 200
SEEDS_TO_NOTICE = 400


@pytest.fixture(autouse=True)
def _without_logs() -> Iterator[None]:
    quietly()
    yield
    structlog.reset_defaults()


@pytest.mark.parametrize("first", range(0, SEEDS, PER_TEST))
def test_every_promise_holds_under_every_seed(first: int) -> None:
    """No loss, one verdict, state that no order changes, nothing left behind, all over in time once faults stop."""
    outcomes = [run_seed(seed) for seed in range(first, first + PER_TEST)]
    assert not [str(outcome) for outcome in outcomes if outcome.complaints]
    assert sum(outcome.strikes_in_flight for outcome in outcomes) > 0, "no strike hit a job in mid-flight"


def test_a_seed_is_always_the_same() -> None:
    """What failed once can be looked at again."""
    for seed in range(16):
        assert run_seed(seed) == run_seed(seed)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mistake_is_noticed(mutation: Mutation) -> None:
    """With the mistake in the code, some seed breaks a promise."""
    with mutation.applied():
        assert any(run_seed(seed).complaints for seed in range(SEEDS_TO_NOTICE))
