"""An actor of a newer release reports what this one cannot read: it is not seen, and those beside it are."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from http_edge.metrics.observed import observe
from streams import keys
from streams.ports import ActorReport
from streams.redis import RedisLog
from streams.redis.wire import Wire
from streams.replay.layout import read_layout
from tests.conftest import RedisServer

REPORT = ActorReport(name="ours", kind="executor", host="h", pid=1, started_at=datetime(2026, 1, 2, tzinfo=UTC))
OF_A_NEWER_RELEASE = [b'{"name":"new","kind":"conductor"}', b'{"name":"new","kind":"executor","pid":"1"}', b"\x93"]


@pytest.mark.parametrize("report", OF_A_NEWER_RELEASE)
async def test_its_report_takes_none_of_the_others_away(
    redis_log: RedisLog, redis_server: RedisServer, report: bytes
) -> None:
    await redis_log.report(REPORT, timedelta(minutes=1))
    with redis_server.client() as client:
        client.hset(keys.ACTORS, "new", b"%d 60000 " % ((time.time() + 60) * 1000) + report)
    assert list(await redis_log.actors()) == [REPORT]
    wire = Wire(redis_server.settings)
    observed = await observe(wire, await read_layout(wire))
    await wire.close()
    assert list(observed.actors) == [REPORT]
