"""Running programs, and one line for a person when they fail."""

import sys
from pathlib import Path

import pytest

from deploy.stack.command import NOT_FOUND, TIMED_OUT, attempt, run, run_logged, telling_line
from deploy.stack.errors import DeployError


def test_a_missing_program_is_an_outcome() -> None:
    assert attempt(["no-such-program-here"]).code == NOT_FOUND


def test_a_passed_deadline_is_an_outcome() -> None:
    assert attempt([sys.executable, "-c", "import signal; signal.pause()"], deadline=0.2).code == TIMED_OUT


def test_a_failure_tells_the_last_words() -> None:
    with pytest.raises(DeployError, match="out of ink"):
        run([sys.executable, "-c", "import sys; sys.exit('out of ink')"])


def test_a_logged_failure_names_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "build.log"
    with pytest.raises(DeployError, match=r"building failed \(no paper\); the log is .*build\.log"):
        run_logged([sys.executable, "-c", "print('no paper'); raise SystemExit(3)"], log, "building")
    assert "no paper" in log.read_text()


def test_an_older_failure_in_the_log_is_not_told_again(tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_text("error: of last week\n")
    with pytest.raises(DeployError, match="of today"):
        run_logged([sys.executable, "-c", "print('of today'); raise SystemExit(3)"], log, "building")


def test_the_telling_line_is_the_cause_and_not_the_complaint_about_it() -> None:
    written = (
        "Creating codeportal_edge_1 ... \n"
        "ERROR: for edge  Cannot start service edge: Bind for 127.0.0.1:8080 failed: port is already allocated\n"
        "\x1b[31mEncountered errors while bringing up the project.\x1b[0m\n"
    )
    assert telling_line(written).endswith("port is already allocated")
