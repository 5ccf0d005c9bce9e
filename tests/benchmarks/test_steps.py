"""Each step of a job, by itself: its time as a multiple of a reference in the same run, and how many calls it makes.

`pytest tests/benchmarks` prints the times. What a step may cost is a ratio and a count, which a slow or busy machine
does not change; a step that has become dearer fails here, and its bound is raised only on purpose.
"""

import timeit

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tests.benchmarks.calls import calls_of
from tests.benchmarks.steps import STEPS, reference

# Step: calls (of Python functions and of built-in ones) at most; times as long as the reference at most.
BOUNDS: dict[str, tuple[int, float]] = {
    "edge: parse a request": (101, 37.0),
    "edge: write a submission": (9, 1.3),
    "edge: spell and read an id": (74, 14.1),
    "executor: read a claim": (17, 3.8),
    "executor: write a job frame": (53, 24.9),
    "agent: read a job frame": (87, 46.8),
    "agent: write a result": (20, 19.8),
    "executor: read a result": (108, 40.0),
    "executor: write a verdict": (9, 1.7),
    "projector: read a submission": (55, 14.3),
    "projector: read a verdict": (56, 13.8),
    "edge: read a state": (32, 7.7),
    "edge: render an answer": (54, 17.4),
}
ROUNDS, CALLS = 30, 200


def test_every_step_has_its_bounds() -> None:
    assert BOUNDS.keys() == STEPS.keys()


@pytest.mark.parametrize("name", STEPS)
def test_a_step_makes_no_more_calls_than_it_did(name: str) -> None:
    step = STEPS[name]
    step()  # what is done once, and kept
    assert calls_of(step) <= BOUNDS[name][0]


@pytest.mark.parametrize("name", STEPS)
def test_a_step_takes_no_longer_than_it_did(name: str, benchmark: BenchmarkFixture) -> None:
    step = STEPS[name]
    benchmark(step)
    # In turn, and the best of each: whatever disturbs one moment is not in all of them.
    pairs = [(timeit.timeit(step, number=CALLS), timeit.timeit(reference, number=CALLS)) for _ in range(ROUNDS)]
    times = min(own for own, _ in pairs) / min(of_reference for _, of_reference in pairs)
    benchmark.extra_info["times_reference"] = round(times, 2)
    assert times <= BOUNDS[name][1]
