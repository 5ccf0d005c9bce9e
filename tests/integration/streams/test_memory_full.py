"""Redis at its memory limit refuses submissions, clearly, and only those: what was accepted comes to its end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from streams.facts import CancelRequested, Idempotency, Lane
from streams.ports import ActorReport, Claim, LogUnavailableError, Projectable
from streams.position import Position
from streams.quotas import MOST_INTERACTIVE, Allowance, Quota
from streams.redis import RedisLog
from streams.system import RandomIds
from tests.conftest import RedisServer
from tests.unit.streams.facts_made import finished, started, submission

AT = datetime(2026, 1, 2, tzinfo=UTC)
SHORT = timedelta(milliseconds=50)
ONCE = Idempotency(key="k" * 64, body="b" * 64)


@pytest.fixture
def limited(redis_server: RedisServer) -> Iterator[RedisServer]:
    """The server; `maxmemory` is lifted at the end."""
    yield redis_server
    with redis_server.client() as client:
        client.config_set("maxmemory", 0)


def fill(server: RedisServer) -> None:
    with server.client() as client:
        client.config_set("maxmemory", "1mb")


async def test_submissions_are_refused(redis_log: RedisLog, limited: RedisServer) -> None:
    fill(limited)
    for refused in (submission(), replace(submission(), idempotency=ONCE)):
        with pytest.raises(LogUnavailableError, match="OOM"):
            await redis_log.submit(refused, 0)


@pytest.mark.parametrize("quota", [Quota(), Quota(100, 100, 3600)])
@pytest.mark.parametrize("jobs", [0, MOST_INTERACTIVE])
async def test_counted_submissions_are_refused_and_not_counted(
    redis_log: RedisLog, limited: RedisServer, quota: Quota, jobs: int
) -> None:
    """Into a batch lane, too. A script that has written anything is let write on, so what is refused comes first."""
    allowance = Allowance("ann", quota)
    for _ in range(jobs):
        await redis_log.submit_within(replace(submission(), nonce=RandomIds().nonce()), 0, allowance)
    fill(limited)
    with limited.client() as client:
        before = {key: client.dump(key) for key in client.keys("*")}
    for lane in (Lane("interactive", 1), Lane("batch", 1)):
        with pytest.raises(LogUnavailableError, match="OOM"):
            await redis_log.submit_within(replace(submission(), lane=lane), 0, allowance)
    with limited.client() as client:
        assert {key: client.dump(key) for key in client.keys("*")} == before


async def test_what_was_accepted_gets_its_verdict(redis_log: RedisLog, limited: RedisServer) -> None:
    job, other = [await redis_log.submit(submission(), 0) for _ in range(2)]
    fill(limited)
    claim, _ = await redis_log.claim("python", "a", 2, SHORT)
    assert isinstance(claim, Claim)
    assert isinstance(await redis_log.begin(claim, "a", started(job)), Position)
    assert isinstance(await redis_log.end(claim, "a", finished(job)), Position)
    assert await redis_log.request_cancel(other, CancelRequested(at=AT, by="edge", job=str(other)))
    await redis_log.report(
        ActorReport(name="a", kind="executor", host="h", pid=1, started_at=AT, language="python"), SHORT
    )
    facts = await redis_log.read_facts("projector", 10, SHORT)
    await redis_log.project([fact for fact in facts if isinstance(fact, Projectable)])
    state = await redis_log.read(job)
    assert state is not None
    assert state.status == "succeeded"
