"""Claims: taken in turn, woken for, renewed, handed back and taken over."""

import asyncio
from datetime import timedelta

from streams.facts import Lane
from streams.ports import (
    Claim,
)
from tests.integration.streams.conformance.lives import (
    LONG,
    NOW,
    Log,
    claims,
    submitted_and_claimed,
)
from tests.unit.streams.facts_made import submission


async def test_no_more_is_claimed_than_asked_for_over_all_lanes(log: Log) -> None:
    for number in range(2):
        for _ in range(3):
            await log.submit(submission(lane=Lane("interactive", number)), 0)
            await log.submit(submission(lane=Lane("batch", number)), 1)
    held = [len(await claims(log, count=5)) for _ in range(4)]
    assert sum(held) == 12
    assert max(held) <= 5


async def test_lanes_take_turns(log: Log) -> None:
    for _ in range(20):
        await log.submit(submission(lane=Lane("interactive", 0)), 0)
    other = await log.submit(submission(lane=Lane("interactive", 1)), 0)
    first = [claim.job for _ in range(3) for claim in await claims(log, count=1)]
    assert other in first


async def test_interactive_comes_before_batch(log: Log) -> None:
    await log.submit(submission(lane=Lane("batch", 0)), 0)
    job = await log.submit(submission(lane=Lane("interactive", 1)), 0)
    (claim,) = await claims(log, count=1)
    assert claim.job == job


async def test_a_claim_wakes_for_a_submission(log: Log) -> None:
    waiting = asyncio.ensure_future(log.claim("python", "a", 1, LONG))
    await asyncio.wait([waiting], timeout=0.05)
    job = await log.submit(submission(), 0)
    async with asyncio.timeout(4):
        claimed = await waiting
    assert [claim.job for claim in claimed if isinstance(claim, Claim)] == [job]


async def test_a_cancelled_claim_loses_nothing(log: Log) -> None:
    waiting = asyncio.ensure_future(log.claim("python", "a", 1, LONG))
    await asyncio.wait([waiting], timeout=0.05)
    waiting.cancel()
    job = await log.submit(submission(), 0)
    assert [claim.job for claim in await claims(log)] == [job]


async def test_what_a_cancelled_claim_brings_late_is_handed_back(log: Log) -> None:
    waiting = asyncio.ensure_future(log.claim("python", "a", 1, timedelta(seconds=1)))
    await asyncio.wait([waiting], timeout=0.05)
    waiting.cancel()
    job = await log.submit(submission(), 0)
    await log.release_late_reads("a", "python")
    assert [claim.job for claim in await claims(log, "c")] == [job]


async def test_nobody_else_claims_what_is_held(log: Log) -> None:
    await submitted_and_claimed(log)
    assert await claims(log, "b") == []
    assert await log.reclaim("python", "b", 10, LONG) == []


async def test_what_is_handed_back_is_claimed_at_once(log: Log) -> None:
    job, claim = await submitted_and_claimed(log)
    await log.hand_back([claim], "a")
    assert [claim.job for claim in await claims(log, "b")] == [job]


async def test_only_its_holder_hands_back(log: Log) -> None:
    _, claim = await submitted_and_claimed(log)
    await log.hand_back([claim], "b")
    assert await claims(log, "b") == []


async def test_what_is_not_renewed_is_reclaimed(log: Log) -> None:
    job, _ = await submitted_and_claimed(log)
    reclaimed = await log.reclaim("python", "b", 10, NOW)
    assert [claim.job for claim in reclaimed if isinstance(claim, Claim)] == [job]


async def test_what_is_overdue_is_found_behind_much_that_is_not(log: Log) -> None:
    for _ in range(40):
        await log.submit(submission(), 0)
    held = await claims(log, count=40)
    overdue, others = held[35], [claim for claim in held if claim is not held[35]]
    deadline = asyncio.get_running_loop().time() + 5
    while not (found := await log.reclaim("python", "b", 1, timedelta(milliseconds=100))):
        assert asyncio.get_running_loop().time() < deadline
        await log.renew(others, "a")
    assert [claim.job for claim in found if isinstance(claim, Claim)] == [overdue.job]


async def test_partitions_take_turns(log: Log) -> None:
    for _ in range(10):
        await log.submit(submission(), 0)
    other = await log.submit(submission(), 1)
    first = [claim.job for _ in range(4) for claim in await claims(log, count=1)]
    assert other in first


async def test_every_lane_of_every_partition_has_its_turn(log: Log) -> None:
    lanes = [(partition, number) for partition in range(2) for number in range(2)]
    for partition, number in lanes * 10:
        await log.submit(submission(lane=Lane("interactive", number)), partition)
    first = [claim.job.address for _ in range(6) for claim in await claims(log, count=1)]
    assert {(address.partition, address.lane.number) for address in first} == set(lanes)


async def test_renewing_tells_what_is_no_longer_held(log: Log) -> None:
    _, claim = await submitted_and_claimed(log)
    assert list(await log.renew([claim], "a")) == []
    await log.reclaim("python", "b", 10, NOW)
    assert list(await log.renew([claim], "a")) == [claim]
