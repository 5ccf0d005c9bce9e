"""Why a job waits: its place, the runners, and when it may start."""

from streams.jobid import parse_job_id
from tests.unit.http_edge.edge_in_memory import PROJECTOR, World, report, running_edge

BUSY = report("executor-1", "executor", language="python", runners=2, busy=2, job_ms=100.0)


async def queue_of(world: World, number: int) -> object:
    """What the answer says of the queue, for the last of `number` submissions by one client."""
    for _ in range(number):
        answer = await world.submit()
    read = await world.http.get(f"/v1/execute/{answer.json()['id']}")
    return read.json()["queue"]


async def test_a_queued_job_says_why_it_waits() -> None:
    async with running_edge(BUSY, PROJECTOR) as world:
        assert await queue_of(world, 4) == {"position": 4, "runners": 2, "busy": 2, "estimated_start_ms": 200}


async def test_it_starts_at_once_where_a_runner_is_free() -> None:
    free = report("executor-1", "executor", language="python", runners=2, busy=1, job_ms=100.0)
    async with running_edge(free, PROJECTOR) as world:
        assert await queue_of(world, 1) == {"position": 1, "runners": 2, "busy": 1, "estimated_start_ms": 0}


async def test_nobody_can_tell_before_the_first_job_or_without_a_runner() -> None:
    new = report("executor-1", "executor", language="python", runners=2, busy=2)
    without = report("executor-1", "executor", language="python", runners=0, job_ms=100.0)
    for executor in (new, without):
        async with running_edge(executor, PROJECTOR) as world:
            queue = await queue_of(world, 1)
            assert isinstance(queue, dict)
            assert queue["estimated_start_ms"] is None


async def test_a_job_that_does_not_wait_says_nothing() -> None:
    async with running_edge(BUSY, PROJECTOR) as world:
        job = (await world.submit()).json()["id"]
        await world.run_next()
        state = await world.log.read(parse_job_id(job))
        assert state is not None
        assert (await world.http.get(f"/v1/execute/{job}")).json()["queue"] is None
