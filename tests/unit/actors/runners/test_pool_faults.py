"""The pool when something breaks that nobody foresaw: no container is lost to it for good."""

import asyncio

import pytest

from actors.runners.container import Container, from_inspect
from actors.runners.engine import Changed, Listed, Sighting
from actors.runners.lease import Watcher
from actors.runners.pool import Pool
from tests.unit.actors.runners.fake_lessor import FakeLease, FakeLessor
from tests.unit.actors.runners.inspected import inspected
from tests.unit.actors.runners.pool_host import RULES, Host, several
from tests.unit.actors.virtual_time import run, until


class FaultyLessor(FakeLessor):
    """Fails as no lessor should, `failures` times."""

    failures = 2

    async def lease(self, container: Container, watcher: Watcher) -> FakeLease:
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError("on purpose")
        return await super().lease(container, watcher)


class SlowLessor(FakeLessor):
    """Takes a second for each lease, or to find out that there is none."""

    async def lease(self, container: Container, watcher: Watcher) -> FakeLease:
        await asyncio.sleep(1)
        return await super().lease(container, watcher)


def test_a_container_whose_lease_broke_is_leased_later() -> None:
    async def scenario() -> None:
        host = Host()
        host.lessor = FaultyLessor()
        async with host.executor() as pool:
            host.see(*several(1))
            await until(lambda: pool.census().quarantined == 1, 0.2)
            assert pool.census().trouble == "py-1 cannot be leased: ZeroDivisionError: on purpose"
            await until(lambda: pool.free == 1, 1)

    run(scenario())


def test_a_pool_that_is_started_again_leases_what_it_was_about_to() -> None:
    """As its supervisor does after a crash of one of its parts."""

    async def scenario() -> None:
        host = Host()
        queue: asyncio.Queue[Sighting] = asyncio.Queue()
        queue.put_nowait(Listed(tuple(several(1))))
        pool = Pool(RULES, queue, SlowLessor(), host.log, "a")
        first = asyncio.create_task(pool.run())
        await asyncio.sleep(0.5)
        first.cancel()
        await asyncio.wait([first])
        assert pool.free == 0
        second = asyncio.create_task(pool.run())
        await until(lambda: pool.free == 1, 3)
        second.cancel()
        await asyncio.wait([second])

    run(scenario())


@pytest.mark.parametrize("end", ["broken", "elsewhere"])
def test_a_container_that_became_unsafe_while_it_was_leased_stays_refused(end: str) -> None:
    async def scenario() -> None:
        host, unsafe = Host(), inspected()
        lessor = host.lessor = SlowLessor()
        unsafe["HostConfig"]["Privileged"] = True
        async with host.executor() as pool:
            host.see(*several(1))
            await asyncio.sleep(0.5)
            if end == "broken":
                lessor.broken["py-1"] = "broken"
            else:
                await FakeLessor.lease(lessor, several(1)[0], Watcher(lambda: None, lambda _reason: None))
            host.say(Changed(from_inspect(unsafe)))
            await until(lambda: "privileged" in str(pool.census().trouble))
            await asyncio.sleep(30)
            assert len(lessor.asked) == (1 if end == "broken" else 2)
            assert "privileged" in str(pool.census().trouble)

    run(scenario())
