"""What runners use, from what the engine tells."""

from collections.abc import Mapping
from typing import Any

import pytest

from actors.runners.use import UseUnknownError, UseWatch, use_of
from streams.ports import RunnerUse

CGROUP_1: dict[str, Any] = {
    "cpu_stats": {"cpu_usage": {"total_usage": 1_500_000_000}},
    "memory_stats": {"usage": 3000, "stats": {"total_inactive_file": 1000, "inactive_file": 1}},
    "pids_stats": {"current": 4},
}
CGROUP_2 = {**CGROUP_1, "memory_stats": {"usage": 3000, "stats": {"inactive_file": 500}}}
STOPPED: dict[str, Any] = {"cpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": {}, "pids_stats": {}}


@pytest.mark.parametrize(("stats", "memory"), [(CGROUP_1, 2000), (CGROUP_2, 2500)])
def test_caches_that_the_kernel_takes_back_at_will_do_not_count(stats: Any, memory: int) -> None:
    assert use_of("r", stats) == RunnerUse(runner="r", cpu_seconds=1.5, memory_bytes=memory, processes=4)


def test_a_container_that_is_going_has_no_use() -> None:
    with pytest.raises(KeyError):
        use_of("r", STOPPED)


class Meter:
    """Knows the uses of some containers."""

    def __init__(self, known: Mapping[str, RunnerUse]) -> None:
        self._known = known

    async def read(self, container_id: str, name: str) -> RunnerUse:
        del name
        if container_id not in self._known:
            raise UseUnknownError("no such container")
        return self._known[container_id]


async def test_one_that_cannot_be_asked_is_left_out() -> None:
    use = use_of("one", CGROUP_1)
    leased = {"1": "one", "2": "two"}
    watch = UseWatch(Meter({"1": use}), lambda: leased)
    await watch.look()
    assert list(watch.uses) == [use]
    leased.clear()
    await watch.look()
    assert list(watch.uses) == []
