"""What waits, and at which place."""

from streams.facts import Lane
from tests.integration.streams.conformance.lives import Log, claims
from tests.unit.streams.facts_made import submission


async def test_the_backlog_counts_what_nobody_has_claimed(log: Log) -> None:
    assert await log.backlog("python") == 0
    for number in range(4):
        await log.submit(submission(lane=Lane("interactive", number % 2)), number % 2)
    assert await log.backlog("python") == 4
    await claims(log, count=1)
    assert await log.backlog("python") == 3


async def test_the_place_in_the_queue_counts_down(log: Log) -> None:
    jobs = [await log.submit(submission(), 0) for _ in range(3)]
    assert await log.place_in_queue(jobs[0]) == 1
    places = [await log.place_in_queue(job) for job in jobs]
    assert places == sorted(places)
    assert places[-1] == 3
    await claims(log, count=2)
    assert [await log.place_in_queue(job) for job in jobs] == [0, 0, 1]


async def test_the_place_in_the_queue_counts_other_lanes_as_they_take_turns(log: Log) -> None:
    """Of a lane where many wait only as many count as come first; batch waits for all that is interactive."""
    for _ in range(5):
        await log.submit(submission(lane=Lane("interactive", 0)), 0)
    other = await log.submit(submission(lane=Lane("interactive", 1)), 1)
    batch = await log.submit(submission(lane=Lane("batch", 0)), 0)
    assert await log.place_in_queue(other) == 2
    assert await log.place_in_queue(batch) == 7


async def test_the_place_in_the_queue_needs_no_executor(log: Log) -> None:
    job = await log.submit(submission(language="cobol"), 0)
    assert await log.place_in_queue(job) == 1
