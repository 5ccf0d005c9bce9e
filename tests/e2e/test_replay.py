"""The commands over the streams, as people type them, against the running stack."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from deploy.stack.settings import ROOT
from streams import keys
from streams.jobid import parse_job_id
from tests.conftest import RedisServer
from tests.e2e.portal import Portal
from tests.e2e.stack import Stack

DEADLINE = 90.0
COIN = "import os; print(os.urandom(1)[0] % 2)"


@dataclass(frozen=True)
class Cli:
    """`codeportal` on this stack."""

    project: str
    url: str

    def __call__(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            self.command(*arguments),
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE,
            stdin=subprocess.DEVNULL,
            env=self.environment,
            cwd=ROOT,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def json(self, *arguments: str, code: int = 0) -> Any:
        """The one JSON value that a command prints."""
        out = self(*arguments, "--json", code=code)
        return json.loads(out)

    def lines(self, *arguments: str) -> list[Any]:
        """The JSON lines that a command prints; hints on standard error are none.

        Not `splitlines`: programs may hold characters that Python counts as ends of lines, and JSON does not.
        """
        return [json.loads(line) for line in self(*arguments, "--json").split("\n") if line.startswith("{")]

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "deploy.cli", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("REDIS_")}
        return {**kept, "CODEPORTAL_PROJECT": self.project, "CODEPORTAL_URL": self.url}


@pytest.fixture
def cli(stack: Stack, url: str) -> Cli:
    return Cli(stack.project, url)


def test_tail_shows_a_jobs_facts_in_order(portal: Portal, cli: Cli) -> None:
    job = portal.execute("python", "print(1)")
    own = [fact for fact in cli.lines("tail", "-n", "200") if fact["job"] == job["id"]]
    assert [fact["status"] for fact in own] == ["queued", "running", "succeeded"]
    assert job["id"] in cli("tail", "-n", "200", "--language", "python", "--status", "succeeded")
    assert job["id"] not in cli("tail", "-n", "200", "--language", "go")


def test_tail_follows(portal: Portal, cli: Cli) -> None:
    command = cli.command("tail", "-f", "-n", "1", "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=cli.environment, cwd=ROOT) as process:
        watchdog = threading.Timer(DEADLINE, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            process.stdout.readline()  # the one from before: from here on it follows
            job = portal.execute("python", "print('followed')")
            statuses: list[str] = []
            while statuses[-1:] != ["succeeded"] and (line := process.stdout.readline()):
                fact = json.loads(line)
                statuses += [fact["status"]] if fact["job"] == job["id"] else []
        finally:
            watchdog.cancel()
            process.kill()
    assert statuses == ["queued", "running", "succeeded"]


def test_tail_pages_through_everything_once(portal: Portal, cli: Cli) -> None:
    start = portal.execute("python", "print(1)")["created_at"]
    for _ in range(3):
        portal.execute("python", "print(2)")
    whole = [fact["id"] for fact in cli.lines("tail", "--from", start, "-n", "12")]
    paged: list[str] = []
    after = ["--from", start]
    while len(paged) < len(whole):
        out = cli("tail", "--json", "-n", "5", *after)
        paged += [json.loads(line)["id"] for line in out.split("\n") if line.startswith("{")]
        if "--after" not in out:
            break
        after = ["--after", out.rpartition("--after ")[2].strip()]
    assert paged[: len(whole)] == whole


def test_show_says_where_the_time_went(portal: Portal, cli: Cli) -> None:
    job = portal.execute("go", 'package main\nimport "fmt"\nfunc main() { fmt.Println("hi") }\n')
    shown = cli("show", job["id"])
    for part in ("queue", "compile", "run", "projection", "fmt.Println", "verdict: succeeded, exit code 0", "hi"):
        assert part in shown
    spent = cli.json("show", job["id"])["phases"]
    assert spent["compile"] == pytest.approx(job["compile"]["duration_ms"], abs=0.1)
    assert spent["run"] == pytest.approx(job["duration_ms"], abs=0.1)


def test_a_job_is_found_by_what_the_logs_call_it(portal: Portal, cli: Cli) -> None:
    job = portal.execute("python", "print(1)")["id"]
    address = str(parse_job_id(job).address)
    assert cli.json("show", address) == cli.json("show", job)
    assert cli.json("at", "now", address)["status"] == "succeeded"
    assert cli.json("replay", address)["same"]


def test_replay_gives_the_same_and_touches_nothing(portal: Portal, cli: Cli) -> None:
    job = portal.execute("python", "print(input()[::-1])", stdin="olleh")
    result = cli.json("replay", job["id"])
    assert result["same"]
    assert result["runs"][0]["stdout"] == "hello\n"
    again = portal.get(result["runs"][0]["job"]).json()
    assert (again["status"], again["stdout"]) == ("succeeded", "hello\n")
    assert portal.get(job["id"]).json() == job
    submitted = cli.json("show", again["id"])["facts"][0]["fact"]
    assert submitted["origin"] == {"replay_of": job["id"]}


def test_replaying_often_shows_what_is_flaky(portal: Portal, cli: Cli) -> None:
    job = portal.execute("python", COIN)
    shown = cli("replay", job["id"], "--times", "20", code=1)
    assert "FLAKY: 2 different outcomes" in shown
    steady = portal.execute("python", "print(1)")
    assert "the same each time, and as recorded" in cli("replay", steady["id"], "--times", "5")


def test_a_shell_has_the_jobs_files(portal: Portal, cli: Cli) -> None:
    job = portal.execute("python", "print(1)")
    assert "main.py" in cli("replay", job["id"], "--shell")


def test_traffic_is_sent_again_and_compared(portal: Portal, cli: Cli) -> None:
    start = portal.execute("python", "print(1)")["created_at"]
    jobs = [portal.execute("python", f"print({number})") for number in range(4)]
    portal.execute("python", "raise SystemExit(3)")
    result = cli.json("replay", "--from", start, "--to", "now", "--speed", "100", "--language", "python")
    assert result["sent"] >= len(jobs) + 1
    assert (result["differing"], result["failed"]) == ([], [])


def test_the_past_is_as_it_was(portal: Portal, cli: Cli) -> None:
    job = portal.execute("python", "print(1)")
    facts = cli.json("show", job["id"])["facts"]
    running = cli.json("at", facts[1]["id"], job["id"])
    assert (running["status"], running["ending"]) in [("running", None), ("succeeded", facts[2]["fact"])]  # same ms
    before = str(int(facts[0]["id"].partition("-")[0]) - 1)
    assert "nothing was known" in cli("at", before, job["id"], code=1)
    assert cli.json("at", "now", job["id"])["status"] == "succeeded"
    assert "python" in cli("at", "now")


def test_the_live_hashes_are_what_the_streams_say(portal: Portal, cli: Cli) -> None:
    portal.execute("python", "print(1)")
    assert cli.json("verify")["differences"] == []
    rebuilt = cli.json("rebuild")
    assert rebuilt.get("changed", 0) == 0
    assert cli.json("verify")["differences"] == []


def test_an_incident_is_debugged_on_a_laptop(portal: Portal, cli: Cli, laptop: RedisServer, tmp_path: Path) -> None:
    job = portal.execute("python", "raise SystemExit(7)")
    file = str(tmp_path / "incident.jsonl.gz")
    cli("export", file)
    elsewhere = ("--redis", f"127.0.0.1:{laptop.port}")
    assert cli.json("import", file, *elsewhere)["jobs"] >= 1
    assert "failed, exit code 7" in cli("show", job["id"], *elsewhere)
    assert cli.json("verify", *elsewhere)["differences"] == []
    assert "not empty" in cli("import", file, *elsewhere, code=2)


def test_groups_consumers_lag_and_top_tell_who_is_where(portal: Portal, cli: Cli) -> None:
    portal.execute("python", "print(1)")
    assert {"executors", "projector"} <= {row["group"] for row in cli.lines("groups")}
    assert any(row["group"] == "executors" for row in cli.lines("consumers"))
    assert {row["of"] for row in cli.lines("lag", "--language", "python")} == {"python"}
    picture = cli("top", "--once")
    assert "python" in picture
    assert "runner-python-1" in picture


def test_no_dead_letter_is_no_error(cli: Cli) -> None:
    assert cli.lines("dead", "list") == [] or "reason" in cli.lines("dead", "list")[0]
    assert "there is no dead letter" in cli("dead", "retry", "nothing", code=2)


def test_what_cannot_be_reached_or_read_is_said(cli: Cli, tmp_path: Path) -> None:
    assert "cannot be reached" in cli("tail", "--redis", "127.0.0.1:1", code=69)
    assert "deploy/up started no stack 'nope'" in cli("tail", "--project", "nope", code=69)
    assert "is no job's id" in cli("show", "nonsense", code=2)
    assert "nothing is known" in cli("show", "AQAAAAAAAAGiC2poiwAAAACrq6urq6urq3B5dGhvbg", code=1)
    assert "cannot read" in cli("import", str(tmp_path / "missing"), "--redis", "127.0.0.1:1", code=2)


def await_archive(cli: Cli) -> None:
    """Until it has all facts."""
    deadline = time.monotonic() + DEADLINE
    while (waiting := cli.json("archive")["waiting"]) and time.monotonic() < deadline:
        time.sleep(0.1)  # rows in another process's database are no message to wait for
    assert waiting == 0


def test_what_left_the_streams_is_found_in_the_archive(portal: Portal, cli: Cli, stack: Stack) -> None:
    job = portal.execute("python", "print(input())", stdin="kept\0")
    await_archive(cli)
    address = parse_job_id(job["id"]).address
    host, _, port = stack.redis_address().rpartition(":")
    with redis.Redis(host=host, port=int(port), password=stack.redis_password or None) as client:
        assert client.xdel(keys.stream_of(address), str(address.position)) == 1
    shown = cli("show", job["id"])
    assert "print(input())" in shown
    assert "kept\\x00" in shown
    assert cli.json("replay", job["id"])["same"] is True
    await_archive(cli)  # that was a job, too
    assert "it has every fact of the streams" in cli("archive")
