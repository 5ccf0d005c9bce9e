"""`codeportal status` and `codeportal languages` show what the server says."""

import json

import pytest
from starlette.responses import JSONResponse

from deploy.cli.__main__ import main
from tests.unit.cli.conftest import Portal

READY = {
    "status": "ready",
    "checks": {
        "redis": {"ok": True, "state": "ok"},
        "executor python": {"ok": True, "state": "running", "runners": 2, "executors": 1},
    },
}
LANGUAGES = {
    "languages": [
        {
            "name": "python",
            "aliases": ["py"],
            "versions": {"python": "3.13.5"},
            "runners": 2,
            "busy": 1,
            "executors": 1,
        }
    ]
}


def test_ready_server_is_0(portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    """Every part has its line."""
    portal.answer("GET", JSONResponse(READY))
    assert main(["status", "--server", portal.url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{portal.url} is ready"
    assert lines[2].split() == ["redis", "yes", "ok"]
    assert lines[3].split("  ") == ["executor python", "yes", "running", "runners 2, executors 1"]


def test_unready_server_is_1(portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    """503 is an answer, not a reason to retry."""
    portal.answer("GET", JSONResponse({"checks": {"redis": {"ok": False, "state": "refused"}}}, 503))
    assert main(["status", "--server", portal.url]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("is NOT READY")
    assert lines[2].split() == ["redis", "NO", "refused"]
    assert len(portal.seen) == 1


def test_absent_server_is_69() -> None:
    """Nobody there is not the same as not ready."""
    assert main(["status", "--server", "http://127.0.0.1:1"]) == 69


@pytest.mark.parametrize(("command", "answer"), [("status", READY), ("languages", LANGUAGES)])
def test_json_is_the_answer(
    portal: Portal, capsys: pytest.CaptureFixture[str], command: str, answer: dict[str, object]
) -> None:
    """For scripts."""
    portal.answer("GET", JSONResponse(answer))
    assert main([command, "--server", portal.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == answer


def test_languages_are_a_table(portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    """A line per language."""
    portal.answer("GET", JSONResponse(LANGUAGES))
    assert main(["languages", "--server", portal.url]) == 0
    row = capsys.readouterr().out.splitlines()[1]
    assert row.split() == ["python", "py", "python", "3.13.5", "2", "1", "1"]


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version(option: str) -> None:
    """Both end well."""
    with pytest.raises(SystemExit) as exit_info:
        main([option])
    assert exit_info.value.code == 0
