"""An executor's reports say what its runners use, as a real engine counts it."""

import pytest

from streams.facts import Limits
from streams.ports import ActorReport
from tests.integration.actors.containers import RunnerHost
from tests.integration.actors.portal import Portal

pytestmark = [pytest.mark.redis, pytest.mark.docker]
BUSY = "x = bytearray(40 << 20)\nwhile True: pass"


async def test_a_busy_runner_uses_cpu_and_memory(at: Portal, host: RunnerHost) -> None:
    name = host.start()
    await at.start_executor()
    await at.ready(1)
    await at.running(await at.submit(BUSY, limits=Limits(wall_ms=25_000)))

    def is_busy(reports: list[ActorReport]) -> bool:
        uses = [use for report in reports for use in report.uses]
        return any(use.cpu_seconds > 0.3 and use.memory_bytes > 40 << 20 and use.processes >= 2 for use in uses)

    (report,) = await at.reports(is_busy)
    assert [use.runner for use in report.uses] == [name]
    assert report.quarantined == 0


async def test_a_refused_container_is_quarantined(at: Portal, host: RunnerHost) -> None:
    host.start()
    host.start(f"--volume={host.job_dir}:/elsewhere:ro")
    await at.start_executor()
    (report,) = await at.reports(lambda reports: bool(reports) and reports[0].quarantined == 1)
    assert report.runners == 1
