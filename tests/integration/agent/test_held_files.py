"""What is left where a job could write, names or none. A real tmpfs: nothing else counts to the block."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from actors.agent import cleanup
from actors.agent.cleanup import Unused

SIZE = 1 << 20


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", str(tmp_path)], check=True)
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_an_empty_place_holds_nothing(place: Path) -> None:
    unused = Unused([str(place)])
    (place / "x").write_bytes(bytes(SIZE))
    (place / "x").unlink()
    assert unused.held() == []


def test_a_deleted_file_that_is_open_is_held(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleanup, "_FREEING_PATIENCE_S", 0.0)
    unused = Unused([str(place)])
    with (place / "x").open("wb") as file:
        file.write(bytes(SIZE))
        (place / "x").unlink()
        assert unused.held() == [str(place)]
    assert unused.held() == []


def test_what_a_dead_process_sent_to_itself_is_freed(place: Path) -> None:
    """The kernel looks for it when a Unix socket is closed, and the look is asked for."""
    unused = Unused([str(place)])
    pid = os.fork()
    if pid == 0:
        file = os.open(place / "x", os.O_CREAT | os.O_RDWR)
        os.write(file, bytes(SIZE))
        (place / "x").unlink()
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        for end in (near, far):
            socket.send_fds(end, [b"x"], [file, near.fileno(), far.fileno()])
        os._exit(0)
    os.waitpid(pid, 0)
    assert unused.held() == []
