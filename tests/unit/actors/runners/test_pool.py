"""The pool: finding, leasing, sharing and refusing runners."""

import asyncio

from actors.runners.container import from_inspect
from actors.runners.engine import Changed, EngineLost, Listed, Removed
from actors.runners.pool import Pool, PoolRules
from actors.runners.safety import Requirements
from actors.runners.selection import Selection
from streams.ports import ActorReport
from tests.unit.actors.runners.inspected import JOB_DIR, container, inspected, labelled
from tests.unit.actors.runners.pool_host import Host, ready, several
from tests.unit.actors.virtual_time import START, run, until
from tests.unit.actors.world import HOUR


def test_a_new_container_is_leased_at_once() -> None:
    async def scenario() -> None:
        host = Host()
        async with host.executor() as pool:
            woken: list[int] = []
            pool.on_free(lambda: woken.append(1))
            host.see(*several(1))
            await until(lambda: pool.free == 1, 0.2)
            assert woken == [1]
            assert pool.census().versions == {"python": "1.2"}
            assert pool.census().aliases == ("alias",)

    run(scenario())


def test_a_stopped_container_disappears() -> None:
    async def scenario() -> None:
        host = Host()
        stopped = inspected()
        stopped["State"]["Running"] = False
        async with host.executor() as pool:
            host.see(*several(2))
            await until(lambda: pool.free == 2)
            host.say(Changed(from_inspect(stopped)))
            host.say(Removed("id-py-2"))
            await until(lambda: pool.free == 0)
            assert pool.census().runners == 0

    run(scenario())


def test_a_paused_container_is_as_good_as_stopped() -> None:
    async def scenario() -> None:
        host = Host()
        paused = inspected()
        paused["State"]["Paused"] = True
        async with host.executor() as pool:
            host.see(*several(1))
            await until(lambda: pool.free == 1)
            host.say(Changed(from_inspect(paused)))
            await until(lambda: pool.free == 0)
            host.see(*several(1))
            await until(lambda: pool.free == 1, 1)

    run(scenario())


def test_containers_that_vanished_while_the_engine_was_away_are_forgotten() -> None:
    async def scenario() -> None:
        host = Host()
        async with host.executor() as pool:
            host.see(*several(3))
            await until(lambda: pool.free == 3)
            host.say(EngineLost("restarting"))
            await asyncio.sleep(5)
            assert pool.free == 3
            host.say(Listed(tuple(several(1) + several(1, 7))))
            await until(lambda: pool.census().runners == 2)
            assert set(host.lessor.held) == {"py-1", "py-7"}

    run(scenario())


def test_a_restarted_container_is_leased_anew() -> None:
    async def scenario() -> None:
        host = Host()
        again = inspected()
        again["State"]["StartedAt"] = "later"
        async with host.executor() as pool:
            host.see(*several(1))
            await until(lambda: pool.free == 1)
            first = host.lessor.held["py-1"]
            host.say(Changed(from_inspect(again)))
            await until(lambda: first.over and pool.free == 1, 1)

    run(scenario())


def test_the_least_used_runner_is_handed_out() -> None:
    async def scenario() -> None:
        host = Host()
        async with host.executor() as pool:
            host.see(*several(3))
            await until(lambda: pool.free == 3)
            used = []
            for _ in range(9):
                runner = pool.take()
                assert runner is not None
                used.append(runner.name)
                ready(runner)
            assert {used.count(name) for name in used} == {3}
            assert pool.census().busy == 0

    run(scenario())


def test_a_taken_runner_is_busy_until_it_is_clean() -> None:
    async def scenario() -> None:
        host = Host()
        async with host.executor() as pool:
            host.see(*several(1))
            await until(lambda: pool.free == 1)
            runner = pool.take()
            assert (pool.free, pool.take(), pool.census().busy) == (0, None, 1)
            ready(runner)
            assert pool.free == 1
            unused = pool.take()
            assert unused is not None
            pool.put_back(unused)
            assert pool.free == 1

    run(scenario())


def test_a_runner_that_cannot_be_used_yet_is_tried_again_with_growing_pauses() -> None:
    async def scenario() -> None:
        host = Host()
        host.lessor.broken["py-1"] = "its agent starts"
        async with host.executor() as pool:
            host.see(*several(1))
            await asyncio.sleep(10)
            assert 5 < len(host.lessor.asked) < 15
            assert pool.census().trouble == "py-1 its agent starts"
            host.lessor.broken.clear()
            await until(lambda: pool.free == 1, 2.1)
            assert pool.census().trouble is None

    run(scenario())


def test_a_runner_whose_agent_died_is_found_again() -> None:
    async def scenario() -> None:
        host = Host()
        async with host.executor() as pool:
            host.see(*several(1))
            await until(lambda: pool.free == 1)
            host.lessor.die("py-1")
            assert pool.free == 0
            await until(lambda: pool.free == 1, 1)

    run(scenario())


# -- refusing


def test_an_unsafe_runner_is_refused_with_the_reason() -> None:
    async def scenario() -> None:
        host = Host()
        async with host.executor() as pool:
            host.see(container("py-1", Privileged=True))
            await asyncio.sleep(5)
            assert (pool.free, host.lessor.asked) == (0, [])
            assert pool.census().trouble == "py-1 is privileged"

    run(scenario())


