"""What the kernel counts by user over the whole host: a job that takes all of it leaves other runners theirs."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from actors.runners.users import FIRST_UID, Users
from tests.integration.agent.agent_client import Client
from tests.integration.agent.containers import Runner, docker, runner

pytestmark = [pytest.mark.docker]

INOTIFY = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def take(): return libc.inotify_init1(0) >= 0
"""
IN_FLIGHT = """
import os, socket
kept = []
def take():
    if not kept or kept[-1][2] == 200: kept.append([*socket.socketpair(), 0])
    try: socket.send_fds(kept[-1][0], [b"x"], [1] * 50)
    except OSError: return False
    kept[-1][2] += 1
    return True
"""
ALL = "taken = 0\nwhile taken < 20_000 and take(): taken += 1\nprint(taken, flush=True)\ninput()\n"
ONE = "print(take())"
SCARCE = {"inotify instances": INOTIFY, "files in flight": IN_FLIGHT}


def own_user(place: Runner) -> tuple[int, int]:
    """As executors have it."""
    return Users().of(docker("inspect", "--format", "{{.Id}}", place.name).strip())


@contextmanager
def used_up(client: Client, what: str, user: tuple[int, int]) -> Iterator[None]:
    """While a job of `user` holds all that it can get."""
    client.pings = True
    job = client.start(SCARCE[what] + ALL, stdin=None, uid=user[0], gid=user[1], live_after_ms=0)
    _, taken = client.receive_type("output")
    assert 0 < int(taken) < 20_000, "the kernel has a limit"
    yield
    client.send({"type": "stdin", "job": job, "eof": True}, b"\n")
    client.finish()


@pytest.mark.parametrize("what", SCARCE)
def test_a_job_that_takes_all_leaves_other_runners_theirs(what: str, tmp_path: Path) -> None:
    """And would not, were the users of the two the same: the second look shows that the first one means something."""
    with runner("python", tmp_path) as first, runner("python", tmp_path) as second:
        hog, other = own_user(first), own_user(second)
        assert min(hog[0], other[0]) >= FIRST_UID
        with closing(first.connect()) as busy, closing(second.connect()) as free, used_up(busy, what, hog):
            look = SCARCE[what] + ONE
            assert free.run(look, uid=other[0], gid=other[1])["stdout"] == b"True\n"
            assert free.run(look, uid=hog[0], gid=hog[1])["stdout"] == b"False\n"
