"""Who waits, who is handed out, and who is replaced."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from actors.agent import warm
from actors.agent.languages import PROGRAM
from actors.agent.loop import Loop
from actors.agent.processes import Command, cpu_s, threads
from actors.agent.request import Limits, Request
from actors.agent.standby import Standby, State

USER, GROUP = os.getuid(), os.getgid()
NOBODYS = 5_000_000  # above the kernel's largest pid: what is discarded is killed
TOOLS = {"compile": Command("/compile", ("compile",), {}), "link": Command("/link", ("link",), {})}


class Started(warm.GoWarmer):
    """Instead of a process each standby has a number, and its end of the socket stays here."""

    def __init__(self, loop: Loop) -> None:
        super().__init__(loop, TOOLS)
        self.begun: list[tuple[str, Standby]] = []

    def _begin(self, name: str, uid: int, gid: int) -> Standby:
        standby = Standby(self._loop, uid, gid)
        standby.pid = NOBODYS + len(self.begun)
        self.begun.append((name, standby))
        return standby

    def names(self) -> list[str]:
        return [name for name, _ in self.begun]


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop._epoll.close()  # noqa: SLF001 - a loop ends with its process otherwise


@pytest.fixture
def warmer(loop: Loop) -> Iterator[Started]:
    warmer = Started(loop)
    yield warmer
    for _, standby in warmer.begun:
        standby.pid = 0  # a test may have put its own process there
        if standby._control.fileno() >= 0:  # noqa: SLF001 - a second time would close others' descriptors
            standby.discard()


def test_one_of_each_name_waits(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    warmer.prepare(USER, GROUP)
    assert warmer.names() == ["compile", "link"]


def test_only_what_was_taken_is_replaced(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    assert warmer.take("compile", USER, GROUP) is warmer.begun[0][1]
    assert warmer.take("compile", USER, GROUP) is None
    warmer.prepare(USER, GROUP)
    assert warmer.names() == ["compile", "link", "compile"]


def test_nobody_gets_what_waits_for_another_user(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    assert warmer.take("link", USER + 1, GROUP) is None
    assert warmer.begun[1][1].state is State.GONE
    assert warmer.take("link", USER, GROUP) is None


def test_another_user_has_all_of_them_replaced(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    for _, standby in warmer.begun:
        standby.uid += 1
    warmer.prepare(USER, GROUP)
    assert warmer.names() == ["compile", "link", "compile", "link"]
    assert [standby.state is State.GONE for _, standby in warmer.begun] == [True, True, False, False]


def test_one_that_died_is_replaced_with_the_next_preparation(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    warmer.reaped(warmer.begun[1][1].pid)
    assert warmer.begun[1][1].state is State.GONE
    assert warmer.take("link", USER, GROUP) is None
    warmer.prepare(USER, GROUP)
    assert warmer.names() == ["compile", "link", "link"]


def test_the_death_of_others_changes_nothing(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    warmer.reaped(1)
    warmer.prepare(USER, GROUP)
    assert warmer.names() == ["compile", "link"]


@pytest.mark.parametrize(("report", "ready"), [(b"5000000", True), (b"", False), (b"no number", False)])
def test_one_is_ready_when_it_says_so_and_not_because_its_pid_is_known(
    warmer: Started, report: bytes, *, ready: bool
) -> None:
    warmer.prepare(USER, GROUP)
    standby = warmer.take("compile", USER, GROUP)
    assert standby is not None
    told: list[bool] = []
    standby.when_ready(told.append)
    standby.far_end.sendall(report)
    standby.far_end.close()
    standby._on_control()  # noqa: SLF001 - as the loop does
    assert told == [ready]


def test_a_tool_is_told_who_it_becomes(warmer: Started) -> None:
    request = Request("a", 1, 7, 8, Limits(1, 1), Limits(1, 1))
    assert warmer.order(request) == b"7 8"


def test_every_thread_of_what_waits_is_a_task(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    assert warmer.tasks() == 0  # none of them lives
    warmer.begun[0][1].pid = os.getpid()
    before = warmer.tasks()
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert warmer.tasks() == before + 1 == threads(os.getpid())
    end.set()
    thread.join()


def test_nothing_waits_after_it_was_dismissed(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    warmer.dismiss()
    assert [standby.state for _, standby in warmer.begun] == [State.GONE, State.GONE]
    assert warmer.take("link", USER, GROUP) is None


def test_what_is_discarded_ends_though_it_hangs(loop: Loop) -> None:
    standby = Standby(loop, USER, GROUP)
    pid = os.fork()
    if not pid:
        signal.pause()
    standby.launched(pid)
    standby.discard()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def test_what_is_dismissed_is_gone_at_once(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    pids = []
    for _, standby in warmer.begun:
        standby.pid = os.fork()
        if not standby.pid:
            signal.pause()
        pids.append(standby.pid)
    warmer.dismiss()
    for pid in pids:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def test_the_number_of_one_that_died_is_not_killed(warmer: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "kill", lambda pid, _signal: pytest.fail(f"kills {pid}"))
    warmer.prepare(USER, GROUP)
    for _, standby in list(warmer.begun):
        warmer.reaped(standby.pid)
    monkeypatch.undo()


def test_the_cpu_time_of_what_waits_is_known_and_that_of_what_was_taken_not_asked_for(warmer: Started) -> None:
    warmer.prepare(USER, GROUP)
    (_, compiler), (_, linker) = warmer.begun
    compiler.pid, linker.pid = os.getpid(), 0  # the other's is not known yet
    before = time.process_time()
    assert before <= warmer.cpu_s() <= time.process_time()
    assert warmer.take("compile", USER, GROUP) is compiler
    assert warmer.cpu_s() == 0


def test_the_dead_have_used_nothing_that_could_be_asked_for() -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)
    assert cpu_s(pid) == 0


def test_no_warm_starts_means_none() -> None:
    cold = warm.Cold()
    cold.prepare(USER, GROUP)
    assert (cold.take(PROGRAM, USER, GROUP), cold.tasks()) == (None, 0)
