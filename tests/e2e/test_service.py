"""What the service says about itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.portal import Portal

pytestmark = [pytest.mark.e2e, pytest.mark.docker]


def test_service_is_live_and_ready(portal: Portal) -> None:
    """Both answers are JSON."""
    for path in ("/health", "/health/ready"):
        response = portal.http.get(path)
        assert response.status_code == 200, response.text
        assert isinstance(response.json(), dict)


def test_languages_have_versions_aliases_and_runners(portal: Portal) -> None:
    """What can run now."""
    languages = portal.languages()
    assert {"python", "javascript", "go"} <= languages.keys()
    assert "py" in languages["python"]["aliases"]
    assert {"js", "node", "nodejs"} <= set(languages["javascript"]["aliases"])
    assert "golang" in languages["go"]["aliases"]
    for each in languages.values():
        assert each["versions"]
        assert each["runners"]


def test_announced_version_is_what_runs(portal: Portal) -> None:
    """The Python that a job sees is the Python that was announced."""
    job = portal.execute("python", "import platform; print(platform.python_version())")
    assert job["stdout"].strip() in str(portal.languages()["python"]["versions"])


def test_openapi_describes_the_requests(portal: Portal) -> None:
    """And the page for people shows it."""
    document = portal.http.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert {"/v1/execute", "/v1/execute/{id}", "/v1/languages", "/health", "/health/ready"} <= document["paths"].keys()
    page = portal.http.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("name", "code", "exit_code", "stdout", "stderr"),
    [
        ("a.py", "import sys\nprint(sys.stdin.read())\nsys.exit(3)\n", 3, "input\n", ""),
        ("a.mjs", "console.error('e')\n", 0, "", "e\n"),
        ("a.js", "process.kill(process.pid, 'SIGKILL')\n", 137, "", "codeportal: the program was ended by SIGKILL\n"),
        ("a.go", "package main\n", 1, "", None),
    ],
)
def test_command_line_runs_a_file(
    url: str, tmp_path: Path, name: str, code: str, exit_code: int, stdout: str, stderr: str | None
) -> None:
    """As if it had run here."""
    (tmp_path / name).write_text(code)
    arguments = [sys.executable, "-W", "error", "-m", "deploy.cli", "run", str(tmp_path / name), "--server", url]
    done = subprocess.run(
        [*arguments, "--stdin", "-"], input="input", capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (exit_code, stdout)
    assert stderr is None or done.stderr == stderr


@pytest.mark.parametrize(("command", "word"), [("languages", "javascript"), ("status", "is ready")])
def test_command_line_shows_the_service(url: str, command: str, word: str) -> None:
    """Tables for people."""
    arguments = [sys.executable, "-W", "error", "-m", "deploy.cli", command, "--server", url]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert word in done.stdout
