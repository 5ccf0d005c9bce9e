"""What a job costs its executor does not depend on how many runners that has."""

from actors.runners.pool import Pool
from tests.benchmarks.calls import calls_of
from tests.benchmarks.pool import use, with_pool


def test_a_runner_among_many_costs_no_more_than_one_among_few() -> None:
    calls: list[int] = []

    def look(pool: Pool) -> None:
        use(pool)  # what is counted once, until leases come or go
        calls.append(calls_of(lambda: use(pool)))

    for runners in (3, 300):
        with_pool(runners, look)
    assert calls[1] <= calls[0] + 2


def test_the_least_used_is_chosen_and_of_those_the_one_that_is_free_longest() -> None:
    chosen: list[str] = []

    def look(pool: Pool) -> None:
        for _ in range(3):
            use(pool)
        held = [pool.take() for _ in range(3)]
        chosen.extend(runner.name for runner in held if runner)
        assert pool.take() is None
        assert pool.free == 0

    with_pool(3, look)
    assert sorted(chosen) == ["py-0", "py-1", "py-2"]
