"""The end of an execution where there is no cgroup to count what is left, as under gVisor."""

import os
import resource
from collections.abc import Iterator

import pytest

from actors.agent import execution, loop
from actors.agent.cgroup import Cgroup
from actors.agent.execution import Baseline, Bounds, Ended, Execution, Place
from actors.agent.hunter import Hunter
from actors.agent.loop import Loop
from actors.agent.streams import Stdio
from actors.agent.warm import Cold

MAIN, USER = 4_000_000, 12_345
CHILDREN = 3_000


class Clock:
    """Time that passes only when told to; seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.now


class Prey(Hunter):
    """Kills nobody, and says it did."""

    def __init__(self) -> None:
        super().__init__()
        self.kills = 0

    def kill(self, uid: int, gid: int) -> bool:
        assert (uid, gid) == (USER, USER)
        self.kills += 1
        return True


class Bomb:
    """An execution whose main process is dead and left `children` of its own."""

    def __init__(self, children: int, clock: Clock) -> None:
        self.children, self.looks, self.locks = children, 0, False
        self.freed = 0
        self._clock = clock
        self.ended: list[Ended] = []
        self.hunter = Prey()
        nothing = Cgroup(0, _none, _none, _none, _none, _none, _none, too_many_locks=lambda: self.locks)
        self._loop = Loop()
        place = Place(self._loop, nothing, self.hunter, Cold())
        stdio, self._job_ends = _pipes()
        bounds = Bounds(wall_ms=60_000, output_bytes=1000)
        user = (USER, USER)
        self._execution = Execution(place, MAIN, user, stdio, bounds, Baseline.now(place), self.ended.append)

    def runs_for(self, seconds: float) -> None:
        self._clock.now += seconds
        self._loop._fire()  # noqa: SLF001 - to wait for its descriptors would take real time

    def close(self) -> None:
        self._loop._epoll.close()  # noqa: SLF001 - a loop ends with its process otherwise

    def hold_stdout(self) -> None:
        self._held = os.dup(self._job_ends[1])

    def let_go(self) -> None:
        if not self.ended:
            os.write(self._held, b"last")
        os.close(self._held)

    def frees(self) -> None:
        self.freed += 1

    def end(self) -> None:
        for fd in self._job_ends:
            os.close(fd)
        self.dies(MAIN)

    def dies(self, pid: int) -> None:
        self._execution.reaped(pid, 9, resource.getrusage(resource.RUSAGE_SELF))
        self._execution.sweep()

    def listed(self, uid: int) -> bool:
        assert uid == USER
        self.looks += 1
        return self.children > 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(execution, "time", clock)
    monkeypatch.setattr(loop, "time", clock)
    return clock


@pytest.fixture
def bomb(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bomb]:
    bomb = Bomb(CHILDREN, clock)
    monkeypatch.setattr(execution, "any_listed", bomb.listed)
    monkeypatch.setattr(execution, "free_in_flight", bomb.frees)
    monkeypatch.setattr(os, "kill", lambda pid, _signal: pid == MAIN or pytest.fail(f"kills {pid}"))
    yield bomb
    bomb.close()


def test_children_that_die_one_by_one_do_not_each_cost_a_look(bomb: Bomb, clock: Clock) -> None:
    """30 ms in which 3,000 die: a look each would be some millions of files to open."""
    bomb.end()
    while bomb.children:
        bomb.children -= 1
        clock.now += 0.00001
        bomb.dies(MAIN + bomb.children)
    assert 1 <= bomb.looks <= 8
    assert bomb.hunter.kills == bomb.looks
    assert not bomb.ended


def test_it_ends_at_the_look_that_finds_nothing(bomb: Bomb, clock: Clock) -> None:
    bomb.end()
    bomb.children = 0
    clock.now += 0.01
    bomb.dies(MAIN + 1)
    assert [ended.outcome for ended in bomb.ended] == ["signaled"]


def test_a_job_that_left_nothing_waits_for_no_throttle(bomb: Bomb) -> None:
    bomb.children = 0
    bomb.end()
    assert [ended.error for ended in bomb.ended] == [None]
    assert bomb.hunter.kills == 1


def test_what_does_not_die_is_our_failure(bomb: Bomb, clock: Clock) -> None:
    bomb.end()
    clock.now += 11
    bomb.dies(MAIN + 1)
    assert [ended.outcome for ended in bomb.ended] == ["internal_error"]


def test_streams_that_sockets_in_flight_hold_are_waited_for(bomb: Bomb) -> None:
    """Of a job that is dead: the kernel is asked to look for them, and the runner is as clean as ever."""
    bomb.children = 0
    bomb.hold_stdout()
    bomb.end()
    assert bomb.freed == 1
    assert not bomb.ended
    bomb.let_go()
    bomb.runs_for(0.02)
    assert [(ended.error, ended.stdout) for ended in bomb.ended] == [(None, b"last")]


def test_streams_that_somebody_holds_for_good_are_our_failure(bomb: Bomb) -> None:
    bomb.children = 0
    bomb.hold_stdout()
    bomb.end()
    bomb.runs_for(6.0)
    bomb.let_go()
    assert [ended.error for ended in bomb.ended] == ["somebody still holds the job's stdout"]


def test_a_job_with_too_many_locks_is_at_its_memory_limit(bomb: Bomb) -> None:
    bomb.locks = True
    bomb.runs_for(2.0)
    bomb.children = 0
    bomb.end()
    assert [ended.outcome for ended in bomb.ended] == ["memory_limit"]


def test_a_short_job_is_not_asked_for_its_locks(bomb: Bomb) -> None:
    """The look costs milliseconds in which nobody on the machine gets a lock."""
    bomb.locks = True
    bomb.runs_for(0.9)
    bomb.children = 0
    bomb.end()
    assert [ended.outcome for ended in bomb.ended] == ["signaled"]


def _none() -> None:
    """What a counter says that the host does not offer."""


def _pipes() -> tuple[Stdio, tuple[int, int, int]]:
    stdin, stdout, stderr = os.pipe(), os.pipe(), os.pipe()
    for fd in (stdin[1], stdout[0], stderr[0]):
        os.set_blocking(fd, False)
    job = (stdin[0], stdout[1], stderr[1])
    return Stdio(job, stdin[1], stdout[0], stderr[0]), job


class Starting(Cold):
    """Something that still starts beside a job: it uses as much CPU time as the job does."""

    def __init__(self) -> None:
        self.used_s = 1.0

    def cpu_s(self) -> float:
        return self.used_s


def test_what_starts_beside_a_job_is_not_counted_as_the_jobs(clock: Clock) -> None:
    container_ns = [0]
    cgroup = Cgroup(2, lambda: container_ns[0], _none, _none, _none, _none, _none)
    starting = Starting()
    place = Place(Loop(), cgroup, Prey(), starting)
    before = Baseline.now(place)
    clock.now += 0.25  # the agent's own
    starting.used_s += 0.5
    container_ns[0] += 1_000_000_000
    assert before.cpu_ms_since(place, 0.0) == pytest.approx(250.0)
    place.loop._epoll.close()  # noqa: SLF001 - a loop ends with its process otherwise
