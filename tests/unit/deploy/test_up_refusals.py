"""What `deploy/up` cannot do it says at once, and not after minutes of building."""

import io
import os
from pathlib import Path

import pytest

from deploy.stack import engine, up
from deploy.stack.console import Console
from deploy.stack.errors import DeployError
from deploy.stack.settings import from_environ


@pytest.fixture(autouse=True)
def _no_engine_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    def touched(_console: Console) -> None:
        raise AssertionError("it went on to the engine")

    monkeypatch.setattr(engine, "ensure", touched)


def test_who_is_not_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(DeployError, match="needs root: run this with sudo"):
        up.bring_up(Console(io.StringIO()), from_environ({"SANDBOX_JOB_DIR": str(tmp_path / "jobs")}))


def test_a_socket_directory_that_is_somebody_elses(tmp_path: Path) -> None:
    jobs = tmp_path / "jobs"
    jobs.mkdir()
    os.chown(jobs, 65534, 65534)
    with pytest.raises(DeployError, match="belongs to uid 65534"):
        up.bring_up(Console(io.StringIO()), from_environ({"SANDBOX_JOB_DIR": str(jobs)}))
