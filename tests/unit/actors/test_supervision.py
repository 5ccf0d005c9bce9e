"""What crashes is started again, and says so."""

import asyncio
from itertools import pairwise

from actors.supervision import Supervisor
from streams.codec import UnknownVersionError
from tests.unit.actors.virtual_time import run, until


def test_a_crash_is_followed_by_a_pause_and_a_restart() -> None:
    async def scenario() -> None:
        loop, starts = asyncio.get_running_loop(), []

        async def work() -> None:
            starts.append(loop.time())
            if len(starts) < 4:
                raise RuntimeError("crash")

        supervisor = Supervisor("work", work)
        await supervisor.run()
        pauses = [later - earlier for earlier, later in pairwise(starts)]
        assert [round(pause, 3) for pause in pauses] == [0.2, 0.4, 0.8]
        assert supervisor.state == "running"

    run(scenario())


def test_the_state_says_what_it_crashed_of() -> None:
    async def scenario() -> None:
        async def work() -> None:
            raise RuntimeError("no luck")

        supervisor = Supervisor("work", work)
        task = asyncio.create_task(supervisor.run())
        await until(lambda: supervisor.state == "restarting: RuntimeError: no luck")
        supervisor.stop()
        await task

    run(scenario())


def test_a_crash_after_a_steady_life_counts_as_the_first() -> None:
    async def scenario() -> None:
        loop, starts = asyncio.get_running_loop(), []

        async def work() -> None:
            starts.append(loop.time())
            if len(starts) == 4:
                await asyncio.sleep(60)
            if len(starts) < 6:
                raise RuntimeError("crash")

        await Supervisor("work", work).run()
        assert round(starts[4] - starts[3] - 60, 3) == 0.2

    run(scenario())


def test_an_entry_of_a_newer_release_stops_it_for_good_but_alive() -> None:
    async def scenario() -> None:
        starts = []

        async def work() -> None:
            starts.append(1)
            raise UnknownVersionError("version 2")

        supervisor = Supervisor("work", work)
        task = asyncio.create_task(supervisor.run())
        await asyncio.sleep(100)
        assert (len(starts), task.done()) == (1, False)
        assert supervisor.state == "stopped: an entry of a newer release: version 2"
        supervisor.stop()
        await task

    run(scenario())