def test_an_unsafe_runner_is_used_when_the_risk_was_named() -> None:
    async def scenario() -> None:
        host = Host()
        rules = PoolRules(Selection("python"), Requirements(JOB_DIR), allow_unsafe="my laptop")
        async with host.executor(rules=rules) as pool:
            host.see(container("py-1", Privileged=True))
            await until(lambda: pool.free == 1)

    run(scenario())


def test_naming_a_risk_does_not_change_network_or_runtime() -> None:
    async def scenario() -> None:
        host = Host()
        rules = PoolRules(Selection("python"), Requirements(JOB_DIR, runtime="runsc"), allow_unsafe="my laptop")
        async with host.executor(rules=rules) as pool:
            host.see(container("py-1"))
            await asyncio.sleep(5)
            assert "SANDBOX_RUNTIME" in (pool.census().trouble or "")

    run(scenario())


def test_a_runner_that_becomes_unsafe_loses_its_lease() -> None:
    async def scenario() -> None:
        host = Host()
        attached = inspected(NetworkMode="none")
        attached["NetworkSettings"]["Networks"] = {"none": {}, "bridge": {}}
        async with host.executor() as pool:
            host.see(*several(1))
            await until(lambda: pool.free == 1)
            host.say(Changed(from_inspect(attached)))
            await until(lambda: pool.free == 0 and not host.lessor.held)
            host.see(*several(1))
            await until(lambda: pool.free == 1)

    run(scenario())


def test_a_runner_of_another_language_is_refused() -> None:
    async def scenario() -> None:
        host = Host()
        host.lessor.language = "go"
        async with host.executor() as pool:
            host.see(*several(1))
            await until(lambda: pool.census().trouble == "py-1 runs go, not python")
            assert host.lessor.held == {}

    run(scenario())


# -- pools and fallbacks


def test_the_fallback_is_used_only_while_there_is_nothing_else() -> None:
    async def scenario() -> None:
        host = Host()
        rules = PoolRules(Selection("python", fallback="last"), Requirements(JOB_DIR))
        async with host.executor(rules=rules) as pool:
            host.see(labelled("last"))
            await until(lambda: set(host.lessor.held) == {"last"})
            host.see(*several(1))
            await until(lambda: set(host.lessor.held) == {"py-1"}, 2)
            host.say(Removed("id-py-1"))
            await until(lambda: set(host.lessor.held) == {"last"}, 2)
            assert pool.free == 1

    run(scenario())


# -- sharing


def counts(*pools: Pool) -> list[int]:
    return [pool.census().runners for pool in pools]


def test_two_executors_share_evenly() -> None:
    async def scenario() -> None:
        host = Host()
        host.see(*several(4))
        async with host.executor("a") as first:
            await until(lambda: counts(first) == [4])
            async with host.executor("b") as second:
                await until(lambda: counts(first, second) == [2, 2], 3)
                await asyncio.sleep(30)
                assert counts(first, second) == [2, 2]
            await until(lambda: counts(first) == [4], 3)

    run(scenario())


def test_a_busy_executor_gives_up_its_surplus_as_jobs_end() -> None:
    async def scenario() -> None:
        host = Host()
        host.see(*several(2))
        async with host.executor("a") as first:
            await until(lambda: first.free == 2)
            taken = [first.take(), first.take()]
            async with host.executor("b") as second:
                await asyncio.sleep(3)
                assert counts(first, second) == [2, 0]
                ready(taken[0])
                assert first.free == 0  # not even for a moment
                await until(lambda: counts(first, second) == [1, 1], 1.1)

    run(scenario())


def test_runners_that_the_others_cannot_use_are_not_left_idle() -> None:
    async def scenario() -> None:
        host = Host()
        elsewhere = ActorReport(name="b", kind="executor", host="another", pid=1, started_at=START, language="python")
        await host.log.report(elsewhere, HOUR)
        async with host.executor("a") as pool:
            host.see(*several(4))
            await asyncio.sleep(1.5)
            assert counts(pool) == [2]
            await until(lambda: counts(pool) == [4], 3)
            await asyncio.sleep(30)
            assert counts(pool) == [4]

    run(scenario())


def test_a_retired_pool_gives_everything_up_and_leases_nothing() -> None:
    async def scenario() -> None:
        host = Host()
        async with host.executor() as pool:
            host.see(*several(2))
            await until(lambda: pool.free == 2)
            busy = pool.take()
            pool.retire()
            assert set(host.lessor.held) == {busy.name if busy else ""}
            ready(busy)
            host.see(*several(1, 5))
            await asyncio.sleep(5)
            assert host.lessor.held == {}

    run(scenario())


def test_a_stop_gives_all_leases_up() -> None:
    async def scenario() -> None:
        host = Host()
        async with host.executor() as pool:
            host.see(*several(2))
            await until(lambda: pool.free == 2)
        assert host.lessor.held == {}

    run(scenario())


def test_a_runner_on_anothers_socket_directory_is_refused_until_the_other_is_gone() -> None:
    async def scenario() -> None:
        host = Host()
        intruder = inspected("py-2")
        intruder["Mounts"][0]["Source"] = f"{JOB_DIR}/py-1"
        async with host.executor() as pool:
            host.see(container("py-1"), from_inspect(intruder))
            await until(lambda: offered(pool) == "py-1")
            host.say(Removed("id-py-1"))
            await until(lambda: offered(pool) == "py-2")
            assert pool.census().runners == 1

    run(scenario())


def offered(pool: Pool) -> str | None:
    """Whom the next job would get."""
    runner = pool.take()
    if runner is None:
        return None
    pool.put_back(runner)
    return runner.name
